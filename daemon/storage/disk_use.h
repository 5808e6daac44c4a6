#pragma once

// What files take of the disk, as the file system counts: blocks, not lengths, so that what is said
// to be freed is what du and df show. Any thread.

#include <cstdint>
#include <filesystem>

namespace lab {

// Of `path` and all below it, folders too, links not followed; 0 if it is not there.
int64_t AllocatedBytes(const std::filesystem::path& path);

// Of the file system that holds `folder`; zeros if that cannot be told.
struct DiskFigures {
  int64_t total_bytes = 0;
  int64_t free_bytes = 0;  // for ordinary users
};
DiskFigures DiskOf(const std::filesystem::path& folder);

}  // namespace lab
