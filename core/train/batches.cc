#include "core/train/batches.h"

#include <algorithm>
#include <vector>

#include <ATen/ops/empty.h>

namespace lab {

Batch WindowBatch(const TokenFile& tokens, int64_t context, const std::vector<int64_t>& windows) {
  auto rows = static_cast<int64_t>(windows.size());
  Batch batch{at::empty({rows, context}, at::kLong), at::empty({rows, context}, at::kLong)};
  int64_t* inputs = batch.inputs.mutable_data_ptr<int64_t>();
  int64_t* targets = batch.targets.mutable_data_ptr<int64_t>();
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t first = windows[static_cast<size_t>(row)] * context;
    tokens.Read(first, context, inputs + row * context);
    tokens.Read(first + 1, context, targets + row * context);
  }
  return batch;
}

TrainingBatches::TrainingBatches(const TokenFile& tokens, int64_t context, uint64_t seed,
                                 int64_t limit_windows)
    : tokens_(tokens),
      context_(context),
      window_count_(limit_windows > 0 ? std::min(limit_windows, WindowCount(tokens.size(), context))
                                      : WindowCount(tokens.size(), context)),
      order_(seed, window_count_) {}

std::vector<int64_t> TrainingBatches::WindowsAt(int64_t position, int64_t rows) const {
  std::vector<int64_t> windows(static_cast<size_t>(rows));
  for (int64_t row = 0; row < rows; ++row) {
    windows[static_cast<size_t>(row)] = order_.WindowAt(position + row);
  }
  return windows;
}

Batch TrainingBatches::At(int64_t position, int64_t rows) const {
  return WindowBatch(tokens_, context_, WindowsAt(position, rows));
}

}  // namespace lab
