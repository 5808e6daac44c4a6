#pragma once

// The JSON header of a safetensors file, parsed strictly and checked against the data's size.
// Pure; any thread.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lab {

// Longer headers are refused, as by the reference implementation.
inline constexpr uint64_t kMaxSafetensorsHeader = 100'000'000;

// An element type as the format spells it, and its width.
struct ElementType {
  std::string_view name;  // "F32"
  int bits = 0;           // per element; 4 and 6 are packed
};

// Null for a name the format does not have.
const ElementType* FindElementType(std::string_view name);

// The bytes of a tensor of this type and shape, or an error that says why there is no such size
// (overflow, negative dimension, packed elements that do not fill whole bytes).
absl::StatusOr<uint64_t> TensorBytes(const ElementType& type, const std::vector<int64_t>& shape);

struct SafetensorsEntry {
  std::string name;
  std::string dtype;
  std::vector<int64_t> shape;
  uint64_t begin = 0;  // in the data
  uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // by position in the data
  std::map<std::string, std::string> metadata;
};

// Parses `json` and checks that its tensors tile `data_bytes` exactly. Errors are
// CHECKPOINT_CORRUPT and begin with `file`.
absl::StatusOr<SafetensorsHeader> ParseSafetensorsHeader(std::string_view json, uint64_t data_bytes,
                                                         std::string_view file);

// A name fit for a message: quoted, escaped, cut to 100 characters.
std::string QuotedName(std::string_view name);

}  // namespace lab
