#include "core/checkpoint/safetensors_header.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include <absl/strings/escaping.h>
#include <absl/strings/str_join.h>
#include <nlohmann/json.hpp>

#include "core/base/strings.h"

namespace lab {
namespace {

constexpr std::array<ElementType, 22> kElementTypes = {{
    {"BOOL", 8},    {"U8", 8},          {"I8", 8},          {"F8_E5M2", 8}, {"F8_E4M3", 8},
    {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},    {"U16", 16},
    {"F16", 16},    {"BF16", 16},       {"I32", 32},        {"U32", 32},    {"F32", 32},
    {"F64", 64},    {"I64", 64},        {"U64", 64},        {"C64", 64},    {"F4", 4},
    {"F6_E2M3", 6}, {"F6_E3M2", 6},
}};

constexpr size_t kMaxRank = 64;
constexpr int kMaxIgnoredDepth = 32;

// Walks the JSON as it is parsed and stops at the first thing that does not belong, so that a
// hostile header never becomes a large tree in memory.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  SafetensorsHeader header;
  std::string error;

  bool null() override { return Value("null"); }
  bool boolean(bool) override { return Value("true or false"); }
  bool number_integer(number_integer_t) override { return Value("a negative number"); }
  bool number_float(number_float_t, const std::string&) override { return Value("a fraction"); }
  bool binary(binary_t&) override { return Value("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (ignored_ > 0 || state_ == State::kIgnoredValue) return Ignored();
    if (state_ == State::kShape) {
      if (entry_.shape.size() == kMaxRank) return Fail("has more than 64 dimensions");
      if (value > static_cast<uint64_t>(INT64_MAX))
        return Fail("has a dimension that is too large");
      entry_.shape.push_back(static_cast<int64_t>(value));
      return true;
    }
    if (state_ == State::kOffsets) {
      if (offsets_ == 2) return Fail("has more than two data_offsets");
      (offsets_ == 0 ? entry_.begin : entry_.end) = value;
      ++offsets_;
      return true;
    }
    return Value("a number");
  }

  bool string(std::string& value) override {
    if (ignored_ > 0 || state_ == State::kIgnoredValue) return Ignored();
    if (state_ == State::kMetadataValue) {
      header.metadata[key_] = std::move(value);
      state_ = State::kMetadata;
      return true;
    }
    if (state_ == State::kDtype) {
      entry_.dtype = std::move(value);
      state_ = State::kEntry;
      return true;
    }
    return Value("a string");
  }

  bool start_object(size_t) override {
    if (ignored_ > 0 || state_ == State::kIgnoredValue) return Open();
    switch (state_) {
      case State::kStart:
        state_ = State::kTop;
        return true;
      case State::kMetadataStart:
        state_ = State::kMetadata;
        return true;
      case State::kEntryStart:
        state_ = State::kEntry;
        return true;
      default:
        return Value("an object");
    }
  }

  bool key(std::string& key) override {
    if (ignored_ > 0) return true;
    if (state_ == State::kTop) {
      if (!names_.insert(key).second) {
        name_ = key;
        return Fail("stands there twice");
      }
      name_ = key;
      state_ = key == "__metadata__" ? State::kMetadataStart : State::kEntryStart;
      entry_ = {};
      entry_.name = key;
      fields_.clear();
      offsets_ = 0;
      return true;
    }
    if (state_ == State::kMetadata) {
      if (header.metadata.contains(key)) return Fail(StrCat("has ", QuotedName(key), " twice"));
      key_ = key;
      state_ = State::kMetadataValue;
      return true;
    }
    if (!fields_.insert(key).second) return Fail(StrCat("has ", QuotedName(key), " twice"));
    state_ = key == "dtype"          ? State::kDtype
             : key == "shape"        ? State::kShapeStart
             : key == "data_offsets" ? State::kOffsetsStart
                                     : State::kIgnoredValue;
    return true;
  }

  bool end_object() override {
    if (ignored_ > 0) return Close();
    if (state_ == State::kEntry) {
      for (const char* field : {"dtype", "shape", "data_offsets"}) {
        if (!fields_.contains(field)) return Fail(StrCat("has no ", field));
      }
      header.entries.push_back(std::move(entry_));
    }
    state_ = state_ == State::kTop ? State::kEnd : State::kTop;
    return true;
  }

  bool start_array(size_t) override {
    if (ignored_ > 0 || state_ == State::kIgnoredValue) return Open();
    if (state_ == State::kShapeStart) {
      state_ = State::kShape;
      return true;
    }
    if (state_ == State::kOffsetsStart) {
      state_ = State::kOffsets;
      return true;
    }
    return Value("a list");
  }

  bool end_array() override {
    if (ignored_ > 0) return Close();
    if (state_ == State::kOffsets && offsets_ != 2) return Fail("has fewer than two data_offsets");
    state_ = State::kEntry;
    return true;
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) override {
    error = StrCat("its header is no JSON (at byte ", position, ")");
    return false;
  }

 private:
  enum class State {
    kStart,
    kTop,
    kMetadataStart,
    kMetadata,
    kMetadataValue,
    kEntryStart,
    kEntry,
    kDtype,
    kShapeStart,
    kShape,
    kOffsetsStart,
    kOffsets,
    kIgnoredValue,
    kEnd,
  };

  bool Fail(std::string_view what) {
    error = StrCat("tensor ", QuotedName(name_), " ", what);
    return false;
  }

  // A value of a kind that has no place here, unless it belongs to a key we do not know.
  bool Value(std::string_view kind) {
    if (ignored_ > 0 || state_ == State::kIgnoredValue) return Ignored();
    switch (state_) {
      case State::kStart:
        error = "its header is not a JSON object";
        return false;
      case State::kMetadataStart:
        return Fail(StrCat("is ", kind, ", not an object"));
      case State::kMetadataValue:
        return Fail(StrCat("holds ", kind, " at ", QuotedName(key_), ", not a string"));
      case State::kEntryStart:
        return Fail(StrCat("is ", kind, ", not an object"));
      case State::kDtype:
        return Fail(StrCat("has ", kind, " as its dtype"));
      case State::kShapeStart:
      case State::kShape:
        return Fail(StrCat("has ", kind, " in its shape"));
      default:
        return Fail(StrCat("has ", kind, " in its data_offsets"));
    }
  }

  bool Ignored() {
    if (ignored_ == 0) state_ = State::kEntry;
    return true;
  }
  bool Open() {
    if (++ignored_ > kMaxIgnoredDepth) return Fail("is nested too deeply");
    return true;
  }
  bool Close() {
    if (--ignored_ == 0) state_ = State::kEntry;
    return true;
  }

  State state_ = State::kStart;
  int ignored_ = 0;  // depth inside the value of an unknown key
  std::string name_, key_;
  SafetensorsEntry entry_;
  int offsets_ = 0;
  std::set<std::string> names_, fields_;
};

absl::Status CheckEntry(const SafetensorsEntry& entry, uint64_t data_bytes) {
  const ElementType* type = FindElementType(entry.dtype);
  if (type == nullptr) {
    return absl::DataLossError(StrCat("has the unknown type ", QuotedName(entry.dtype)));
  }
  if (entry.begin > entry.end || entry.end > data_bytes) {
    return absl::DataLossError(
        StrCat("lies at [", entry.begin, ", ", entry.end, ") of ", data_bytes, " bytes of data"));
  }
  ASSIGN_OR_RETURN(uint64_t bytes, TensorBytes(*type, entry.shape));
  if (bytes != entry.end - entry.begin) {
    return absl::DataLossError(StrCat("has ", entry.end - entry.begin, " bytes, but ", entry.dtype,
                                      " [", absl::StrJoin(entry.shape, ", "), "] needs ", bytes));
  }
  return absl::OkStatus();
}

}  // namespace

const ElementType* FindElementType(std::string_view name) {
  for (const ElementType& type : kElementTypes) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

std::string QuotedName(std::string_view name) {
  std::string escaped = absl::Utf8SafeCHexEscape(Absl(name.substr(0, 100)));
  return StrCat("\"", escaped, name.size() > 100 ? "…\"" : "\"");
}

absl::StatusOr<uint64_t> TensorBytes(const ElementType& type, const std::vector<int64_t>& shape) {
  uint64_t bits = static_cast<uint64_t>(type.bits);
  for (int64_t size : shape) {
    if (size < 0) return absl::DataLossError("has a negative dimension");
    if (__builtin_mul_overflow(bits, static_cast<uint64_t>(size), &bits)) {
      return absl::DataLossError(
          StrCat("has the shape [", absl::StrJoin(shape, ", "), "], which overflows"));
    }
  }
  if (bits % 8 != 0) return absl::DataLossError("has elements that do not fill whole bytes");
  return bits / 8;
}

absl::StatusOr<SafetensorsHeader> ParseSafetensorsHeader(std::string_view json, uint64_t data_bytes,
                                                         std::string_view file) {
  auto corrupt = [&](std::string_view what) {
    return Failure(absl::StatusCode::kDataLoss, reason::kCheckpointCorrupt,
                   StrCat(file, ": ", what));
  };
  if (json.empty() || json.front() != '{') return corrupt("its header is not a JSON object");
  HeaderReader reader;
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &reader)) return corrupt(reader.error);

  std::vector<SafetensorsEntry>& entries = reader.header.entries;
  for (const SafetensorsEntry& entry : entries) {
    if (absl::Status status = CheckEntry(entry, data_bytes); !status.ok()) {
      return corrupt(StrCat("tensor ", QuotedName(entry.name), " ", MessageOf(status)));
    }
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  uint64_t reached = 0;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.begin != reached) {
      return corrupt(StrCat("tensor ", QuotedName(entry.name),
                            entry.begin < reached ? " overlaps another" : " follows a hole",
                            " at byte ", std::min(entry.begin, reached), " of the data"));
    }
    reached = entry.end;
  }
  if (reached != data_bytes) {
    return corrupt(
        StrCat("its tensors end at byte ", reached, " of ", data_bytes, " bytes of data"));
  }
  return std::move(reader.header);
}

}  // namespace lab
