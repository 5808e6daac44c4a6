#pragma once

// Windows of a token file as tensors, in the keyed order. A pure function of the position: nothing
// is remembered between calls. One thread.

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/data/batch_order.h"
#include "core/data/token_file.h"

namespace lab {

struct Batch {
  at::Tensor inputs;   // int64 [rows, T]
  at::Tensor targets;  // int64 [rows, T]: inputs one token later
};

// Row r is window `windows[r]`: tokens [iT, iT + T].
Batch WindowBatch(const TokenFile& tokens, int64_t context, const std::vector<int64_t>& windows);

class TrainingBatches {
 public:
  // `tokens` outlives this. limit_windows > 0 uses only the first so many windows.
  // Requires: at least one window.
  TrainingBatches(const TokenFile& tokens, int64_t context, uint64_t seed, int64_t limit_windows);

  int64_t window_count() const { return window_count_; }
  // Indices of the `rows` windows from `position` on.
  std::vector<int64_t> WindowsAt(int64_t position, int64_t rows) const;
  // Those windows; an epoch's remainder rolls into the next.
  Batch At(int64_t position, int64_t rows) const;

 private:
  const TokenFile& tokens_;
  int64_t context_;
  int64_t window_count_;
  BatchOrder order_;
};

}  // namespace lab
