#include "gui/models/row_diff.h"

#include <algorithm>
#include <unordered_map>

namespace lab::gui {
namespace {

// True for the members of a longest ascending subsequence.
std::vector<bool> longestAscending(const std::vector<size_t>& values) {
  std::vector<size_t> tails;  // tails[k]: index of the least end of a run of length k + 1
  std::vector<ptrdiff_t> before(values.size(), -1);
  for (size_t i = 0; i < values.size(); ++i) {
    auto place = std::lower_bound(tails.begin(), tails.end(), values[i],
                                  [&](size_t at, size_t value) { return values[at] < value; });
    if (place != tails.begin()) before[i] = static_cast<ptrdiff_t>(*(place - 1));
    if (place == tails.end()) {
      tails.push_back(i);
    } else {
      *place = i;
    }
  }
  std::vector<bool> chosen(values.size(), false);
  ptrdiff_t at = tails.empty() ? -1 : static_cast<ptrdiff_t>(tails.back());
  for (; at >= 0; at = before[static_cast<size_t>(at)]) chosen[static_cast<size_t>(at)] = true;
  return chosen;
}

using Places = std::unordered_map<int64_t, size_t>;

Places placesOf(const std::vector<int64_t>& keys) {
  Places places;
  for (size_t i = 0; i < keys.size(); ++i) places[keys[i]] = i;
  return places;
}

// Takes out what is not wanted, in whole stretches from the end.
void removeUnwanted(const Places& wanted, std::vector<int64_t>* rows, std::vector<RowStep>* steps) {
  for (size_t end = rows->size(); end > 0;) {
    if (wanted.count((*rows)[end - 1]) > 0) {
      --end;
      continue;
    }
    size_t begin = end - 1;
    while (begin > 0 && wanted.count((*rows)[begin - 1]) == 0) --begin;
    steps->push_back({RowStep::Kind::kRemove, begin, end - begin, 0});
    rows->erase(rows->begin() + static_cast<ptrdiff_t>(begin),
                rows->begin() + static_cast<ptrdiff_t>(end));
    end = begin;
  }
}

}  // namespace

std::vector<RowStep> rowSteps(const std::vector<int64_t>& have, const std::vector<int64_t>& want) {
  std::vector<RowStep> steps;
  if (have == want) return steps;
  const Places wanted = placesOf(want);
  std::vector<int64_t> rows = have;
  removeUnwanted(wanted, &rows, &steps);

  std::vector<size_t> order;
  for (int64_t key : rows) order.push_back(wanted.at(key));
  const std::vector<bool> stays = longestAscending(order);
  std::unordered_map<int64_t, bool> known;  // key → whether it stays
  for (size_t i = 0; i < rows.size(); ++i) known[rows[i]] = stays[i];

  auto move = [&](size_t from, size_t to) {
    const int64_t key = rows[from];
    rows.erase(rows.begin() + static_cast<ptrdiff_t>(from));
    rows.insert(rows.begin() + static_cast<ptrdiff_t>(to), key);
    steps.push_back({RowStep::Kind::kMove, from, 1, to});
  };
  for (size_t i = 0; i < want.size(); ++i) {
    if (i < rows.size() && rows[i] == want[i]) continue;
    auto found = known.find(want[i]);
    if (found == known.end()) {
      size_t end = i;
      while (end < want.size() && known.count(want[end]) == 0) ++end;
      rows.insert(rows.begin() + static_cast<ptrdiff_t>(i),
                  want.begin() + static_cast<ptrdiff_t>(i),
                  want.begin() + static_cast<ptrdiff_t>(end));
      steps.push_back({RowStep::Kind::kInsert, i, end - i, 0});
      continue;
    }
    if (found->second) {
      // What stands here belongs further down: it waits at the end for its turn.
      while (rows[i] != want[i]) move(i, rows.size() - 1);
      continue;
    }
    const auto at = std::find(rows.rbegin(), rows.rend(), want[i]);
    move(static_cast<size_t>(rows.rend() - at) - 1, i);
  }
  return steps;
}

}  // namespace lab::gui
