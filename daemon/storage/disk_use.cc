#include "daemon/storage/disk_use.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <system_error>

namespace lab {
namespace {

constexpr int64_t kBlockBytes = 512;  // of st_blocks, whatever the file system's own blocks are

int64_t BlocksOf(const std::filesystem::path& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 ? found.st_blocks * kBlockBytes : 0;
}

}  // namespace

int64_t AllocatedBytes(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  int64_t sum = BlocksOf(path);
  std::error_code error;
  if (fs::symlink_status(path, error).type() != fs::file_type::directory) return sum;
  for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    sum += BlocksOf(entry->path());
  }
  return sum;
}

DiskFigures DiskOf(const std::filesystem::path& folder) {
  struct statvfs figures {};
  if (::statvfs(folder.c_str(), &figures) != 0) return {};
  const auto block = static_cast<int64_t>(figures.f_frsize);
  return {static_cast<int64_t>(figures.f_blocks) * block,
          static_cast<int64_t>(figures.f_bavail) * block};
}

}  // namespace lab
