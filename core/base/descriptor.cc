#include "core/base/descriptor.h"

#include <cerrno>

#include "core/base/file.h"

namespace lab {

absl::StatusOr<std::string> ReadAt(int fd, int64_t offset, size_t limit,
                                   const std::filesystem::path& path) {
  std::string data(limit, '\0');
  size_t filled = 0;
  while (filled < limit) {
    ssize_t got =
        ::pread(fd, data.data() + filled, limit - filled, offset + static_cast<int64_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus("reading", path);
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  data.resize(filled);
  return data;
}

}  // namespace lab
