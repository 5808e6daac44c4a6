#include "core/model/head_loss.h"

#include <algorithm>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/kernels/bfloat16.h"
#include "core/kernels/cross_entropy.h"
#include "core/model/products.h"

namespace lab {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// The cross-entropy kernels for logits of either type.
double ForwardLoss(const Tensor& logits, const int64_t* targets, float* log_sum_exp) {
  const int64_t rows = logits.size(0), vocab = logits.size(1);
  if (logits.scalar_type() == at::kFloat) {
    return kernels::CrossEntropy(rows, vocab, logits.const_data_ptr<float>(), targets, log_sum_exp);
  }
  const auto* data = logits.const_data_ptr<at::BFloat16>();
  return kernels::CrossEntropy(rows, vocab, reinterpret_cast<const kernels::BFloat16*>(data),
                               targets, log_sum_exp);
}
void BackwardLoss(const Tensor& logits, const int64_t* targets, const float* log_sum_exp,
                  float factor) {
  const int64_t rows = logits.size(0), vocab = logits.size(1);
  if (logits.scalar_type() == at::kFloat) {
    kernels::CrossEntropyBackward(rows, vocab, targets, log_sum_exp, factor,
                                  logits.mutable_data_ptr<float>());
  } else {
    auto* data = reinterpret_cast<kernels::BFloat16*>(logits.mutable_data_ptr<at::BFloat16>());
    kernels::CrossEntropyBackward(rows, vocab, targets, log_sum_exp, factor, data);
  }
}

struct HeadLossFunction : Function<HeadLossFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& hidden, const Tensor& targets,
                        const Tensor& weight, int64_t chunk_rows, bool keep) {
    const int64_t rows = hidden.size(0), vocab = weight.size(0);
    Tensor log_sum_exp = at::empty({rows}, at::kFloat);
    Tensor logits = at::empty({std::min(rows, chunk_rows), vocab}, hidden.options());
    double loss = 0;
    for (int64_t begin = 0; begin < rows; begin += chunk_rows) {
      const int64_t size = std::min(chunk_rows, rows - begin);
      Tensor chunk = logits.narrow(0, 0, size);
      ProductInto(chunk, hidden.narrow(0, begin, size), weight.t());
      loss += ForwardLoss(chunk, targets.const_data_ptr<int64_t>() + begin,
                          log_sum_exp.mutable_data_ptr<float>() + begin);
    }
    ctx->save_for_backward({hidden, targets, weight, log_sum_exp});
    ctx->saved_data["chunk_rows"] = chunk_rows;
    if (keep) ctx->saved_data["logits"] = logits;
    return at::full({}, loss / static_cast<double>(rows), at::kFloat);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &hidden = saved[0], &targets = saved[1], &weight = saved[2];
    const int64_t rows = hidden.size(0), vocab = weight.size(0);
    const int64_t chunk_rows = ctx->saved_data["chunk_rows"].toInt();
    const float factor = grads[0].item<float>() / static_cast<float>(rows);
    // Kept logits are overwritten below, so a second backward computes them again.
    const bool kept = ctx->saved_data.count("logits") > 0;
    Tensor logits = kept ? ctx->saved_data["logits"].toTensor()
                         : at::empty({std::min(rows, chunk_rows), vocab}, hidden.options());
    ctx->saved_data.erase("logits");

    Tensor dhidden = at::empty_like(hidden);
    for (int64_t begin = 0; begin < rows; begin += chunk_rows) {
      const int64_t size = std::min(chunk_rows, rows - begin);
      Tensor chunk = logits.narrow(0, 0, size), x = hidden.narrow(0, begin, size);
      if (!kept) ProductInto(chunk, x, weight.t());
      BackwardLoss(chunk, targets.const_data_ptr<int64_t>() + begin,
                   saved[3].const_data_ptr<float>() + begin, factor);
      ProductInto(dhidden.narrow(0, begin, size), chunk, weight);
      if (weight.requires_grad()) AddTransposedProduct(weight.grad(), chunk, x);
    }
    return {dhidden, Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor HeadLoss(const Tensor& hidden, const Tensor& targets, const Tensor& weight,
                int64_t kept_bytes, int64_t chunk_bytes) {
  const Tensor x = hidden.contiguous().view({-1, weight.size(1)});
  const Tensor answers = targets.contiguous().view({-1});
  TORCH_CHECK(answers.size(0) == x.size(0), "HeadLoss: ", answers.size(0), " targets for ",
              x.size(0), " rows");
  const int64_t* target = answers.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < answers.size(0); ++i) {
    TORCH_CHECK(target[i] >= 0 && target[i] < weight.size(0), "target ", target[i], " at position ",
                i, " is outside a vocabulary of ", weight.size(0));
  }
  const int64_t row_bytes = weight.size(0) * static_cast<int64_t>(weight.element_size());
  const bool trains = at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad());
  const bool keep = trains && x.size(0) * row_bytes <= kept_bytes;
  const int64_t chunk_rows = keep ? x.size(0) : std::max<int64_t>(1, chunk_bytes / row_bytes);
  return HeadLossFunction::apply(x, answers, weight, chunk_rows, keep);
}

}  // namespace lab
