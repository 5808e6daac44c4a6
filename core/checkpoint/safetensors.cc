#include "core/checkpoint/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include <ATen/ops/empty.h>
#include <absl/strings/str_join.h>
#include <sys/mman.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "core/base/strings.h"
#include "core/checkpoint/safetensors_header.h"

namespace lab {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::array<std::pair<std::string_view, at::ScalarType>, 10> kLoadable = {{
    {"F32", at::kFloat},
    {"BF16", at::kBFloat16},
    {"F16", at::kHalf},
    {"F64", at::kDouble},
    {"I64", at::kLong},
    {"I32", at::kInt},
    {"I16", at::kShort},
    {"I8", at::kChar},
    {"U8", at::kByte},
    {"BOOL", at::kBool},
}};

absl::Status Corrupt(const std::filesystem::path& path, std::string_view what) {
  return Failure(absl::StatusCode::kDataLoss, reason::kCheckpointCorrupt,
                 StrCat(path.string(), ": ", what));
}

// As the format spells it; "" for a type that it has but we do not write.
std::string_view TypeName(at::ScalarType type) {
  for (const auto& [dtype, scalar] : kLoadable) {
    if (scalar == type) return dtype;
  }
  return "";
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  return StrCat("[", absl::StrJoin(shape, ", "), "]");
}

// Copies out of a mapped file piece by piece and tells the kernel that the pages behind are no
// longer needed; they stay in the page cache but do not count as this process's memory.
void CopyAndRelease(std::string_view from, void* to) {
  static const size_t kPage = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  constexpr size_t kPiece = size_t{8} << 20;
  char* target = static_cast<char*>(to);
  while (!from.empty()) {
    size_t size = std::min(from.size(), kPiece);
    std::memcpy(target, from.data(), size);
    auto begin = (reinterpret_cast<uintptr_t>(from.data()) + kPage - 1) / kPage * kPage;
    auto end = reinterpret_cast<uintptr_t>(from.data() + size) / kPage * kPage;
    if (end > begin) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    from.remove_prefix(size);
    target += size;
  }
}

absl::StatusOr<std::string> HeaderText(const std::vector<TensorView>& tensors,
                                       const std::map<std::string, std::string>& metadata) {
  // Written by hand because the order of the entries is part of the layout.
  std::string text = "{";
  if (!metadata.empty()) text += StrCat("\"__metadata__\":", nlohmann::json(metadata).dump());
  uint64_t offset = 0;
  std::vector<std::string_view> names;
  for (const TensorView& tensor : tensors) {
    if (FirstInvalidUtf8(tensor.name) != std::string_view::npos || tensor.name == "__metadata__") {
      return absl::InvalidArgumentError(
          StrCat("a tensor cannot be called ", QuotedName(tensor.name)));
    }
    names.push_back(tensor.name);
    text += StrCat(text.size() > 1 ? "," : "", nlohmann::json(tensor.name).dump(), ":{\"dtype\":\"",
                   tensor.dtype, "\",\"shape\":[", absl::StrJoin(tensor.shape, ","),
                   "],\"data_offsets\":[", offset, ",", offset + tensor.bytes.size(), "]}");
    offset += tensor.bytes.size();
  }
  std::sort(names.begin(), names.end());
  if (auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end()) {
    return absl::InvalidArgumentError(StrCat("two tensors are called ", QuotedName(*twice)));
  }
  text += "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > kMaxSafetensorsHeader) {
    return absl::InvalidArgumentError("too many tensors for one safetensors file");
  }
  return text;
}

}  // namespace

absl::StatusOr<SafetensorsFile> SafetensorsFile::Open(const std::filesystem::path& path) {
  SafetensorsFile result;
  result.path_ = path;
  ASSIGN_OR_RETURN(result.file_, MappedFile::Open(path));
  std::string_view bytes = result.file_.bytes();
  uint64_t header_size = 0;
  if (bytes.size() < sizeof(header_size)) {
    return Corrupt(path, StrCat("has only ", bytes.size(), " bytes"));
  }
  std::memcpy(&header_size, bytes.data(), sizeof(header_size));
  bytes.remove_prefix(sizeof(header_size));
  if (header_size > kMaxSafetensorsHeader) {
    return Corrupt(path, StrCat("claims a header of ", header_size, " bytes, more than the limit"));
  }
  if (header_size > bytes.size()) {
    return Corrupt(path, StrCat("is cut short: its header has ", header_size, " bytes, but only ",
                                bytes.size(), " follow"));
  }
  std::string_view data = bytes.substr(header_size);
  ASSIGN_OR_RETURN(SafetensorsHeader header, ParseSafetensorsHeader(bytes.substr(0, header_size),
                                                                    data.size(), path.string()));
  result.metadata_ = std::move(header.metadata);
  for (SafetensorsEntry& entry : header.entries) {
    std::string_view view = data.substr(entry.begin, entry.end - entry.begin);
    result.by_name_[entry.name] = result.tensors_.size();
    result.tensors_.push_back(
        {std::move(entry.name), std::move(entry.dtype), std::move(entry.shape), view});
  }
  return result;
}

const TensorView* SafetensorsFile::Find(std::string_view name) const {
  auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &tensors_[found->second];
}

absl::Status SafetensorsFile::CopyTo(std::string_view name, const std::vector<int64_t>& shape,
                                     const at::Tensor& target) const {
  const TensorView* tensor = Find(name);
  if (tensor == nullptr) {
    return Corrupt(path_, StrCat("has no tensor ", QuotedName(name)));
  }
  const bool same = tensor->dtype == TypeName(target.scalar_type());
  const bool widens = tensor->dtype == "BF16" && target.scalar_type() == at::kFloat;
  if (!same && !widens) {
    return Corrupt(path_, StrCat("tensor ", QuotedName(name), " is ", tensor->dtype, ", expected ",
                                 TypeName(target.scalar_type())));
  }
  if (tensor->shape != shape) {
    return Corrupt(path_, StrCat("tensor ", QuotedName(name), " has the shape ",
                                 ShapeText(tensor->shape), ", expected ", ShapeText(shape)));
  }
  if (!target.is_contiguous() || !target.device().is_cpu() ||
      target.nbytes() != tensor->bytes.size() * (widens ? 2 : 1)) {
    return absl::InternalError(StrCat("the target of ", QuotedName(name), " does not fit"));
  }
  if (widens) {
    ASSIGN_OR_RETURN(at::Tensor narrow, Load(name));
    target.detach().view({-1}).copy_(narrow.view({-1}));
    return absl::OkStatus();
  }
  CopyAndRelease(tensor->bytes, target.data_ptr());
  return absl::OkStatus();
}

absl::StatusOr<at::Tensor> SafetensorsFile::Load(std::string_view name) const {
  const TensorView* tensor = Find(name);
  if (tensor == nullptr) {
    return Corrupt(path_, StrCat("has no tensor ", QuotedName(name)));
  }
  for (const auto& [dtype, scalar] : kLoadable) {
    if (dtype != tensor->dtype) continue;
    at::Tensor result = at::empty(tensor->shape, at::TensorOptions().dtype(scalar));
    CopyAndRelease(tensor->bytes, result.data_ptr());
    return result;
  }
  return absl::UnimplementedError(StrCat(path_.string(), ": tensor ", QuotedName(name),
                                         " has the type ", tensor->dtype,
                                         ", which cannot be loaded"));
}

TensorView ViewOf(std::string name, const at::Tensor& tensor) {
  TORCH_CHECK(tensor.is_contiguous() && tensor.device().is_cpu(), name,
              " must be contiguous and on the CPU");
  const std::string dtype(TypeName(tensor.scalar_type()));
  TORCH_CHECK(!dtype.empty(), name, " has the type ", tensor.scalar_type(),
              ", which cannot be written");
  return {std::move(name),
          dtype,
          tensor.sizes().vec(),
          {static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()}};
}

absl::StatusOr<WrittenFile> WriteSafetensors(const std::filesystem::path& path,
                                             std::vector<TensorView> tensors,
                                             const std::map<std::string, std::string>& metadata) {
  for (const TensorView& tensor : tensors) {
    const ElementType* type = FindElementType(tensor.dtype);
    if (type == nullptr) {
      return absl::InvalidArgumentError(
          StrCat("tensor ", QuotedName(tensor.name), " has the unknown type ", tensor.dtype));
    }
    absl::StatusOr<uint64_t> bytes = TensorBytes(*type, tensor.shape);
    if (!bytes.ok() || *bytes != tensor.bytes.size()) {
      return absl::InvalidArgumentError(StrCat("tensor ", QuotedName(tensor.name), " has ",
                                               tensor.bytes.size(), " bytes, which is not ",
                                               tensor.dtype, " ", ShapeText(tensor.shape)));
    }
  }
  std::sort(tensors.begin(), tensors.end(), [](const TensorView& a, const TensorView& b) {
    int a_bits = FindElementType(a.dtype)->bits;
    int b_bits = FindElementType(b.dtype)->bits;
    return a_bits != b_bits ? a_bits > b_bits : a.name < b.name;
  });
  ASSIGN_OR_RETURN(std::string header, HeaderText(tensors, metadata));
  ASSIGN_OR_RETURN(HashedFile file, HashedFile::Create(path));
  uint64_t header_size = header.size();
  RETURN_IF_ERROR(file.Append({reinterpret_cast<const char*>(&header_size), sizeof(header_size)}));
  RETURN_IF_ERROR(file.Append(header));
  for (const TensorView& tensor : tensors) RETURN_IF_ERROR(file.Append(tensor.bytes));
  return file.Finish();
}

}  // namespace lab
