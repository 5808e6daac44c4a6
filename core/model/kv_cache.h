#pragma once

// Keys and values of the tokens seen so far, so that the next token costs one row of work.
// Made by LanguageModel::MakeCache, filled by Hidden. One thread at a time.

#include <cstdint>
#include <utility>

#include <ATen/core/Tensor.h>

namespace lab {

class KvCache {
 public:
  KvCache(int64_t layers, int64_t batch, int64_t heads, int64_t context, int64_t head_size);

  // Tokens held; the next token's position.
  int64_t length() const { return length_; }
  int64_t capacity() const { return keys_.size(3); }
  int64_t batch() const { return keys_.size(1); }

  // Forgets what lies at `length` and after it. Requires: 0 <= length <= length().
  void Truncate(int64_t length);

  // For models: writes k and v, [B, T, H, D], behind the tokens held, and returns views of all
  // keys and values of the layer so far, [B, H, length() + T, D]. length() itself moves once per
  // forward, by Advance.
  std::pair<at::Tensor, at::Tensor> Append(int64_t layer, const at::Tensor& k, const at::Tensor& v);
  void Advance(int64_t tokens) { length_ += tokens; }

 private:
  at::Tensor keys_, values_;  // [L, B, H, context, D]
  int64_t length_ = 0;
};

}  // namespace lab
