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

void ForwardHead(const AttentionShape& shape, int64_t b, int64_t h, HeadRows<const float> q,
                 HeadRows<const float> k, HeadRows<const float> v, const DropoutMask* dropout,
                 HeadRows<float> z, float* log_sum_exp, float* scores, float* factors) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(shape.head_size));
  for (int64_t begin = 0; begin < shape.queries; begin += kTile) {
    const Tile tile = TileAt(shape, begin);
    Gemm(tile.rows, tile.keys, shape.head_size, 1.0f, {q.At(b, h) + begin * q.row, q.row},
         {k.At(b, h), k.row, true}, 0.0f, scores, tile.keys);
    for (int64_t i = 0; i < tile.rows; ++i) {
      float* row = scores + i * tile.keys;
      const int64_t count = KeysSeen(shape, begin + i);
      log_sum_exp[begin + i] = SoftmaxRow(count, tile.keys, scale, row);
      if (dropout) {
        FactorsOfQuery(shape, *dropout, b, h, begin + i, count, factors);
        MultiplyRow(count, factors, row);
      }
    }
    Gemm(tile.rows, shape.head_size, tile.keys, 1.0f, {scores, tile.keys}, {v.At(b, h), v.row},
         0.0f, z.At(b, h) + begin * z.row, z.row);
  }
}

struct BackwardScratch {
  explicit BackwardScratch(const AttentionShape& shape)
      : p(kTile * shape.keys), dp(kTile * shape.keys), factors(shape.keys) {}
  Scratch p, dp, factors;
};

// With P the probabilities, M the dropout factors and Δᵢ = Σⱼ (P∘M)ᵢⱼ (dz vᵀ)ᵢⱼ = dzᵢ · zᵢ:
//   dv = (P∘M)ᵀ dz      dS = P ∘ (M ∘ dz vᵀ − Δ)      dq = dS k / √D      dk = dSᵀ q / √D
void BackwardHead(const AttentionShape& shape, int64_t b, int64_t h, HeadRows<const float> q,
                  HeadRows<const float> k, HeadRows<const float> v, const DropoutMask* dropout,
                  HeadRows<const float> z, const float* log_sum_exp, HeadRows<const float> dz,
                  HeadRows<float> dq, HeadRows<float> dk, HeadRows<float> dv,
                  BackwardScratch& scratch) {
  const int64_t D = shape.head_size;
  const float scale = 1.0f / std::sqrt(static_cast<float>(D));
  float *p = scratch.p.data(), *dp = scratch.dp.data(), *factors = scratch.factors.data();
  for (int64_t j = 0; j < shape.keys; ++j) {
    std::fill_n(dk.At(b, h) + j * dk.row, D, 0.0f);
    std::fill_n(dv.At(b, h) + j * dv.row, D, 0.0f);
  }
  for (int64_t begin = 0; begin < shape.queries; begin += kTile) {
    const Tile tile = TileAt(shape, begin);
    const float* q_tile = q.At(b, h) + begin * q.row;
    const float* dz_tile = dz.At(b, h) + begin * dz.row;
    Gemm(tile.rows, tile.keys, D, 1.0f, {q_tile, q.row}, {k.At(b, h), k.row, true}, 0.0f, p,
         tile.keys);
    Gemm(tile.rows, tile.keys, D, 1.0f, {dz_tile, dz.row}, {v.At(b, h), v.row, true}, 0.0f, dp,
         tile.keys);
    for (int64_t i = 0; i < tile.rows; ++i) {
      float *p_row = p + i * tile.keys, *dp_row = dp + i * tile.keys;
      const int64_t count = KeysSeen(shape, begin + i);
      const float delta = Dot(D, dz_tile + i * dz.row, z.At(b, h) + (begin + i) * z.row);
      ProbabilityRow(count, tile.keys, scale, log_sum_exp[begin + i], p_row);
      if (dropout) {
        FactorsOfQuery(shape, *dropout, b, h, begin + i, count, factors);
        MultiplyRow(count, factors, dp_row);
      }
      ScoreGradientRow(count, delta, p_row, dp_row);
      std::fill(dp_row + count, dp_row + tile.keys, 0.0f);
      if (dropout) MultiplyRow(count, factors, p_row);
    }
    Gemm(tile.keys, D, tile.rows, 1.0f, {p, tile.keys, true}, {dz_tile, dz.row}, 1.0f, dv.At(b, h),
         dv.row);
    Gemm(tile.rows, D, tile.keys, scale, {dp, tile.keys}, {k.At(b, h), k.row}, 0.0f,
         dq.At(b, h) + begin * dq.row, dq.row);
    Gemm(tile.keys, D, tile.rows, scale, {dp, tile.keys, true}, {q_tile, q.row}, 1.0f, dk.At(b, h),
         dk.row);
  }
}

}  // namespace

void Attention(const AttentionShape& shape, HeadRows<const float> q, HeadRows<const float> k,
               HeadRows<const float> v, const DropoutMask* dropout, HeadRows<float> z,
               float* log_sum_exp) {
  const int64_t work = shape.batch * shape.heads * shape.queries * shape.keys;
#pragma omp parallel if (work > kParallelElements)
  {
    SingleThreadedBlas blas;
    Scratch scores(std::min(kTile, shape.queries) * shape.keys), factors(shape.keys);
#pragma omp for collapse(2) schedule(dynamic, 1)
    for (int64_t b = 0; b < shape.batch; ++b) {
      for (int64_t h = 0; h < shape.heads; ++h) {
        ForwardHead(shape, b, h, q, k, v, dropout, z,
                    log_sum_exp + (b * shape.heads + h) * shape.queries, scores.data(),
                    factors.data());
      }
    }
  }
}

void AttentionBackward(const AttentionShape& shape, HeadRows<const float> q,
                       HeadRows<const float> k, HeadRows<const float> v, const DropoutMask* dropout,
                       HeadRows<const float> z, const float* log_sum_exp, HeadRows<const float> dz,
                       HeadRows<float> dq, HeadRows<float> dk, HeadRows<float> dv) {
  const int64_t work = shape.batch * shape.heads * shape.queries * shape.keys;
#pragma omp parallel if (work > kParallelElements)
  {
    SingleThreadedBlas blas;
    BackwardScratch scratch(shape);
#pragma omp for collapse(2) schedule(dynamic, 1)
    for (int64_t b = 0; b < shape.batch; ++b) {
      for (int64_t h = 0; h < shape.heads; ++h) {
        BackwardHead(shape, b, h, q, k, v, dropout, z,
                     log_sum_exp + (b * shape.heads + h) * shape.queries, dz, dq, dk, dv, scratch);
      }
    }
  }
}

}  // namespace lab::kernels
