// Holds each kernel in bf16 to itself in fp32 on the same numbers, and the product to double.
// What comes out in bf16 may differ by its rounding, 2⁻⁸ of itself; sums stay fp32 and are as close
// as those of fp32. A plain program like kernels_test.

#include <cmath>
#include <limits>
#include <utility>

#include "core/kernels/adamw.h"
#include "core/kernels/attention.h"
#include "core/kernels/bf16_product.h"
#include "core/kernels/bfloat16.h"
#include "core/kernels/cross_entropy.h"
#include "core/kernels/dropout.h"
#include "core/kernels/embedding.h"
#include "core/kernels/gelu.h"
#include "core/kernels/layer_norm.h"
#include "core/kernels/sum.h"
#include "tests/core/kernels_check.h"

namespace lab::kernels {
namespace {

using Halves = std::vector<BFloat16>;

constexpr double kRounding = 1.0 / 256;

Halves Narrow(const Floats& x) {
  Halves y(x.size());
  Round(static_cast<int64_t>(x.size()), x.data(), y.data());
  return y;
}

Floats Wide(const Halves& x) {
  Floats y(x.size());
  Widen(static_cast<int64_t>(x.size()), x.data(), y.data());
  return y;
}

Halves RandomHalves(int64_t count, int seed, float deviation = 1) {
  return Narrow(Random(count, seed, deviation));
}

// |x − y| <= 2⁻⁸ |y| + `floor`: y is x before its rounding, up to the last bits of fp32.
void ExpectRounded(const Halves& x, const Floats& y, const std::string& what, double floor = 1e-6) {
  const Floats wide = Wide(x);
  Expect(x.size() == y.size(), what + ": sizes differ");
  int64_t wrong = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    const double allowed = kRounding * std::abs(static_cast<double>(y[i])) + floor;
    wrong += !(std::abs(static_cast<double>(wide[i]) - static_cast<double>(y[i])) <= allowed);
  }
  Expect(wrong == 0, what + ": " + std::to_string(wrong) + " are not the fp32 value rounded");
}

uint16_t BitsOf(float x) {
  BFloat16 y;
  Store(x, y);
  return y.bits;
}

void RoundingCase() {
  int64_t wrong = 0;
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const float value = Load(BFloat16{static_cast<uint16_t>(bits)});
    wrong += std::isnan(value) ? !std::isnan(Load(BFloat16{BitsOf(value)})) : BitsOf(value) != bits;
  }
  Expect(wrong == 0, "every bf16 number survives widening and rounding");
  Expect(BitsOf(1.0f + 1.0f / 256) == BitsOf(1.0f), "a tie goes to the even neighbour below");
  Expect(BitsOf(1.0f + 3.0f / 256) == BitsOf(1.0f + 4.0f / 256), "and to the even one above");
  Expect(BitsOf(1.0f + 1.1f / 256) == BitsOf(1.0f + 2.0f / 256), "above a tie up");
  Expect(std::isinf(Load(BFloat16{BitsOf(std::numeric_limits<float>::max())})), "too large: inf");
  // Only low bits set: truncation would make infinity of it.
  const float quiet = std::bit_cast<float>(0x7F800001u);
  Expect(std::isnan(Load(BFloat16{BitsOf(quiet)})), "NaN stays NaN");
}

void GeluCase() {
  const int64_t rows = 37, columns = 53;
  const Halves x = RandomHalves(rows * columns, 1, 3), bias = RandomHalves(columns, 2);
  const Halves dy = RandomHalves(rows * columns, 3);
  const Floats X = Wide(x), B = Wide(bias), DY = Wide(dy);
  Halves y(x.size()), dx(x.size());
  Floats Y(x.size()), DX(x.size()), dbias(columns, 1.0f), DB(columns, 1.0f);
  BiasGelu(rows, columns, x.data(), bias.data(), y.data());
  BiasGelu(rows, columns, X.data(), B.data(), Y.data());
  ExpectRounded(y, Y, "y");
  BiasGeluBackward(rows, columns, x.data(), bias.data(), dy.data(), dx.data(), dbias.data());
  BiasGeluBackward(rows, columns, X.data(), B.data(), DY.data(), DX.data(), DB.data());
  ExpectRounded(dx, DX, "dx");
  ExpectNear(dbias, DB, 4e-3, "dbias adds what was rounded");
  BiasGelu<BFloat16>(rows, columns, x.data(), nullptr, y.data());
  BiasGelu<float>(rows, columns, X.data(), nullptr, Y.data());
  ExpectRounded(y, Y, "y without bias");
}

void LayerNormCase() {
  const int64_t rows = 70, columns = 48;
  const Halves x = RandomHalves(rows * columns, 4, 2), weight = RandomHalves(columns, 5);
  const Halves bias = RandomHalves(columns, 6), dy = RandomHalves(rows * columns, 7);
  const Floats X = Wide(x), W = Wide(weight), B = Wide(bias), DY = Wide(dy);
  Halves y(x.size()), dx(x.size());
  Floats Y(x.size()), DX(x.size()), mean(rows), rstd(rows), M(rows), R(rows);
  LayerNorm(rows, columns, 1e-5f, x.data(), weight.data(), bias.data(), y.data(), mean.data(),
            rstd.data());
  LayerNorm(rows, columns, 1e-5f, X.data(), W.data(), B.data(), Y.data(), M.data(), R.data());
  ExpectRounded(y, Y, "y");
  ExpectNear(mean, M, 1e-6, "mean in fp32");
  ExpectNear(rstd, R, 1e-6, "rstd in fp32");
  Floats dweight(columns), dbias(columns), DW(columns), DB(columns);
  LayerNormBackward(rows, columns, x.data(), weight.data(), mean.data(), rstd.data(), dy.data(),
                    dx.data(), dweight.data(), dbias.data());
  LayerNormBackward(rows, columns, X.data(), W.data(), M.data(), R.data(), DY.data(), DX.data(),
                    DW.data(), DB.data());
  ExpectRounded(dx, DX, "dx");
  ExpectNear(dweight, DW, 2e-6, "dweight in fp32");
  ExpectNear(dbias, DB, 2e-6, "dbias in fp32");
}

void CrossEntropyCase() {
  const int64_t rows = 5, vocab = 301;
  Halves logits = RandomHalves(rows * vocab, 8, 4);
  Store(90.0f, logits[3]);  // far above the rest: p is 1 and its slope next to nothing
  const std::vector<int64_t> targets = {3, 0, 300, 7, 12};
  Floats wide = Wide(logits), lse(rows), LSE(rows);
  const double loss = CrossEntropy(rows, vocab, logits.data(), targets.data(), lse.data());
  const double LOSS = CrossEntropy(rows, vocab, wide.data(), targets.data(), LSE.data());
  Expect(std::abs(loss - LOSS) < 1e-5, "the loss is fp32 of the same logits");
  ExpectNear(lse, LSE, 1e-6, "log-sum-exp");
  CrossEntropyBackward(rows, vocab, targets.data(), lse.data(), 0.25f, logits.data());
  CrossEntropyBackward(rows, vocab, targets.data(), LSE.data(), 0.25f, wide.data());
  ExpectRounded(logits, wide, "gradient", 1e-7);
}

void EmbeddingCase() {
  const int64_t rows = 6, columns = 70;
  const std::vector<int64_t> ids = {2, 0, 2, 2, 4, 0};
  const Halves table = RandomHalves(5 * columns, 9), dy = RandomHalves(rows * columns, 10);
  const Floats DY = Wide(dy);
  Halves y(rows * columns);
  Floats dtable(5 * columns, 1.0f), expected(5 * columns, 1.0f);
  Embedding(rows, columns, ids.data(), table.data(), y.data());
  bool same = true;
  for (int64_t i = 0; i < rows * columns; ++i) {
    same = same && y[i].bits == table[ids[i / columns] * columns + i % columns].bits;
  }
  Expect(same, "rows are copied exactly");
  EmbeddingBackward(rows, columns, ids.data(), dy.data(), dtable.data());
  EmbeddingBackward(rows, columns, ids.data(), DY.data(), expected.data());
  ExpectNear(dtable, expected, 1e-7, "gradients add up in fp32");
}

// Rows [b, t, h, d] as a projection leaves them, so that strides matter.
template <class T>
HeadRows<T> RowsOf(T* data, const AttentionShape& s, int64_t tokens) {
  return {data, tokens * s.heads * s.head_size, s.head_size, s.heads * s.head_size};
}

void CheckAttention(const AttentionShape& s, const DropoutMask* mask, const std::string& name) {
  const int64_t C = s.heads * s.head_size, small = s.batch * s.queries * C;
  const int64_t large = s.batch * s.keys * C;
  const Halves q = RandomHalves(small, 11, 2), k = RandomHalves(large, 12, 2);
  const Halves v = RandomHalves(large, 13), dz = RandomHalves(small, 14);
  const Floats Q = Wide(q), K = Wide(k), V = Wide(v), DZ = Wide(dz);
  Halves z(small), dq(small), dk(large), dv(large);
  Floats Z(small), DQ(small), DK(large), DV(large);
  Floats lse(s.batch * s.heads * s.queries), LSE(lse.size());
  auto run = [&]<class T>(const T* q, const T* k, const T* v, T* z, float* lse) {
    Attention(s, RowsOf(q, s, s.queries), RowsOf(k, s, s.keys), RowsOf(v, s, s.keys), mask,
              RowsOf(z, s, s.queries), lse);
  };
  run(q.data(), k.data(), v.data(), z.data(), lse.data());
  run(Q.data(), K.data(), V.data(), Z.data(), LSE.data());
  ExpectRounded(z, Z, name + " z");
  ExpectNear(lse, LSE, 1e-6, name + " log-sum-exp");
  const Floats rounded = Wide(z);  // both backwards start from the z that was kept
  auto back = [&]<class T>(const T* q, const T* k, const T* v, const T* z, const T* dz, T* dq,
                           T* dk, T* dv) {
    AttentionBackward(s, RowsOf(q, s, s.queries), RowsOf(k, s, s.keys), RowsOf(v, s, s.keys), mask,
                      RowsOf(z, s, s.queries), lse.data(), RowsOf(dz, s, s.queries),
                      RowsOf(dq, s, s.queries), RowsOf(dk, s, s.keys), RowsOf(dv, s, s.keys));
  };
  back(q.data(), k.data(), v.data(), std::as_const(z).data(), dz.data(), dq.data(), dk.data(),
       dv.data());
  back(Q.data(), K.data(), V.data(), rounded.data(), DZ.data(), DQ.data(), DK.data(), DV.data());
  ExpectRounded(dq, DQ, name + " dq", 1e-5);
  ExpectRounded(dk, DK, name + " dk", 1e-5);
  ExpectRounded(dv, DV, name + " dv", 1e-5);
}

void AttentionCase() {
  CheckAttention({2, 3, 7, 7, 8}, nullptr, "short");
  CheckAttention({1, 2, 4, 9, 8}, nullptr, "queries of a cache");
  CheckAttention({1, 2, 150, 150, 16}, nullptr, "three tiles");
  const DropoutMask mask = {7, 3, DropoutSiteAttention(2), 5, 0.3f};
  CheckAttention({2, 2, 6, 6, 8}, &mask, "dropout");
}

void AdamWCase() {
  const int64_t count = 20000, decayed = 9001;
  Floats w = Random(count, 15), g = Random(count, 16, 0.1f), m(count), v(count);
  Floats W = w, M = m, V = v;
  Halves rounded(count);
  for (int64_t i = 1; i <= 3; ++i) {
    const AdamWStep step{1e-4, 0.9, 0.95, 1e-8, 0.1, 0.5, i};
    AdamWUpdate(step, decayed, count, w.data(), g.data(), m.data(), v.data(), rounded.data());
    AdamWUpdate(step, decayed, count, W.data(), g.data(), M.data(), V.data());
  }
  Expect(std::memcmp(w.data(), W.data(), count * sizeof(float)) == 0,
         "master copies move as fp32 weights do, to the bit");
  const Halves expected = Narrow(W);
  Expect(std::memcmp(rounded.data(), expected.data(), count * sizeof(BFloat16)) == 0,
         "the forward's weights are the masters rounded");
}

void DropoutCase() {
  const DropoutMask mask = {5, 17, 11, 40, 0.25f};
  const int64_t columns = 5000;
  const Halves x = RandomHalves(3 * columns, 17);
  const Floats X = Wide(x);
  Halves y(x.size());
  Floats Y(x.size());
  Dropout(mask, 3, columns, x.data(), y.data());
  Dropout(mask, 3, columns, X.data(), Y.data());
  ExpectRounded(y, Y, "the same mask");
}

void SumCase() {
  const Halves x = RandomHalves(100 * 613, 18);
  const Floats X = Wide(x);
  Floats sums(613, 2.0f), expected(613, 2.0f);
  AddColumnSums(100, 613, x.data(), sums.data());
  AddColumnSums(100, 613, X.data(), expected.data());
  ExpectNear(sums, expected, 1e-7, "column sums are fp32");
}

void CheckProduct(int64_t m, int64_t n, int64_t k, Bf16Path path) {
  const std::string name = std::string(Bf16PathName(path)) + " " + std::to_string(m) + "x" +
                           std::to_string(n) + "x" + std::to_string(k);
  const Halves a = RandomHalves(k * m, 19), b = RandomHalves(k * n, 20);
  const Floats A = Wide(a), B = Wide(b);
  Doubles expected(m * n, 3.0);
  for (int64_t row = 0; row < k; ++row) {
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        expected[i * n + j] += static_cast<double>(A[row * m + i]) * B[row * n + j];
      }
    }
  }
  auto run = [&] {
    Floats c(m * n, 3.0f);
    AddTransposedProduct(m, n, k, a.data(), b.data(), c.data(), path);
    return c;
  };
  ExpectNear(run(), expected, 2e-6, name + " is added to what was there");
  if (path == Bf16Path::kAvx512) ExpectSameBitsOnAnyThreads(run, name);
}

void ProductCase() {
  Expect(HasBf16Path(BestBf16Path()), "the best path can be taken");
  Expect(HasBf16Path(Bf16Path::kWidened), "every machine can widen");
  for (Bf16Path path : {Bf16Path::kAvx512, Bf16Path::kLibrary, Bf16Path::kWidened}) {
    if (!HasBf16Path(path)) {
      std::printf("  not on this machine: %s\n", Bf16PathName(path));
      continue;
    }
    CheckProduct(1, 1, 1, path);
    CheckProduct(12, 128, 64, path);     // whole tiles
    CheckProduct(13, 70, 33, path);      // borders, an odd k
    CheckProduct(100, 130, 2051, path);  // three blocks of k
    CheckProduct(3100, 5, 7, path);      // more rows than are packed at once
  }
}

constexpr Case kCases[] = {
    {"Rounding", RoundingCase},
    {"Gelu", GeluCase},
    {"LayerNorm", LayerNormCase},
    {"CrossEntropy", CrossEntropyCase},
    {"Embedding", EmbeddingCase},
    {"Attention", AttentionCase},
    {"AdamW", AdamWCase},
    {"Dropout", DropoutCase},
    {"Sum", SumCase},
    {"Product", ProductCase},
};

}  // namespace
}  // namespace lab::kernels

int main(int argc, char** argv) { return lab::kernels::RunCases(lab::kernels::kCases, argc, argv); }
