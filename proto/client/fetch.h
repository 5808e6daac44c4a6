#pragma once

// Brings an artifact of a job to this machine: it arrives whole and with the right hashes under a
// temporary name beside its place and is then renamed, or nothing is left. Any thread; blocks.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "proto/client/lab_client.h"

namespace lab {

struct Fetched {
  int64_t files = 0;
  int64_t size_bytes = 0;
};

// The artifact `name` of a job as the file or folder `place`; with `force` what stands there is
// replaced, else DESTINATION_EXISTS. `progressed` (may be null) hears how many bytes have come.
// TRANSFER_CORRUPT for a transfer that is not what labd announced.
absl::StatusOr<Fetched> FetchArtifact(const LabClient& client, int64_t job_id,
                                      const std::string& name, const std::filesystem::path& place,
                                      bool force, const std::function<void(int64_t)>& progressed,
                                      Cancellation* cancellation);

}  // namespace lab
