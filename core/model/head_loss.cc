#include "core/model/head_loss.h"

#include <algorithm>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mm.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/kernels/cross_entropy.h"

namespace lab {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

struct HeadLossFunction : Function<HeadLossFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& hidden, const Tensor& targets,
                        const Tensor& weight, int64_t chunk_rows, bool keep) {
    const int64_t rows = hidden.size(0), vocab = weight.size(0);
    Tensor log_sum_exp = at::empty({rows}, hidden.options());
    Tensor logits = at::empty({std::min(rows, chunk_rows), vocab}, hidden.options());
    double loss = 0;
    for (int64_t begin = 0; begin < rows; begin += chunk_rows) {
      const int64_t size = std::min(chunk_rows, rows - begin);
      Tensor chunk = logits.narrow(0, 0, size);
      at::mm_out(chunk, hidden.narrow(0, begin, size), weight.t());
      loss += kernels::CrossEntropy(size, vocab, chunk.const_data_ptr<float>(),
                                    targets.const_data_ptr<int64_t>() + begin,
                                    log_sum_exp.mutable_data_ptr<float>() + begin);
    }
    ctx->save_for_backward({hidden, targets, weight, log_sum_exp});
    ctx->saved_data["chunk_rows"] = chunk_rows;
    if (keep) ctx->saved_data["logits"] = logits;
    return at::full({}, loss / static_cast<double>(rows), hidden.options());
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
      if (!kept) at::mm_out(chunk, x, weight.t());
      kernels::CrossEntropyBackward(size, vocab, targets.const_data_ptr<int64_t>() + begin,
                                    saved[3].const_data_ptr<float>() + begin, factor,
                                    chunk.mutable_data_ptr<float>());
      Tensor dx = dhidden.narrow(0, begin, size);
      at::mm_out(dx, chunk, weight);
      if (weight.requires_grad()) {
        Tensor dweight = weight.grad();
        at::addmm_out(dweight, dweight, chunk.t(), x);
      }
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
  const int64_t row_bytes = weight.size(0) * static_cast<int64_t>(sizeof(float));
  const bool trains = at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad());
  const bool keep = trains && x.size(0) * row_bytes <= kept_bytes;
  const int64_t chunk_rows = keep ? x.size(0) : std::max<int64_t>(1, chunk_bytes / row_bytes);
  return HeadLossFunction::apply(x, answers, weight, chunk_rows, keep);
}

}  // namespace lab
