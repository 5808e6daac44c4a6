#include "daemon/service/file_parts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/base/descriptor.h"
#include "core/base/file.h"
#include "core/base/sha256.h"
#include "core/base/strings.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

absl::Status Stopped() { return absl::CancelledError("nobody reads any more"); }

absl::Status Changed(const fs::path& path) {
  return absl::AbortedError(Absl(StrCat(path.string(), ": changed while it was read; try again")));
}

absl::Status ReadOneFile(const fs::path& path, const std::string& name,
                         const std::function<bool(FilePart)>& take) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0) return errno == ENOENT ? Changed(path) : ErrnoStatus("opening", path);
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) return ErrnoStatus("looking at", path);
  if (!S_ISREG(found.st_mode)) {
    return absl::FailedPreconditionError(Absl(StrCat(path.string(), ": not a regular file")));
  }
  const int64_t size = found.st_size;
  Sha256Stream hasher;
  int64_t offset = 0;
  do {
    size_t wanted = static_cast<size_t>(std::min<int64_t>(kFilePartBytes, size - offset));
    FilePart part{name, offset, "", size, ""};
    ASSIGN_OR_RETURN(part.data, ReadAt(file.get(), offset, wanted, path));
    if (part.data.size() != wanted) return Changed(path);
    hasher.Add(part.data);
    offset += static_cast<int64_t>(wanted);
    if (offset == size) part.sha256 = hasher.Finish();
    if (!take(std::move(part))) return Stopped();
  } while (offset < size);
  return absl::OkStatus();
}

// Calls `see` for each regular file below `folder`; false if the walk broke off.
template <class See>
bool Walk(const fs::path& folder, const See& see) {
  std::error_code error;
  fs::recursive_directory_iterator end, entry(folder, error);
  while (!error && entry != end) {
    std::error_code gone;
    if (entry->symlink_status(gone).type() == fs::file_type::regular) see(entry->path());
    entry.increment(error);
  }
  return !error;
}

}  // namespace

absl::Status ReadFileParts(const fs::path& path, const std::function<bool(FilePart)>& take) {
  std::error_code error;
  fs::file_type type = fs::symlink_status(path, error).type();
  if (type == fs::file_type::not_found) {
    return absl::NotFoundError(Absl(StrCat(path.string(), ": does not exist any more")));
  }
  if (type != fs::file_type::directory) return ReadOneFile(path, "", take);
  std::vector<std::string> names;
  bool whole = Walk(path, [&](const fs::path& file) {
    names.push_back(file.lexically_relative(path).generic_string());
  });
  if (!whole) return Changed(path);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) RETURN_IF_ERROR(ReadOneFile(path / name, name, take));
  return absl::OkStatus();
}

int64_t SizeOnDisk(const fs::path& path) {
  std::error_code error;
  fs::file_type type = fs::symlink_status(path, error).type();
  auto size_of = [](const fs::path& file) {
    std::error_code gone;
    auto size = fs::file_size(file, gone);
    return gone ? int64_t{0} : static_cast<int64_t>(size);
  };
  if (type == fs::file_type::regular) return size_of(path);
  if (type != fs::file_type::directory) return 0;
  int64_t sum = 0;
  Walk(path, [&](const fs::path& file) { sum += size_of(file); });
  return sum;
}

}  // namespace lab
