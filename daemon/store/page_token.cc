#include "daemon/store/page_token.h"

#include <absl/strings/escaping.h>

#include "core/base/strings.h"

namespace lab {
namespace {

// Seven bits a byte, the lowest first.
void PutVarint(uint64_t value, std::string* bytes) {
  while (value >= 0x80) {
    *bytes += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *bytes += static_cast<char>(value);
}

// False at the end of `bytes` or for a number that is too long.
bool TakeVarint(std::string_view* bytes, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && !bytes->empty(); shift += 7) {
    auto byte = static_cast<unsigned char>(bytes->front());
    bytes->remove_prefix(1);
    *value |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

// Neighbours in a list mostly differ by one: small steps either way become small numbers.
uint64_t Fold(int64_t step) {
  return (static_cast<uint64_t>(step) << 1) ^ static_cast<uint64_t>(step >> 63);
}
int64_t Unfold(uint64_t folded) {
  return static_cast<int64_t>(folded >> 1) ^ -static_cast<int64_t>(folded & 1);
}

}  // namespace

std::string MakePageToken(const std::vector<int64_t>& ids) {
  if (ids.empty()) return "";
  std::string bytes;
  PutVarint(ids.size(), &bytes);
  int64_t last = 0;
  for (int64_t id : ids) {
    PutVarint(Fold(id - last), &bytes);
    last = id;
  }
  return absl::WebSafeBase64Escape(bytes);
}

absl::StatusOr<std::vector<int64_t>> ReadPageToken(std::string_view token) {
  auto wrong = [&] {
    return absl::InvalidArgumentError(
        StrCat("\"", token.substr(0, 40), "\" is no page token of this listing"));
  };
  std::string bytes;
  if (!absl::WebSafeBase64Unescape({token.data(), token.size()}, &bytes)) return wrong();
  std::string_view rest = bytes;
  uint64_t count = 0;
  if (!TakeVarint(&rest, &count) || count == 0 || count > rest.size()) return wrong();
  std::vector<int64_t> ids;
  ids.reserve(count);
  int64_t last = 0;
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t folded = 0;
    if (!TakeVarint(&rest, &folded)) return wrong();
    int64_t step = Unfold(folded);
    // Ids are far from the ends of their type: a sum beyond it is no id.
    if (__builtin_add_overflow(last, step, &last) || last <= 0) return wrong();
    ids.push_back(last);
  }
  if (!rest.empty()) return wrong();
  return ids;
}

}  // namespace lab
