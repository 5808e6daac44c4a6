#include "core/model/norm.h"

#include <ATen/TensorOperators.h>

#include "core/model/functions.h"

namespace lab {

at::Tensor Norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                const HookPoints& hooks, const NormHooks& names) {
  at::Tensor y;
  if (hooks.Wants(names.scale)) {
    const at::Tensor wide = x.to(at::kFloat), centred = wide - wide.mean(-1, /*keepdim=*/true);
    const at::Tensor scale = (centred.pow(2).mean(-1, true) + kLayerNormEpsilon).sqrt();
    const int64_t version = scale._version();
    const at::Tensor heard = hooks(names.scale, scale);
    if (!heard.is_same(scale) || scale._version() != version) {
      y = (centred / heard * weight + bias).to(x.scalar_type());
    }
  }
  if (!y.defined()) y = LayerNorm(x, weight, bias);
  return hooks(names.normalized, y);
}

}  // namespace lab
