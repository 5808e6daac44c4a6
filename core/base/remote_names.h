#pragma once

// How another machine and its certificate are written: "host:port" and "sha256:…". Pure, any
// thread.

#include <string>
#include <string_view>

#include "core/base/status.h"

namespace lab {

struct HostPort {
  std::string host;  // a name or an address; IPv6 without brackets
  int port = 0;

  std::string Text() const;  // "box:7733", "[::1]:7733"
};

// "box:7733", "10.0.0.5:7733", "[::1]:7733". INVALID_ARGUMENT says what is wrong: no host, no port,
// a port above 65535, an IPv6 address without brackets.
absl::StatusOr<HostPort> ParseHostPort(std::string_view text);

// The fingerprint of a certificate in DER: "sha256:" and 64 hexadecimal digits.
std::string CertificateFingerprint(std::string_view der);

// A fingerprint as people copy it, in the one spelling: without the prefix, in capitals, with
// colons between the bytes it means the same. "" if it is none.
std::string NormalFingerprint(std::string_view text);

}  // namespace lab
