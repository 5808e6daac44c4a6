#pragma once

// Reads and writes safetensors files: a JSON header, then the raw bytes of tensors. A file is
// treated as hostile: every size, offset and count is checked before it is used.
// Any thread; one SafetensorsFile is used by one thread at a time.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/file.h"
#include "core/base/status.h"
#include "core/checkpoint/hashed_file.h"

namespace lab {

// One tensor: what it is called and where its bytes lie (row-major, little-endian). Owns nothing.
struct TensorView {
  std::string name;
  std::string dtype;  // "F32"
  std::vector<int64_t> shape;
  std::string_view bytes;
};

// A mapped file. The views in it live as long as it does.
class SafetensorsFile {
 public:
  // Refuses with CHECKPOINT_CORRUPT, naming file and tensor: a header that is too long or no JSON
  // object of the right form, duplicate names, unknown types, negative or overflowing sizes,
  // lengths that contradict the shape, and data that overlaps, leaves holes or does not end the
  // file. NOT_FOUND if there is no file.
  static absl::StatusOr<SafetensorsFile> Open(const std::filesystem::path& path);

  // By position in the file.
  const std::vector<TensorView>& tensors() const { return tensors_; }
  // Null if there is none of that name.
  const TensorView* Find(std::string_view name) const;
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::filesystem::path& path() const { return path_; }

  // Copies data into `target`, a contiguous tensor of the same type or, for BF16 data, of fp32,
  // which holds it exactly. Lets the copied pages go, so that reading a large file does not hold it
  // in memory twice. CHECKPOINT_CORRUPT if the tensor is missing, of a type that does not fit or of
  // another shape than `shape`.
  absl::Status CopyTo(std::string_view name, const std::vector<int64_t>& shape,
                      const at::Tensor& target) const;

  // A fresh tensor of the stored type (F32, F16, BF16, F64, I64, I32, I16, I8, U8, BOOL).
  absl::StatusOr<at::Tensor> Load(std::string_view name) const;

 private:
  std::filesystem::path path_;
  MappedFile file_;
  std::vector<TensorView> tensors_;
  std::map<std::string, size_t, std::less<>> by_name_;
  std::map<std::string, std::string> metadata_;
};

// A view of `tensor`'s own memory. Requires: contiguous, on the CPU, of a type that Load knows.
TensorView ViewOf(std::string name, const at::Tensor& tensor);

// Writes `tensors` (ordered by element width, widest first, then by name) with a header padded to
// a multiple of 8, and syncs the file. Nothing is copied: the bytes go from the views to the file.
// INVALID_ARGUMENT for duplicate names or a length that contradicts the shape; DISK_FULL when the
// disk is. The file may be left incomplete on failure; the caller removes it.
absl::StatusOr<WrittenFile> WriteSafetensors(const std::filesystem::path& path,
                                             std::vector<TensorView> tensors,
                                             const std::map<std::string, std::string>& metadata = {
                                                 {"format", "pt"}});

}  // namespace lab
