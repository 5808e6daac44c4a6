#include "core/kernels/attention.h"

#include <algorithm>
#include <cmath>

#include "core/kernels/blas.h"
#include "core/kernels/scratch.h"
#include "core/kernels/simd.h"

namespace lab::kernels {
namespace {

constexpr int64_t kTile = 64;  // queries whose scores are held at once

// Row of scores → probabilities over its first `count` entries, zeros up to `width`; returns the
// log-sum-exp of the scaled scores.
LAB_CLONES float SoftmaxRow(int64_t count, int64_t width, float scale, float* s) {
  float largest = s[0];
#pragma omp simd reduction(max : largest)
  for (int64_t j = 0; j < count; ++j) largest = s[j] > largest ? s[j] : largest;
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t j = 0; j < count; ++j) {
    float e = Exp((s[j] - largest) * scale);
    s[j] = e;
    sum += e;
  }
  const float inverse = 1.0f / sum;
#pragma omp simd
  for (int64_t j = 0; j < count; ++j) s[j] *= inverse;
  for (int64_t j = count; j < width; ++j) s[j] = 0;
  return largest * scale + std::log(sum);
}

LAB_CLONES void ProbabilityRow(int64_t count, int64_t width, float scale, float log_sum_exp,
                               float* s) {
#pragma omp simd
  for (int64_t j = 0; j < count; ++j) s[j] = Exp(s[j] * scale - log_sum_exp);
  for (int64_t j = count; j < width; ++j) s[j] = 0;
}

LAB_CLONES void MultiplyRow(int64_t count, const float* __restrict factors, float* __restrict s) {
#pragma omp simd
  for (int64_t j = 0; j < count; ++j) s[j] *= factors[j];
}

// ds = p · (dp − delta); entries with p = 0 become 0.
LAB_CLONES void ScoreGradientRow(int64_t count, float delta, const float* __restrict p,
                                 float* __restrict dp) {
#pragma omp simd
  for (int64_t j = 0; j < count; ++j) dp[j] = p[j] * (dp[j] - delta);
}

LAB_CLONES float Dot(int64_t count, const float* __restrict a, const float* __restrict b) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

// One tile of queries of one head: first query, how many, how many keys the last of them sees.
struct Tile {
  int64_t begin, rows, keys;
};

Tile TileAt(const AttentionShape& shape, int64_t begin) {
  int64_t rows = std::min(kTile, shape.queries - begin);
  return {begin, rows, shape.keys - shape.queries + begin + rows};
}

int64_t KeysSeen(const AttentionShape& shape, int64_t query) {
  return shape.keys - shape.queries + query + 1;
}

void FactorsOfQuery(const AttentionShape& shape, const DropoutMask& dropout, int64_t b, int64_t h,
                    int64_t query, int64_t count, float* factors) {
  DropoutFactors(dropout, b, (h * shape.queries + query) * shape.keys, count, factors);
}

// The rows of one head.
template <class Element>
struct Rows {
  Element* data;
  int64_t stride;
};

void ForwardHead(const AttentionShape& shape, int64_t b, int64_t h, Rows<const float> q,
                 Rows<const float> k, Rows<const float> v, const DropoutMask* dropout,
                 Rows<float> z, float* log_sum_exp, float* pattern, float* scores, float* factors) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(shape.head_size));
  for (int64_t begin = 0; begin < shape.queries; begin += kTile) {
    const Tile tile = TileAt(shape, begin);
    Gemm(tile.rows, tile.keys, shape.head_size, 1.0f, {q.data + begin * q.stride, q.stride},
         {k.data, k.stride, true}, 0.0f, scores, tile.keys);
    for (int64_t i = 0; i < tile.rows; ++i) {
      float* row = scores + i * tile.keys;
      const int64_t count = KeysSeen(shape, begin + i);
      log_sum_exp[begin + i] = SoftmaxRow(count, tile.keys, scale, row);
      if (pattern) {
        float* out = pattern + (begin + i) * shape.keys;
        std::fill(std::copy_n(row, tile.keys, out), out + shape.keys, 0.0f);
      }
      if (dropout) {
        FactorsOfQuery(shape, *dropout, b, h, begin + i, count, factors);
        MultiplyRow(count, factors, row);
      }
    }
    Gemm(tile.rows, shape.head_size, tile.keys, 1.0f, {scores, tile.keys}, {v.data, v.stride}, 0.0f,
         z.data + begin * z.stride, z.stride);
  }
}

struct BackwardScratch {
  explicit BackwardScratch(const AttentionShape& shape)
      : p(kTile * shape.keys), dp(kTile * shape.keys), factors(shape.keys) {}
  Scratch p, dp, factors;
};

// With P the probabilities, M the dropout factors and Δᵢ = Σⱼ (P∘M)ᵢⱼ (dz vᵀ)ᵢⱼ = dzᵢ · zᵢ:
//   dv = (P∘M)ᵀ dz      dS = P ∘ (M ∘ dz vᵀ − Δ)      dq = dS k / √D      dk = dSᵀ q / √D
void BackwardHead(const AttentionShape& shape, int64_t b, int64_t h, Rows<const float> q,
                  Rows<const float> k, Rows<const float> v, const DropoutMask* dropout,
                  Rows<const float> z, const float* log_sum_exp, Rows<const float> dz,
                  Rows<float> dq, Rows<float> dk, Rows<float> dv, BackwardScratch& scratch) {
  const int64_t D = shape.head_size;
  const float scale = 1.0f / std::sqrt(static_cast<float>(D));
  float *p = scratch.p.data(), *dp = scratch.dp.data(), *factors = scratch.factors.data();
  for (int64_t j = 0; j < shape.keys; ++j) {
    std::fill_n(dk.data + j * dk.stride, D, 0.0f);
    std::fill_n(dv.data + j * dv.stride, D, 0.0f);
  }
  for (int64_t begin = 0; begin < shape.queries; begin += kTile) {
    const Tile tile = TileAt(shape, begin);
    const float* q_tile = q.data + begin * q.stride;
    const float* dz_tile = dz.data + begin * dz.stride;
    Gemm(tile.rows, tile.keys, D, 1.0f, {q_tile, q.stride}, {k.data, k.stride, true}, 0.0f, p,
         tile.keys);
    Gemm(tile.rows, tile.keys, D, 1.0f, {dz_tile, dz.stride}, {v.data, v.stride, true}, 0.0f, dp,
         tile.keys);
    for (int64_t i = 0; i < tile.rows; ++i) {
      float *p_row = p + i * tile.keys, *dp_row = dp + i * tile.keys;
      const int64_t count = KeysSeen(shape, begin + i);
      const float delta = Dot(D, dz_tile + i * dz.stride, z.data + (begin + i) * z.stride);
      ProbabilityRow(count, tile.keys, scale, log_sum_exp[begin + i], p_row);
      if (dropout) {
        FactorsOfQuery(shape, *dropout, b, h, begin + i, count, factors);
        MultiplyRow(count, factors, dp_row);
      }
      ScoreGradientRow(count, delta, p_row, dp_row);
      std::fill(dp_row + count, dp_row + tile.keys, 0.0f);
      if (dropout) MultiplyRow(count, factors, p_row);
    }
    Gemm(tile.keys, D, tile.rows, 1.0f, {p, tile.keys, true}, {dz_tile, dz.stride}, 1.0f, dv.data,
         dv.stride);
    Gemm(tile.rows, D, tile.keys, scale, {dp, tile.keys}, {k.data, k.stride}, 0.0f,
         dq.data + begin * dq.stride, dq.stride);
    Gemm(tile.keys, D, tile.rows, scale, {dp, tile.keys, true}, {q_tile, q.stride}, 1.0f, dk.data,
         dk.stride);
  }
}

// One head's rows as floats: where they lie if they are floats, else widened into memory of this.
template <class T>
class Staged;

template <>
class Staged<float> {
 public:
  Staged(int64_t, int64_t) {}
  Rows<const float> Read(const float* rows, int64_t stride) { return {rows, stride}; }
  Rows<float> Begin(float* rows, int64_t stride) { return {rows, stride}; }
  void Finish() {}
};

template <>
class Staged<BFloat16> {
 public:
  Staged(int64_t count, int64_t size) : count_(count), size_(size), floats_(count * size) {}
  Rows<const float> Read(const BFloat16* rows, int64_t stride) {
    for (int64_t i = 0; i < count_; ++i) {
      Widen(size_, rows + i * stride, floats_.data() + i * size_);
    }
    return {floats_.data(), size_};
  }
  // Rows to write into; Finish rounds them to where they belong.
  Rows<float> Begin(BFloat16* rows, int64_t stride) {
    target_ = {rows, stride};
    return {floats_.data(), size_};
  }
  void Finish() {
    for (int64_t i = 0; i < count_; ++i) {
      Round(size_, floats_.data() + i * size_, target_.data + i * target_.stride);
    }
  }

 private:
  int64_t count_, size_;
  Scratch floats_;
  Rows<BFloat16> target_{};
};

}  // namespace

template <class T>
void Attention(const AttentionShape& shape, HeadRows<const T> q, HeadRows<const T> k,
               HeadRows<const T> v, const DropoutMask* dropout, HeadRows<T> z, float* log_sum_exp,
               float* pattern) {
  const int64_t work = shape.batch * shape.heads * shape.queries * shape.keys;
#pragma omp parallel if (work > kParallelElements)
  {
    SingleThreadedBlas blas;
    Scratch scores(std::min(kTile, shape.queries) * shape.keys), factors(shape.keys);
    Staged<T> q_rows(shape.queries, shape.head_size), k_rows(shape.keys, shape.head_size),
        v_rows(shape.keys, shape.head_size), z_rows(shape.queries, shape.head_size);
#pragma omp for collapse(2) schedule(dynamic, 1)
    for (int64_t b = 0; b < shape.batch; ++b) {
      for (int64_t h = 0; h < shape.heads; ++h) {
        ForwardHead(
            shape, b, h, q_rows.Read(q.At(b, h), q.row), k_rows.Read(k.At(b, h), k.row),
            v_rows.Read(v.At(b, h), v.row), dropout, z_rows.Begin(z.At(b, h), z.row),
            log_sum_exp + (b * shape.heads + h) * shape.queries,
            pattern ? pattern + (b * shape.heads + h) * shape.queries * shape.keys : nullptr,
            scores.data(), factors.data());
        z_rows.Finish();
      }
    }
  }
}

template <class T>
void AttentionBackward(const AttentionShape& shape, HeadRows<const T> q, HeadRows<const T> k,
                       HeadRows<const T> v, const DropoutMask* dropout, HeadRows<const T> z,
                       const float* log_sum_exp, HeadRows<const T> dz, HeadRows<T> dq,
                       HeadRows<T> dk, HeadRows<T> dv) {
  const int64_t work = shape.batch * shape.heads * shape.queries * shape.keys;
#pragma omp parallel if (work > kParallelElements)
  {
    SingleThreadedBlas blas;
    BackwardScratch scratch(shape);
    const int64_t Q = shape.queries, K = shape.keys, D = shape.head_size;
    Staged<T> q_rows(Q, D), k_rows(K, D), v_rows(K, D), z_rows(Q, D), dz_rows(Q, D);
    Staged<T> dq_rows(Q, D), dk_rows(K, D), dv_rows(K, D);
#pragma omp for collapse(2) schedule(dynamic, 1)
    for (int64_t b = 0; b < shape.batch; ++b) {
      for (int64_t h = 0; h < shape.heads; ++h) {
        BackwardHead(shape, b, h, q_rows.Read(q.At(b, h), q.row), k_rows.Read(k.At(b, h), k.row),
                     v_rows.Read(v.At(b, h), v.row), dropout, z_rows.Read(z.At(b, h), z.row),
                     log_sum_exp + (b * shape.heads + h) * shape.queries,
                     dz_rows.Read(dz.At(b, h), dz.row), dq_rows.Begin(dq.At(b, h), dq.row),
                     dk_rows.Begin(dk.At(b, h), dk.row), dv_rows.Begin(dv.At(b, h), dv.row),
                     scratch);
        dq_rows.Finish();
        dk_rows.Finish();
        dv_rows.Finish();
      }
    }
  }
}

template void Attention(const AttentionShape&, HeadRows<const float>, HeadRows<const float>,
                        HeadRows<const float>, const DropoutMask*, HeadRows<float>, float*, float*);
template void AttentionBackward(const AttentionShape&, HeadRows<const float>, HeadRows<const float>,
                                HeadRows<const float>, const DropoutMask*, HeadRows<const float>,
                                const float*, HeadRows<const float>, HeadRows<float>,
                                HeadRows<float>, HeadRows<float>);
template void Attention(const AttentionShape&, HeadRows<const BFloat16>, HeadRows<const BFloat16>,
                        HeadRows<const BFloat16>, const DropoutMask*, HeadRows<BFloat16>, float*,
                        float*);
template void AttentionBackward(const AttentionShape&, HeadRows<const BFloat16>,
                                HeadRows<const BFloat16>, HeadRows<const BFloat16>,
                                const DropoutMask*, HeadRows<const BFloat16>, const float*,
                                HeadRows<const BFloat16>, HeadRows<BFloat16>, HeadRows<BFloat16>,
                                HeadRows<BFloat16>);

}  // namespace lab::kernels
