#pragma once

// A file that is hashed while it is written, and synced at the end. One thread at a time.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace lab {

// What was written.
struct WrittenFile {
  int64_t size_bytes = 0;
  std::string sha256;
};

class HashedFile {
 public:
  // Makes or empties the file.
  static absl::StatusOr<HashedFile> Create(const std::filesystem::path& path);
  HashedFile(HashedFile&&) noexcept;
  HashedFile& operator=(HashedFile&&) = delete;
  ~HashedFile();

  absl::Status Append(std::string_view bytes);
  // Syncs and closes. Nothing may be appended after it.
  absl::StatusOr<WrittenFile> Finish();

 private:
  struct State;
  explicit HashedFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The whole of a small file.
absl::StatusOr<WrittenFile> WriteHashedFile(const std::filesystem::path& path,
                                            std::string_view content);

}  // namespace lab
