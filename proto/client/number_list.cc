#include "proto/client/number_list.h"

#include "core/base/strings.h"

namespace lab {
namespace {

constexpr size_t kMostDigits = 9;
constexpr int64_t kMostInRange = 100'000;

}  // namespace

absl::StatusOr<std::vector<int64_t>> ParseNumbers(std::string_view option, std::string_view text) {
  std::vector<int64_t> numbers;
  size_t at = 0;
  auto number = [&](int64_t* value) {
    const size_t begin = at;
    *value = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at - begin < kMostDigits) {
      *value = *value * 10 + (text[at++] - '0');
    }
    return at > begin;
  };
  while (at < text.size()) {
    int64_t first = 0, last = 0;
    bool sound = number(&first);
    last = first;
    if (sound && at < text.size() && text[at] == '-') {
      ++at;
      sound = number(&last) && last >= first && last - first < kMostInRange;
    }
    if (sound && at < text.size()) sound = text[at] == ',' && ++at < text.size();
    if (!sound) {
      return absl::InvalidArgumentError(
          Absl(StrCat(option, " takes numbers as in 0,3-5, not ", text)));
    }
    for (int64_t one = first; one <= last; ++one) numbers.push_back(one);
  }
  return numbers;
}

}  // namespace lab
