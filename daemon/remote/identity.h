#pragma once

// labd's key and certificate for other machines: made by itself on first use, kept in one file that
// only its owner may read. Clients know the certificate by its fingerprint, not by who signed it.

#include <filesystem>
#include <string>

#include "core/base/status.h"

namespace lab {

struct Identity {
  std::string key;          // PEM
  std::string certificate;  // PEM
  std::string fingerprint;  // "sha256:…"
};

// The name that every certificate of a labd bears; clients that pinned it expect this one.
inline constexpr char kCertificateName[] = "labd";

// Reads the identity from `file`, or makes one there: ECDSA P-256, self-signed, without an end.
// FAILED_PRECONDITION for a file that is damaged or that others may read.
absl::StatusOr<Identity> LoadOrMakeIdentity(const std::filesystem::path& file);

}  // namespace lab
