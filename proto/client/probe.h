#pragma once

// Walks to a labd on another machine layer by layer, so that a failure can be told by the layer
// that failed: name, TCP, TLS. Blocks; any thread.

#include <string>
#include <string_view>

#include "core/base/remote_names.h"
#include "core/base/status.h"

namespace lab {

namespace reason {
inline constexpr std::string_view kNameNotResolved = "NAME_NOT_RESOLVED";
inline constexpr std::string_view kConnectFailed = "CONNECT_FAILED";
inline constexpr std::string_view kTlsFailed = "TLS_FAILED";
inline constexpr std::string_view kFingerprintDiffers = "FINGERPRINT_DIFFERS";
}  // namespace reason

struct ServerCertificate {
  std::string pem;
  std::string fingerprint;  // "sha256:…"
};

// The certificate that the machine shows in a TLS handshake; nothing else is sent. UNAVAILABLE with
// NAME_NOT_RESOLVED, CONNECT_FAILED or TLS_FAILED.
absl::StatusOr<ServerCertificate> FetchCertificate(const HostPort& at, double timeout_seconds);

// OK if both are the same, else PERMISSION_DENIED with FINGERPRINT_DIFFERS that shows both.
absl::Status CompareFingerprints(std::string_view title, std::string_view expected,
                                 std::string_view shown);

}  // namespace lab
