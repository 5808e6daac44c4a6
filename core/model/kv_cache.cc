#include "core/model/kv_cache.h"

#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include "core/tensor/shapes.h"

namespace lab {

KvCache::KvCache(int64_t layers, int64_t batch, int64_t heads, int64_t context, int64_t head_size)
    : keys_(at::zeros({layers, batch, heads, context, head_size}, at::kFloat)),
      values_(at::zeros({layers, batch, heads, context, head_size}, at::kFloat)) {}

void KvCache::Truncate(int64_t length) {
  TORCH_CHECK(length >= 0 && length <= length_, "KvCache: cannot truncate ", length_, " tokens to ",
              length);
  length_ = length;
}

std::pair<at::Tensor, at::Tensor> KvCache::Append(int64_t layer, const at::Tensor& k,
                                                  const at::Tensor& v) {
  const int64_t tokens = k.size(1);
  CheckShape("KvCache k", k, {batch(), kAny, keys_.size(2), keys_.size(4)});
  CheckShape("KvCache v", v, {batch(), tokens, keys_.size(2), keys_.size(4)});
  TORCH_CHECK(length_ + tokens <= capacity(), "KvCache: ", tokens, " tokens after ", length_,
              " do not fit into ", capacity());
  const at::Tensor keys = keys_.select(0, layer), values = values_.select(0, layer);
  keys.narrow(2, length_, tokens).copy_(k.transpose(1, 2));
  values.narrow(2, length_, tokens).copy_(v.transpose(1, 2));
  return {keys.narrow(2, 0, length_ + tokens), values.narrow(2, 0, length_ + tokens)};
}

}  // namespace lab
