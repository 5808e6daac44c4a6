#pragma once

// What a model will cost, by formula, before anything is allocated. Pure functions, any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/gpt2_shape.h"
#include "core/tensor/precision.h"

namespace lab {

struct MemoryItem {
  std::string name;  // "weights", "masters", "gradients", "optimizer", "activations", …
  int64_t bytes = 0;
  std::string formula;  // with the numbers: "4 × 4,882,432"
};

struct ModelEstimate {
  int64_t parameters = 0;            // all, a tied head counted once
  int64_t embedding_parameters = 0;  // of those, wte and wpe
  double flops_per_token = 0;        // forward and backward
  std::string flops_formula;         // with the numbers and the source
  std::vector<MemoryItem> memory;    // in a training step, largest parts by component
  int64_t memory_bytes = 0;          // their sum
};

// Training on a CPU with micro-batches of `micro_batch` windows of the whole context.
ModelEstimate Estimate(const Gpt2Shape& shape, int64_t micro_batch,
                       Precision precision = Precision::kFp32);

// Seconds that `tokens` tokens take at `flops_per_second` (tensor/device.h measures one). A first
// guess: it knows only the products.
double EstimateSeconds(const ModelEstimate& estimate, int64_t tokens, double flops_per_second);

}  // namespace lab
