#include "core/model/products.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/mm.h>

#include "core/kernels/bf16_product.h"
#include "core/tensor/shapes.h"

namespace lab {
namespace {

using at::Tensor;

const kernels::BFloat16* In(const Tensor& x) {
  TORCH_CHECK(x.is_contiguous(), "a product's operand must be contiguous");
  return reinterpret_cast<const kernels::BFloat16*>(x.const_data_ptr<at::BFloat16>());
}

}  // namespace

Tensor Product(const Tensor& a, const Tensor& b, const Tensor& bias, bool widen) {
  if (a.scalar_type() == at::kBFloat16 && widen) {
    const Tensor wide = bias.defined() ? bias.to(at::kFloat) : Tensor();
    return Product(a.to(at::kFloat), b.to(at::kFloat), wide).to(at::kBFloat16);
  }
  return bias.defined() ? at::addmm(bias, a, b) : at::mm(a, b);
}

void ProductInto(Tensor out, const Tensor& a, const Tensor& b, bool widen) {
  if (a.scalar_type() == at::kBFloat16 && widen) {
    out.copy_(at::mm(a.to(at::kFloat), b.to(at::kFloat)));
  } else {
    at::mm_out(out, a, b);
  }
}

void AddTransposedProduct(Tensor gradient, const Tensor& a, const Tensor& b) {
  if (a.scalar_type() == at::kFloat) {
    at::addmm_out(gradient, gradient, a.t(), b);
    return;
  }
  const int64_t k = a.size(0), m = a.size(1), n = b.size(1);
  CheckShape("b", b, {k, n});
  CheckShape("gradient", gradient, {m, n});
  TORCH_CHECK(gradient.is_contiguous(), "a gradient must be contiguous");
  kernels::AddTransposedProduct(m, n, k, In(a), In(b), gradient.mutable_data_ptr<float>());
}

std::string ProductsName(Precision precision) {
  if (precision == Precision::kFp32) return "fp32";
  const std::string products = HasBf16Instructions() ? "bf16" : "widened to fp32";
  return products + ", gradients " + kernels::Bf16PathName(kernels::BestBf16Path());
}

}  // namespace lab
