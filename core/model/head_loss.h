#pragma once

// The output head and its cross-entropy in one step, so that the logits of a whole batch need not
// lie in memory. One thread at a time.

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace lab {

// Logits up to this size stay from the forward to the backward pass; larger ones are worked in
// chunks of rows and computed again.
inline constexpr int64_t kKeptLogitsBytes = int64_t{256} << 20;
inline constexpr int64_t kLogitsChunkBytes = int64_t{64} << 20;

// Mean over all rows of −ln softmax(hidden Wᵀ)[target]: hidden [.., C], targets int64 of as many
// rows, weight [V, C] → an fp32 scalar. hidden and weight are both fp32 or both bf16, and so are
// the logits; softmax and loss are fp32. The gradient of `weight` goes into its preset .grad.
// `kept_bytes` is for tests.
at::Tensor HeadLoss(const at::Tensor& hidden, const at::Tensor& targets, const at::Tensor& weight,
                    int64_t kept_bytes = kKeptLogitsBytes, int64_t chunk_bytes = kLogitsChunkBytes);

}  // namespace lab
