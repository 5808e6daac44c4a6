#include "gui/models/extremes.h"

#include <algorithm>
#include <cmath>

namespace lab::gui {
namespace {

// Powers of two: their multiples are told by shifts, and asking is mostly that.
constexpr size_t kBlockBits = 6, kFanBits = 4;
constexpr size_t kBlock = 1 << kBlockBits;  // values of a block of level 0
constexpr size_t kFan = 1 << kFanBits;      // blocks that one of the next level holds

constexpr size_t bitsOf(size_t level) { return kBlockBits + level * kFanBits; }

// How many values a block of this level holds.
constexpr size_t spanOf(size_t level) { return size_t{1} << bitsOf(level); }

Extremes::Range rangeOf(const double* value, size_t count) {
  Extremes::Range range;
  for (size_t i = 0; i < count; ++i) range.take(value[i]);
  return range;
}

Extremes::Range rangeOf(const Extremes::Range* block, size_t count) {
  Extremes::Range range;
  for (size_t i = 0; i < count; ++i) range.take(block[i]);
  return range;
}

}  // namespace

void Extremes::Range::take(double value) {
  if (!std::isfinite(value)) {
    ++gaps;
    return;
  }
  low = std::min(low, value);
  high = std::max(high, value);
}

void Extremes::Range::take(const Range& other) {
  low = std::min(low, other.low);
  high = std::max(high, other.high);
  gaps += other.gaps;
}

void Extremes::grow(const std::vector<double>& values) {
  if (levels_.empty()) levels_.emplace_back();
  for (size_t next = levels_[0].size(); (next + 1) * kBlock <= values.size(); ++next) {
    levels_[0].push_back(rangeOf(values.data() + next * kBlock, kBlock));
  }
  for (size_t level = 1;; ++level) {
    const size_t complete = levels_[level - 1].size() / kFan;
    if (complete == 0) break;
    if (level == levels_.size()) levels_.emplace_back();
    for (size_t next = levels_[level].size(); next < complete; ++next) {
      levels_[level].push_back(rangeOf(levels_[level - 1].data() + next * kFan, kFan));
    }
  }
}

void Extremes::replaced(const std::vector<double>& values, size_t index) {
  size_t place = index / kBlock;
  for (size_t level = 0; level < levels_.size() && place < levels_[level].size(); ++level) {
    levels_[level][place] = level == 0 ? rangeOf(values.data() + place * kBlock, kBlock)
                                       : rangeOf(levels_[level - 1].data() + place * kFan, kFan);
    place /= kFan;
  }
}

void Extremes::truncate(size_t size) {
  for (size_t level = 0; level < levels_.size(); ++level) {
    levels_[level].resize(std::min(levels_[level].size(), size / spanOf(level)));
  }
}

const Extremes::Range* Extremes::block(size_t level, size_t index, size_t end) const {
  if (level >= levels_.size()) return nullptr;
  const size_t span = spanOf(level), place = index >> bitsOf(level);
  if ((index & (span - 1)) != 0 || index + span > end || place >= levels_[level].size()) {
    return nullptr;
  }
  return &levels_[level][place];
}

const Extremes::Range* Extremes::largestBlock(size_t index, size_t end, size_t* level) const {
  const Range* found = nullptr;
  for (size_t next = 0;; ++next) {
    const Range* larger = block(next, index, end);
    if (larger == nullptr) return found;
    found = larger;
    *level = next;
  }
}

Extremes::Range Extremes::over(const std::vector<double>& values, size_t first, size_t end) const {
  Range range;
  while (first < end) {
    size_t level = 0;
    if (const Range* whole = largestBlock(first, end, &level)) {
      range.take(*whole);
      first += spanOf(level);
      continue;
    }
    const size_t stop = std::min(end, (first / kBlock + 1) * kBlock);
    for (; first < stop; ++first) range.take(values[first]);
  }
  return range;
}

size_t Extremes::countOutside(const std::vector<double>& values, size_t first, size_t end,
                              double low, double high) const {
  size_t outside = 0;
  while (first < end) {
    size_t level = 0;
    const Range* whole = largestBlock(first, end, &level);
    // From the largest block down to one that is all inside.
    while (whole != nullptr && !(whole->low >= low && whole->high <= high)) {
      whole = level == 0 ? nullptr : block(--level, first, end);
    }
    if (whole != nullptr) {
      first += spanOf(level);
      continue;
    }
    const size_t stop = std::min(end, (first / kBlock + 1) * kBlock);
    for (; first < stop; ++first) {
      outside += std::isfinite(values[first]) && (values[first] < low || values[first] > high);
    }
  }
  return outside;
}

}  // namespace lab::gui
