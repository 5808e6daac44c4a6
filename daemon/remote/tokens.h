#pragma once

// The tokens that let other machines in: a file that holds their hashes, never themselves. labd and
// `labd token` use it at once: changes are made under a lock and the file is replaced whole.

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "core/base/places.h"
#include "core/base/status.h"
#include "daemon/remote/scopes.h"

namespace lab {

struct Token {
  std::string name;
  Scope scope = Scope::kView;
  std::string sha256;      // of the secret, lower-case hexadecimal
  std::string created_at;  // RFC 3339 UTC
};

// All tokens, in the order of their creation; none if there is no file. FAILED_PRECONDITION for a
// file that is damaged or that others may write.
absl::StatusOr<std::vector<Token>> ReadTokens(const std::filesystem::path& file);

struct CreatedToken {
  std::string name;
  std::string secret;  // "lab_" and 256 random bits in hexadecimal
};

// Makes a token. Its secret is kept nowhere. An empty name becomes "token-N". ALREADY_EXISTS for a
// name that is taken, INVALID_ARGUMENT for one that is none.
absl::StatusOr<CreatedToken> CreateToken(const std::filesystem::path& file, std::string name,
                                         Scope scope);

// NOT_FOUND names what there is.
absl::Status RevokeToken(const std::filesystem::path& file, std::string_view name);

// What labd asks at every call. Reads the file again when it has changed; while it cannot be read
// nobody is let in. Any thread.
class TokenTable {
 public:
  explicit TokenTable(std::filesystem::path file) : file_(std::move(file)) {}

  // The token with this secret, or nullopt. Takes the same time for every wrong secret.
  std::optional<Token> Find(std::string_view secret);

 private:
  // What tells one state of the file from another.
  struct Stamp {
    ino_t inode = 0;
    off_t size = -1;  // -1: no file
    int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  void Refresh();

  const std::filesystem::path file_;
  std::mutex mutex_;  // guards what follows
  std::optional<Stamp> stamp_;
  std::vector<Token> tokens_;
};

}  // namespace lab
