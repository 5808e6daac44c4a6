#include "core/model/init.h"

#include <cmath>

#include <ATen/ops/empty.h>

#include "core/base/philox.h"

namespace lab {
namespace {

bool EndsWith(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

void FillNormal(const at::Tensor& x, double deviation, PhiloxStream stream) {
  const at::Tensor values = at::empty(x.sizes(), at::kFloat);
  float* data = values.mutable_data_ptr<float>();
  for (int64_t i = 0; i < x.numel(); ++i) {
    data[i] = static_cast<float>(deviation * stream.NextNormal());
  }
  x.copy_(values);  // rounds where x is bf16
}

}  // namespace

void InitializeGpt2(Gpt2& model, uint64_t seed) {
  const double deviation = model.shape().init_std;
  const double projection = deviation / std::sqrt(2.0 * static_cast<double>(model.shape().layers));
  model.parameters().weights().zero_();
  uint64_t index = 0;
  for (const Parameter& parameter : model.parameters().all()) {
    const PhiloxStream stream(seed, Purpose::kInit, index++);
    const at::Tensor value = parameter.value.detach();
    if (value.dim() == 2) {
      const bool adds_to_residual = EndsWith(parameter.spec.name, "c_proj.weight");
      FillNormal(value, adds_to_residual ? projection : deviation, stream);
    } else if (EndsWith(parameter.spec.name, ".weight")) {
      value.fill_(1);  // LayerNorm
    }
  }
}

}  // namespace lab
