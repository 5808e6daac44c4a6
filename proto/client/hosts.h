#pragma once

// The machines that `labctl connect` knows: a file in the config folder, for its owner only, since
// it holds tokens. Changes are made under a lock. Any thread.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lab {

struct Host {
  std::string name;
  std::string address;      // "box:7733" or "ssh://user@box:22"
  std::string token;        // for TCP
  std::string certificate;  // PEM, for TCP: the only one that is accepted
  std::string fingerprint;  // of that certificate
  std::string labctl;       // for ssh: the program there; empty: labctl on its PATH
  std::string socket;       // for ssh: labd's socket there, as it last was
};

// All of them, sorted by name; none if there is no file. FAILED_PRECONDITION for a damaged file.
absl::StatusOr<std::vector<Host>> ReadHosts(const std::filesystem::path& file);

// Adds `host`, or replaces the one of its name. INVALID_ARGUMENT for a name that is none.
absl::Status SaveHost(const std::filesystem::path& file, const Host& host);

// NOT_FOUND names what there is.
absl::Status ForgetHost(const std::filesystem::path& file, std::string_view name);

// OK if `name` can name a machine: letters, digits and . - _, so that it is no address.
absl::Status CheckHostName(std::string_view name);

// A token as somebody gave it: its first line without blanks. INVALID_ARGUMENT for what is none.
absl::StatusOr<std::string> CleanToken(std::string text);

}  // namespace lab
