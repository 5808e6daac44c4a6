#pragma once

// Every kernel of this folder once more, written to be read: one loop a formula, any float type,
// one thread. The parity test runs them in double and holds the fast ones to them.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/kernels/dropout.h"

namespace lab::kernels::reference {

template <class T>
T Gelu(T u) {
  const T root = std::sqrt(T(2) / T(3.14159265358979323846));
  return u / 2 * (1 + std::tanh(root * (u + T(0.044715) * u * u * u)));
}

template <class T>
T GeluSlope(T u) {
  const T root = std::sqrt(T(2) / T(3.14159265358979323846));
  const T t = std::tanh(root * (u + T(0.044715) * u * u * u));
  return (1 + t) / 2 + u / 2 * (1 - t * t) * root * (1 + 3 * T(0.044715) * u * u);
}

template <class T>
void LayerNorm(int64_t rows, int64_t columns, T epsilon, const T* x, const T* weight, const T* bias,
               T* y) {
  for (int64_t r = 0; r < rows; ++r) {
    T mean = 0, variance = 0;
    for (int64_t c = 0; c < columns; ++c) mean += x[r * columns + c] / columns;
    for (int64_t c = 0; c < columns; ++c) {
      variance += (x[r * columns + c] - mean) * (x[r * columns + c] - mean) / columns;
    }
    for (int64_t c = 0; c < columns; ++c) {
      y[r * columns + c] =
          (x[r * columns + c] - mean) / std::sqrt(variance + epsilon) * weight[c] + bias[c];
    }
  }
}

// Σ over rows of −ln softmax(logits[r])[targets[r]].
template <class T>
T CrossEntropy(int64_t rows, int64_t vocab, const T* logits, const int64_t* targets) {
  T total = 0;
  for (int64_t r = 0; r < rows; ++r) {
    const T* row = logits + r * vocab;
    const T largest = *std::max_element(row, row + vocab);
    T sum = 0;
    for (int64_t v = 0; v < vocab; ++v) sum += std::exp(row[v] - largest);
    total += std::log(sum) + largest - row[targets[r]];
  }
  return total;
}

// One head: q, z [queries, D], k, v [keys, D]; factors [queries, keys] of dropout, or null.
template <class T>
void Attention(int64_t queries, int64_t keys, int64_t head_size, const T* q, const T* k, const T* v,
               const T* factors, T* z) {
  for (int64_t i = 0; i < queries; ++i) {
    const int64_t seen = keys - queries + i + 1;
    std::vector<T> p(seen);
    T sum = 0;
    for (int64_t j = 0; j < seen; ++j) {
      T score = 0;
      for (int64_t d = 0; d < head_size; ++d) score += q[i * head_size + d] * k[j * head_size + d];
      sum += p[j] = std::exp(score / std::sqrt(T(head_size)));
    }
    for (int64_t d = 0; d < head_size; ++d) z[i * head_size + d] = 0;
    for (int64_t j = 0; j < seen; ++j) {
      const T weight = p[j] / sum * (factors ? factors[i * keys + j] : T(1));
      for (int64_t d = 0; d < head_size; ++d) {
        z[i * head_size + d] += weight * v[j * head_size + d];
      }
    }
  }
}

template <class T>
void AdamW(T rate, T beta1, T beta2, T epsilon, T weight_decay, T factor, int64_t step,
           int64_t count, T* w, const T* g, T* m, T* v) {
  for (int64_t i = 0; i < count; ++i) {
    const T gradient = factor * g[i];
    m[i] = beta1 * m[i] + (1 - beta1) * gradient;
    v[i] = beta2 * v[i] + (1 - beta2) * gradient * gradient;
    const T mean = m[i] / (1 - std::pow(beta1, T(step)));
    const T square = v[i] / (1 - std::pow(beta2, T(step)));
    w[i] -= rate * weight_decay * w[i] + rate * mean / (std::sqrt(square) + epsilon);
  }
}

// Philox4x32-10 of the counter that docs/formats/random.md gives, word by word.
inline float DropoutFactor(const DropoutMask& mask, int64_t row, int64_t element) {
  uint32_t c[4] = {static_cast<uint32_t>(element / 4),
                   mask.site << 20 | static_cast<uint32_t>(mask.first_row + row),
                   static_cast<uint32_t>(mask.step),
                   3u << 24 | (static_cast<uint32_t>(mask.step >> 32) & 0xFFFFFFu)};
  uint32_t key[2] = {static_cast<uint32_t>(mask.seed), static_cast<uint32_t>(mask.seed >> 32)};
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53u} * c[0], b = uint64_t{0xCD9E8D57u} * c[2];
    const uint32_t next[4] = {
        static_cast<uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<uint32_t>(b),
        static_cast<uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<uint32_t>(a)};
    std::copy(next, next + 4, c);
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  const bool dropped = c[element % 4] < static_cast<uint32_t>(mask.probability * 0x1p32);
  return dropped ? 0.0f : 1.0f / (1.0f - mask.probability);
}

}  // namespace lab::kernels::reference
