#include "core/model/functions.h"

#include <bit>
#include <vector>

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/kernels/attention.h"
#include "core/kernels/bfloat16.h"
#include "core/kernels/embedding.h"
#include "core/kernels/gelu.h"
#include "core/kernels/layer_norm.h"
#include "core/kernels/sum.h"
#include "core/model/products.h"

namespace lab {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

using kernels::BFloat16;

// The type of a kernel's elements as a tensor has it.
template <class T>
struct AtenOf {
  using Type = T;
};
template <>
struct AtenOf<BFloat16> {
  using Type = at::BFloat16;
};

// The elements of `x`, which throws if it is of another type; null if it is absent.
template <class T>
const T* In(const Tensor& x) {
  if (!x.defined()) return nullptr;
  return reinterpret_cast<const T*>(x.const_data_ptr<typename AtenOf<T>::Type>());
}
template <class T>
T* Out(const Tensor& x) {
  return reinterpret_cast<T*>(x.mutable_data_ptr<typename AtenOf<T>::Type>());
}

// Calls `body` with a value of the type of x's elements.
template <class Body>
void WithElementOf(const Tensor& x, Body body) {
  if (x.scalar_type() == at::kBFloat16) {
    body(BFloat16{});
  } else {
    body(0.0f);
  }
}

// Where the gradient of a parameter goes; null for one that is frozen or absent.
float* GradientOf(const Tensor& parameter) {
  return parameter.defined() && parameter.requires_grad() ? Out<float>(parameter.grad()) : nullptr;
}

// fp32 whatever the activations are.
Tensor Statistics(at::IntArrayRef shape) { return at::empty(shape, at::kFloat); }

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
    WithElementOf(table, [&]<class T>(T) {
      kernels::Embedding(ids.numel(), columns, ids.const_data_ptr<int64_t>(), In<T>(table),
                         Out<T>(y));
    });
    ctx->save_for_backward({ids, table});
    return y;
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &ids = saved[0], &table = saved[1], dy = grads[0].contiguous();
    if (float* dtable = GradientOf(table)) {
      WithElementOf(dy, [&]<class T>(T) {
        kernels::EmbeddingBackward(ids.numel(), table.size(1), ids.const_data_ptr<int64_t>(),
                                   In<T>(dy), dtable);
      });
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
    return Product(rows, weight, bias.value_or(Tensor())).view(shape);
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &bias = saved[2];
    const Tensor dy = grads[0].contiguous().view({-1, weight.size(1)});
    if (weight.requires_grad()) {
      AddTransposedProduct(weight.grad(), x.view({-1, weight.size(0)}), dy);
    }
    if (float* dbias = GradientOf(bias)) {
      WithElementOf(dy, [&]<class T>(T) {
        kernels::AddColumnSums(dy.size(0), dy.size(1), In<T>(dy), dbias);
      });
    }
    Tensor dx;
    if (ctx->needs_input_grad(0)) dx = Product(dy, weight.t()).view(x.sizes());
    return {dx, Tensor(), Tensor()};
  }
};

struct LayerNormFunction : Function<LayerNormFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight,
                        const Tensor& bias) {
    const int64_t rows = Rows(x);
    Tensor y = at::empty_like(x);
    Tensor statistics = Statistics({2, rows});  // mean, rstd
    float* mean = Out<float>(statistics);
    WithElementOf(x, [&]<class T>(T) {
      kernels::LayerNorm(rows, x.size(-1), kLayerNormEpsilon, In<T>(x), In<T>(weight), In<T>(bias),
                         Out<T>(y), mean, mean + rows);
    });
    ctx->save_for_backward({x, weight, bias, statistics});
    return y;
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &bias = saved[2];
    const Tensor dy = grads[0].contiguous();
    Tensor dx = at::empty_like(x);
    const int64_t rows = Rows(x);
    const float* mean = In<float>(saved[3]);
    WithElementOf(x, [&]<class T>(T) {
      kernels::LayerNormBackward(rows, x.size(-1), In<T>(x), In<T>(weight), mean, mean + rows,
                                 In<T>(dy), Out<T>(dx), GradientOf(weight), GradientOf(bias));
    });
    return {dx, Tensor(), Tensor()};
  }
};

struct BiasGeluFunction : Function<BiasGeluFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Optional& bias) {
    Tensor y = at::empty_like(x);
    const Tensor added = bias.value_or(Tensor());
    WithElementOf(x, [&]<class T>(T) {
      kernels::BiasGelu(Rows(x), x.size(-1), In<T>(x), In<T>(added), Out<T>(y));
    });
    ctx->save_for_backward({x, added});
    return y;
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &bias = saved[1], dy = grads[0].contiguous();
    Tensor dx = at::empty_like(x);
    WithElementOf(x, [&]<class T>(T) {
      kernels::BiasGeluBackward(Rows(x), x.size(-1), In<T>(x), In<T>(bias), In<T>(dy), Out<T>(dx),
                                GradientOf(bias));
    });
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
  WithElementOf(x, [&]<class T>(T) {
    kernels::Dropout(mask, x.size(0), x.numel() / x.size(0), In<T>(x), Out<T>(y));
  });
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

// `pattern` may be undefined.
void ForwardAttention(const Tensor& qkv, int64_t heads,
                      const std::optional<kernels::DropoutMask>& dropout, const Tensor& z,
                      const Tensor& log_sum_exp, const Tensor& pattern) {
  const kernels::AttentionShape shape = ShapeOfAttention(qkv, heads);
  WithElementOf(qkv, [&]<class T>(T) {
    const T* rows = In<T>(qkv);
    kernels::Attention(shape, Part(rows, 0, qkv, shape), Part(rows, 1, qkv, shape),
                       Part(rows, 2, qkv, shape), dropout ? &*dropout : nullptr,
                       Part(Out<T>(z), 0, z, shape), Out<float>(log_sum_exp),
                       pattern.defined() ? Out<float>(pattern) : nullptr);
  });
}

struct AttentionFunction : Function<AttentionFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& qkv, int64_t heads,
                        const std::optional<kernels::DropoutMask>& dropout) {
    Tensor z = at::empty({qkv.size(0), qkv.size(1), qkv.size(2) / 3}, qkv.options());
    Tensor log_sum_exp = Statistics({qkv.size(0), heads, qkv.size(1)});
    ForwardAttention(qkv, heads, dropout, z, log_sum_exp, Tensor());
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
    WithElementOf(qkv, [&]<class T>(T) {
      const T* rows = In<T>(qkv);
      T* slopes = Out<T>(dqkv);
      kernels::AttentionBackward(shape, Part(rows, 0, qkv, shape), Part(rows, 1, qkv, shape),
                                 Part(rows, 2, qkv, shape), dropout ? &*dropout : nullptr,
                                 Part(In<T>(z), 0, z, shape), In<float>(log_sum_exp),
                                 Part(In<T>(dz), 0, dz, shape), Part(slopes, 0, dqkv, shape),
                                 Part(slopes, 1, dqkv, shape), Part(slopes, 2, dqkv, shape));
    });
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

std::pair<Tensor, Tensor> CausalAttentionWithPattern(
    const Tensor& qkv_in, int64_t heads, const std::optional<kernels::DropoutMask>& dropout) {
  const Tensor qkv = qkv_in.detach().contiguous();
  const int64_t B = qkv.size(0), T = qkv.size(1);
  Tensor z = at::empty({B, T, qkv.size(2) / 3}, qkv.options());
  Tensor pattern = Statistics({B, heads, T, T});
  ForwardAttention(qkv, heads, dropout, z, Statistics({B, heads, T}), pattern);
  return {z, pattern};
}

Tensor CachedAttention(const Tensor& q, const Tensor& k, const Tensor& v) {
  const kernels::AttentionShape shape = {q.size(0), q.size(1), q.size(2), k.size(2), q.size(3)};
  auto rows = [](const Tensor& x) {
    return kernels::HeadRows<const float>{In<float>(x), x.stride(0), x.stride(1), x.stride(2)};
  };
  const int64_t C = shape.heads * shape.head_size;
  Tensor z = at::empty({shape.batch, shape.queries, C}, q.options().requires_grad(false));
  Tensor log_sum_exp = at::empty({shape.batch, shape.heads, shape.queries}, z.options());
  kernels::Attention(shape, rows(q), rows(k), rows(v), nullptr, Part(Out<float>(z), 0, z, shape),
                     Out<float>(log_sum_exp));
  return z;
}

}  // namespace lab
