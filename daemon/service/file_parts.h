#pragma once

// Files in pieces, for streams: the files of a folder with their hashes. Any thread.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lab {

// A piece of a file as ReadFileParts gives it.
struct FilePart {
  std::string path;        // relative to the folder; "" for a single file
  int64_t offset = 0;      // of data
  std::string data;        // at most the part size; empty only for an empty file
  int64_t size_bytes = 0;  // of the whole file
  std::string sha256;      // of the whole file, on its last part
};

inline constexpr size_t kFilePartBytes = 1 << 20;

// Gives the file, or every regular file below the folder in order of their relative paths, to
// `take` in parts; `take` returns false to stop (CANCELLED). Symbolic links are never followed.
// NOT_FOUND if `path` is gone, ABORTED if a file vanishes or changes its length meanwhile. A file
// that grows is read up to the length it had at first.
absl::Status ReadFileParts(const std::filesystem::path& path,
                           const std::function<bool(FilePart)>& take);

// Bytes of all regular files at or below `path`, links not followed; 0 if it is not there.
int64_t SizeOnDisk(const std::filesystem::path& path);

}  // namespace lab
