#include "core/model/functions.h"

#include <bit>
#include <vector>

#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/kernels/attention.h"
#include "core/kernels/embedding.h"
#include "core/kernels/gelu.h"
#include "core/kernels/layer_norm.h"
#include "core/kernels/sum.h"

namespace lab {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

const float* In(const Tensor& x) { return x.defined() ? x.const_data_ptr<float>() : nullptr; }
float* Out(const Tensor& x) { return x.mutable_data_ptr<float>(); }

// Where the gradient of a parameter goes; null for one that is frozen or absent.
float* GradientOf(const Tensor& parameter) {
  return parameter.defined() && parameter.requires_grad() ? Out(parameter.grad()) : nullptr;
}

// Autograd takes an absent input as an empty optional, not as an undefined tensor.
using Optional = std::optional<Tensor>;
Optional Given(const Tensor& x) { return x.defined() ? Optional(x) : std::nullopt; }

int64_t Rows(const Tensor& x) { return x.numel() / x.size(-1); }

struct LookupFunction : Function<LookupFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& ids, const Tensor& table) {
    const int64_t columns = table.size(1);
    std::vector<int64_t> shape = ids.sizes().vec();
    shape.push_back(columns);
    Tensor y = at::empty(shape, table.options());
    kernels::Embedding(ids.numel(), columns, ids.const_data_ptr<int64_t>(), In(table), Out(y));
    ctx->save_for_backward({ids, table});
    return y;
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &ids = saved[0], &table = saved[1], dy = grads[0].contiguous();
    if (float* dtable = GradientOf(table)) {
      kernels::EmbeddingBackward(ids.numel(), table.size(1), ids.const_data_ptr<int64_t>(), In(dy),
                                 dtable);
    }
    return {Tensor(), Tensor()};
  }
};

struct LinearFunction : Function<LinearFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight,
                        const Optional& bias) {
    ctx->save_for_backward({x, weight, bias.value_or(Tensor())});
    const Tensor rows = x.view({-1, weight.size(0)});
    std::vector<int64_t> shape = x.sizes().vec();
    shape.back() = weight.size(1);
    return (bias ? at::addmm(*bias, rows, weight) : at::mm(rows, weight)).view(shape);
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &bias = saved[2];
    const Tensor dy = grads[0].contiguous().view({-1, weight.size(1)});
    if (weight.requires_grad()) {
      Tensor dweight = weight.grad();
      at::addmm_out(dweight, dweight, x.view({-1, weight.size(0)}).t(), dy);
    }
    if (float* dbias = GradientOf(bias)) {
      kernels::AddColumnSums(dy.size(0), dy.size(1), In(dy), dbias);
    }
    Tensor dx;
    if (ctx->needs_input_grad(0)) dx = at::mm(dy, weight.t()).view(x.sizes());
    return {dx, Tensor(), Tensor()};
  }
};

struct LayerNormFunction : Function<LayerNormFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight,
                        const Tensor& bias) {
    const int64_t rows = Rows(x);
    Tensor y = at::empty_like(x);
    Tensor statistics = at::empty({2, rows}, x.options());  // mean, rstd
    kernels::LayerNorm(rows, x.size(-1), kLayerNormEpsilon, In(x), In(weight), In(bias), Out(y),
                       Out(statistics), Out(statistics) + rows);
    ctx->save_for_backward({x, weight, bias, statistics});
    return y;
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &bias = saved[2];
    const Tensor dy = grads[0].contiguous();
    Tensor dx = at::empty_like(x);
    const int64_t rows = Rows(x);
    const float* statistics = In(saved[3]);
    kernels::LayerNormBackward(rows, x.size(-1), In(x), In(weight), statistics, statistics + rows,
                               In(dy), Out(dx), GradientOf(weight), GradientOf(bias));
    return {dx, Tensor(), Tensor()};
  }
};

struct BiasGeluFunction : Function<BiasGeluFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Optional& bias) {
    Tensor y = at::empty_like(x);
    kernels::BiasGelu(Rows(x), x.size(-1), In(x), bias ? In(*bias) : nullptr, Out(y));
    ctx->save_for_backward({x, bias.value_or(Tensor())});
    return y;
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &bias = saved[1], dy = grads[0].contiguous();
    Tensor dx = at::empty_like(x);
    kernels::BiasGeluBackward(Rows(x), x.size(-1), In(x), In(bias), In(dy), Out(dx),
                              GradientOf(bias));
    return {dx, Tensor()};
  }
};

// A mask as autograd's context can keep it.
std::vector<int64_t> Pack(const kernels::DropoutMask& mask) {
  return {static_cast<int64_t>(mask.seed), static_cast<int64_t>(mask.step), mask.site,
          mask.first_row, std::bit_cast<int32_t>(mask.probability)};
}
kernels::DropoutMask Unpack(const std::vector<int64_t>& packed) {
  return {static_cast<uint64_t>(packed[0]), static_cast<uint64_t>(packed[1]),
          static_cast<uint32_t>(packed[2]), packed[3],
          std::bit_cast<float>(static_cast<int32_t>(packed[4]))};
}

Tensor ApplyMask(const Tensor& x, const kernels::DropoutMask& mask) {
  Tensor y = at::empty_like(x);
  kernels::Dropout(mask, x.size(0), x.numel() / x.size(0), In(x), Out(y));
  return y;
}

struct DropoutFunction : Function<DropoutFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const kernels::DropoutMask& mask) {
    ctx->saved_data["mask"] = Pack(mask);
    return ApplyMask(x, mask);
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    return {ApplyMask(grads[0].contiguous(), Unpack(ctx->saved_data["mask"].toIntVector())),
            Tensor()};
  }
};

// Head h of a tensor [B, T, n · C], of the part that begins at `part` · C.
template <class Element>
kernels::HeadRows<Element> Part(Element* data, int64_t part, const Tensor& x,
                                const kernels::AttentionShape& shape) {
  return {data + part * shape.heads * shape.head_size, x.size(1) * x.size(2), shape.head_size,
          x.size(2)};
}

kernels::AttentionShape ShapeOfAttention(const Tensor& qkv, int64_t heads) {
  return {qkv.size(0), heads, qkv.size(1), qkv.size(1), qkv.size(2) / 3 / heads};
}

struct AttentionFunction : Function<AttentionFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& qkv, int64_t heads,
                        const std::optional<kernels::DropoutMask>& dropout) {
    const kernels::AttentionShape shape = ShapeOfAttention(qkv, heads);
    Tensor z = at::empty({qkv.size(0), qkv.size(1), qkv.size(2) / 3}, qkv.options());
    Tensor log_sum_exp = at::empty({shape.batch, heads, shape.queries}, qkv.options());
    kernels::Attention(shape, Part(In(qkv), 0, qkv, shape), Part(In(qkv), 1, qkv, shape),
                       Part(In(qkv), 2, qkv, shape), dropout ? &*dropout : nullptr,
                       Part(Out(z), 0, z, shape), Out(log_sum_exp));
    ctx->save_for_backward({qkv, z, log_sum_exp});
    ctx->saved_data["heads"] = heads;
    if (dropout) ctx->saved_data["mask"] = Pack(*dropout);
    return z;
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &qkv = saved[0], &z = saved[1], &log_sum_exp = saved[2];
    const Tensor dz = grads[0].contiguous();
    const kernels::AttentionShape shape = ShapeOfAttention(qkv, ctx->saved_data["heads"].toInt());
    std::optional<kernels::DropoutMask> dropout;
    if (ctx->saved_data.count("mask")) dropout = Unpack(ctx->saved_data["mask"].toIntVector());
    Tensor dqkv = at::empty_like(qkv);
    kernels::AttentionBackward(shape, Part(In(qkv), 0, qkv, shape), Part(In(qkv), 1, qkv, shape),
                               Part(In(qkv), 2, qkv, shape), dropout ? &*dropout : nullptr,
                               Part(In(z), 0, z, shape), In(log_sum_exp),
                               Part(In(dz), 0, dz, shape), Part(Out(dqkv), 0, dqkv, shape),
                               Part(Out(dqkv), 1, dqkv, shape), Part(Out(dqkv), 2, dqkv, shape));
    return {dqkv, Tensor(), Tensor()};
  }
};

}  // namespace

Tensor Lookup(const Tensor& ids, const Tensor& table) {
  const Tensor rows = ids.contiguous();
  const int64_t* id = rows.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < rows.numel(); ++i) {
    TORCH_CHECK(id[i] >= 0 && id[i] < table.size(0), "id ", id[i], " at position ", i,
                " is outside a table of ", table.size(0), " rows");
  }
  return LookupFunction::apply(rows, table);
}

Tensor Linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return LinearFunction::apply(x.contiguous(), weight, Given(bias));
}

Tensor LayerNorm(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return LayerNormFunction::apply(x.contiguous(), weight, bias);
}

Tensor BiasGelu(const Tensor& x, const Tensor& bias) {
  return BiasGeluFunction::apply(x.contiguous(), Given(bias));
}

Tensor Dropout(const Tensor& x, const kernels::DropoutMask& mask) {
  return DropoutFunction::apply(x.contiguous(), mask);
}

Tensor CausalAttention(const Tensor& qkv, int64_t heads,
                       const std::optional<kernels::DropoutMask>& dropout) {
  return AttentionFunction::apply(qkv.contiguous(), heads, dropout);
}

Tensor CachedAttention(const Tensor& q, const Tensor& k, const Tensor& v) {
  const kernels::AttentionShape shape = {q.size(0), q.size(1), q.size(2), k.size(2), q.size(3)};
  auto rows = [](const Tensor& x) {
    return kernels::HeadRows<const float>{In(x), x.stride(0), x.stride(1), x.stride(2)};
  };
  const int64_t C = shape.heads * shape.head_size;
  Tensor z = at::empty({shape.batch, shape.queries, C}, q.options().requires_grad(false));
  Tensor log_sum_exp = at::empty({shape.batch, shape.heads, shape.queries}, z.options());
  kernels::Attention(shape, rows(q), rows(k), rows(v), nullptr, Part(Out(z), 0, z, shape),
                     Out(log_sum_exp));
  return z;
}

}  // namespace lab
