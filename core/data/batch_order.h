#pragma once

// Which window comes at which position: a keyed permutation of the windows per epoch, a pure
// function of (seed, epoch, position), so that a data cursor is one number
// (docs/formats/random.md). Safe from any thread.

#include <array>
#include <cstdint>

namespace lab {

// Windows of `context` inputs and their targets: window i is tokens [i·context, (i+1)·context],
// both ends included, so it needs context + 1 tokens.
constexpr int64_t WindowCount(int64_t token_count, int64_t context) {
  return token_count > context ? (token_count - 1) / context : 0;
}

class BatchOrder {
 public:
  // Requires: window_count ≥ 1.
  BatchOrder(uint64_t seed, int64_t window_count);

  // The window at a position of the endless sequence: position = epoch · window_count + index, so
  // that what remains of an epoch rolls into the next. Requires: position ≥ 0.
  int64_t WindowAt(int64_t position) const;

  int64_t window_count() const { return window_count_; }

 private:
  uint64_t seed_;
  int64_t window_count_;
  int half_bits_;  // the network permutes numbers of 2 · half_bits_ bits
};

}  // namespace lab
