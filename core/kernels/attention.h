#pragma once

// Causal attention without ever holding a [T, T] matrix of a whole batch: the forward keeps one
// log-sum-exp a query, the backward computes the probabilities again. Plain pointers; OpenMP
// inside, one (sequence, head) a thread. T is float or BFloat16; scores, probabilities and sums are
// fp32, and a bf16 result is rounded once. After Dao et al. 2022, "FlashAttention",
// arXiv:2205.14135.

#include <cstdint>

#include "core/kernels/dropout.h"

namespace lab::kernels {

// The queries are the last `queries` of `keys` positions: query i sees keys 0 … keys − queries + i.
struct AttentionShape {
  int64_t batch = 0;
  int64_t heads = 0;
  int64_t queries = 0;
  int64_t keys = 0;
  int64_t head_size = 0;
};

// Rows of head_size contiguous elements: [b, h, t] lies at data + b·batch + h·head + t·row.
template <class Element>
struct HeadRows {
  Element* data;
  int64_t batch, head, row;  // strides in elements
  Element* At(int64_t b, int64_t h) const { return data + b * batch + h * head; }
};

// z = dropout(softmax(q kᵀ / √D + causal mask)) v and log_sum_exp [batch, heads, queries].
// dropout may be null; its element index is (h · queries + i) · keys + j. `pattern` may be null;
// else it gets the probabilities that z was made of, before dropout: [batch, heads, queries, keys].
template <class T>
void Attention(const AttentionShape& shape, HeadRows<const T> q, HeadRows<const T> k,
               HeadRows<const T> v, const DropoutMask* dropout, HeadRows<T> z, float* log_sum_exp,
               float* pattern = nullptr);

// Sets dq, dk, dv from dz, with the forward's results and the same dropout.
template <class T>
void AttentionBackward(const AttentionShape& shape, HeadRows<const T> q, HeadRows<const T> k,
                       HeadRows<const T> v, const DropoutMask* dropout, HeadRows<const T> z,
                       const float* log_sum_exp, HeadRows<const T> dz, HeadRows<T> dq,
                       HeadRows<T> dk, HeadRows<T> dv);

}  // namespace lab::kernels
