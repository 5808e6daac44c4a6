#include "core/tensor/flat_params.h"

#include <utility>

#include <ATen/ops/zeros.h>

namespace lab {
namespace {

constexpr int64_t kAlignmentBytes = 64;

int64_t Elements(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  return count;
}

}  // namespace

FlatParams::FlatParams(std::vector<ParameterSpec> specs, Precision precision)
    : precision_(precision) {
  const at::ScalarType element = ElementOf(precision);
  const int64_t alignment = kAlignmentBytes / static_cast<int64_t>(c10::elementSize(element));
  std::vector<int64_t> offsets(specs.size());
  int64_t end = 0;
  for (bool decay : {true, false}) {
    for (size_t i = 0; i < specs.size(); ++i) {
      if (specs[i].decay != decay) continue;
      int64_t elements = Elements(specs[i].shape);
      offsets[i] = end;
      end += (elements + alignment - 1) / alignment * alignment;
      count_ += elements;
    }
    if (decay) decayed_size_ = end;
  }
  weights_ = at::zeros({end}, element);
  gradients_ = at::zeros({end}, at::kFloat);
  parameters_.reserve(specs.size());
  for (size_t i = 0; i < specs.size(); ++i) {
    const int64_t elements = Elements(specs[i].shape);
    Parameter parameter;
    parameter.offset = offsets[i];
    parameter.value =
        weights_.narrow(0, offsets[i], elements).view(specs[i].shape).detach().requires_grad_();
    parameter.grad = gradients_.narrow(0, offsets[i], elements).view(specs[i].shape);
    parameter.value.mutable_grad() = parameter.grad;
    parameter.spec = std::move(specs[i]);
    parameters_.push_back(std::move(parameter));
  }
}

const Parameter* FlatParams::Find(std::string_view name) const {
  for (const Parameter& parameter : parameters_) {
    if (parameter.spec.name == name) return &parameter;
  }
  return nullptr;
}

void FlatParams::ZeroGradients() { gradients_.zero_(); }

void FlatParams::FreeGradients() {
  for (Parameter& parameter : parameters_) {
    parameter.grad = at::Tensor();
    parameter.value.mutable_grad() = at::Tensor();
  }
  gradients_ = at::Tensor();
}

}  // namespace lab
