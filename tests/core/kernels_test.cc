// Holds each kernel to its reference in double, its gradient to finite differences of that, and its
// sums to the same bits on any number of threads. A plain program, so that it builds with LibTorch
// alone: `kernels_test` runs everything, `kernels_test NAME` one case.

#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "core/kernels/adamw.h"
#include "core/kernels/attention.h"
#include "core/kernels/cross_entropy.h"
#include "core/kernels/dropout.h"
#include "core/kernels/embedding.h"
#include "core/kernels/gelu.h"
#include "core/kernels/layer_norm.h"
#include "core/kernels/reference.h"
#include "core/kernels/sum.h"
#include "tests/core/kernels_check.h"

namespace lab::kernels {
namespace {

// d f(x) / dx by central differences.
Doubles Slope(const std::function<double(const Doubles&)>& f, Doubles x) {
  Doubles slope(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    const double before = x[i], h = 1e-5;
    x[i] = before + h;
    const double above = f(x);
    x[i] = before - h;
    const double below = f(x);
    x[i] = before;
    slope[i] = (above - below) / (2 * h);
  }
  return slope;
}

double Dot(const Doubles& a, const Floats& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void GeluCase() {
  const int64_t rows = 37, columns = 53;
  const Floats x = Random(rows * columns, 1, 3), bias = Random(columns, 2);
  const Floats dy = Random(rows * columns, 3);
  Floats y(x.size()), dx(x.size()), dbias(columns, 1.0f);
  BiasGelu(rows, columns, x.data(), bias.data(), y.data());
  BiasGeluBackward(rows, columns, x.data(), bias.data(), dy.data(), dx.data(), dbias.data());
  Doubles expected(x.size()), expected_dx(x.size()), expected_dbias(columns, 1.0);
  for (int64_t i = 0; i < rows * columns; ++i) {
    const double u = static_cast<double>(x[i] + bias[i % columns]);
    expected[i] = reference::Gelu(u);
    expected_dx[i] = dy[i] * reference::GeluSlope(u);
    expected_dbias[i % columns] += expected_dx[i];
  }
  ExpectNear(y, expected, 3e-7, "y");
  ExpectNear(dx, expected_dx, 5e-7, "dx");
  ExpectNear(dbias, expected_dbias, 2e-6, "dbias is added to what was there");
  const double slope = Slope([](const Doubles& u) { return reference::Gelu(u[0]); }, {0.7})[0];
  Expect(std::abs(slope - reference::GeluSlope(0.7)) < 1e-8, "the reference's own slope");

  Floats extreme = {-1e4f, -50, 0, 50, 1e4f, NAN}, out(6);
  BiasGelu<float>(1, 6, extreme.data(), nullptr, out.data());
  Expect(std::abs(out[0]) < 1e-30f && std::abs(out[1]) < 1e-30f && out[2] == 0 && out[3] == 50 &&
             out[4] == 1e4f && std::isnan(out[5]),
         "extremes and NaN");
}

void LayerNormCase() {
  const int64_t rows = 5, columns = 24;
  const Floats x = Random(rows * columns, 4, 2), weight = Random(columns, 5);
  const Floats bias = Random(columns, 6), dy = Random(rows * columns, 7);
  Floats y(x.size()), dx(x.size()), mean(rows), rstd(rows), dweight(columns), dbias(columns);
  LayerNorm(rows, columns, 1e-5f, x.data(), weight.data(), bias.data(), y.data(), mean.data(),
            rstd.data());
  LayerNormBackward(rows, columns, x.data(), weight.data(), mean.data(), rstd.data(), dy.data(),
                    dx.data(), dweight.data(), dbias.data());
  auto run = [&](const Doubles& x, const Doubles& weight, const Doubles& bias) {
    Doubles y(x.size());
    reference::LayerNorm<double>(rows, columns, 1e-5, x.data(), weight.data(), bias.data(),
                                 y.data());
    return y;
  };
  const Doubles X = ToDouble(x), W = ToDouble(weight), B = ToDouble(bias);
  ExpectNear(y, run(X, W, B), 1e-6, "y");
  ExpectNear(dx, Slope([&](const Doubles& v) { return Dot(run(v, W, B), dy); }, X), 2e-6, "dx");
  ExpectNear(dweight, Slope([&](const Doubles& v) { return Dot(run(X, v, B), dy); }, W), 2e-6,
             "dweight");
  ExpectNear(dbias, Slope([&](const Doubles& v) { return Dot(run(X, W, v), dy); }, B), 2e-6,
             "dbias");
}

void CrossEntropyCase() {
  const int64_t rows = 4, vocab = 31;
  Floats logits = Random(rows * vocab, 8, 4);
  logits[3] = 90;  // far above the rest: nothing may overflow
  const std::vector<int64_t> targets = {3, 0, 30, 7};
  Floats log_sum_exp(rows), gradient = logits;
  const double loss = CrossEntropy(rows, vocab, logits.data(), targets.data(), log_sum_exp.data());
  CrossEntropyBackward(rows, vocab, targets.data(), log_sum_exp.data(), 0.25f, gradient.data());
  auto run = [&](const Doubles& x) {
    return reference::CrossEntropy<double>(rows, vocab, x.data(), targets.data());
  };
  Expect(std::abs(loss - run(ToDouble(logits))) < 1e-5, "loss");
  Doubles slope = Slope(run, ToDouble(logits));
  for (double& value : slope) value *= 0.25;
  ExpectNear(gradient, slope, 1e-6, "gradient");

  Floats broken = {0, NAN, 0};
  const int64_t target = 0;
  float lse = 0;
  Expect(!std::isfinite(CrossEntropy(1, 3, broken.data(), &target, &lse)),
         "NaN among the logits shows in the loss");
}

void EmbeddingCase() {
  const int64_t rows = 6, columns = 70;
  const std::vector<int64_t> ids = {2, 0, 2, 2, 4, 0};
  const Floats table = Random(5 * columns, 9), dy = Random(rows * columns, 10);
  Floats y(rows * columns), dtable(5 * columns, 1.0f);
  Embedding(rows, columns, ids.data(), table.data(), y.data());
  EmbeddingBackward(rows, columns, ids.data(), dy.data(), dtable.data());
  Doubles expected(5 * columns, 1.0);
  bool same = true;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) {
      same = same && y[r * columns + c] == table[ids[r] * columns + c];
      expected[ids[r] * columns + c] += dy[r * columns + c];
    }
  }
  Expect(same, "rows are copied exactly");
  ExpectNear(dtable, expected, 1e-6, "repeated ids add up");
  Expect(dtable[1 * columns] == 1.0f && dtable[3 * columns + 5] == 1.0f, "others are untouched");
}

struct AttentionData {
  AttentionShape shape;
  Floats q, k, v, dz;
  HeadRows<const float> Rows(const Floats& x, int64_t tokens) const {
    return {x.data(), shape.heads * tokens * shape.head_size, tokens * shape.head_size,
            shape.head_size};
  }
  HeadRows<float> Rows(Floats& x, int64_t tokens) const {
    return {x.data(), shape.heads * tokens * shape.head_size, tokens * shape.head_size,
            shape.head_size};
  }
};

AttentionData MakeAttention(int64_t batch, int64_t heads, int64_t queries, int64_t keys) {
  const int64_t D = 8;
  return {{batch, heads, queries, keys, D},
          Random(batch * heads * queries * D, 11, 2),
          Random(batch * heads * keys * D, 12, 2),
          Random(batch * heads * keys * D, 13),
          Random(batch * heads * queries * D, 14)};
}

Doubles ReferenceAttention(const AttentionData& data, const DropoutMask* mask, const Doubles& q,
                           const Doubles& k, const Doubles& v) {
  const auto& [batch, heads, queries, keys, D] = data.shape;
  Doubles z(batch * heads * queries * D);
  for (int64_t head = 0; head < batch * heads; ++head) {
    Doubles factors(mask ? queries * keys : 0);
    for (size_t i = 0; i < factors.size(); ++i) {
      factors[i] = reference::DropoutFactor(
          *mask, head / heads, (head % heads) * queries * keys + static_cast<int64_t>(i));
    }
    reference::Attention<double>(queries, keys, D, q.data() + head * queries * D,
                                 k.data() + head * keys * D, v.data() + head * keys * D,
                                 mask ? factors.data() : nullptr, z.data() + head * queries * D);
  }
  return z;
}

void CheckAttention(const AttentionData& data, const DropoutMask* mask, const std::string& name) {
  const AttentionShape& s = data.shape;
  Floats z(data.q.size()), lse(s.batch * s.heads * s.queries);
  Attention(s, data.Rows(data.q, s.queries), data.Rows(data.k, s.keys), data.Rows(data.v, s.keys),
            mask, data.Rows(z, s.queries), lse.data());
  const Doubles q = ToDouble(data.q), k = ToDouble(data.k), v = ToDouble(data.v);
  ExpectNear(z, ReferenceAttention(data, mask, q, k, v), 2e-6, name + " z");

  Floats dq(data.q.size()), dk(data.k.size(), 5.0f), dv(data.v.size(), 5.0f);
  const Floats& kept = z;
  AttentionBackward(s, data.Rows(data.q, s.queries), data.Rows(data.k, s.keys),
                    data.Rows(data.v, s.keys), mask, data.Rows(kept, s.queries), lse.data(),
                    data.Rows(data.dz, s.queries), data.Rows(dq, s.queries), data.Rows(dk, s.keys),
                    data.Rows(dv, s.keys));
  auto loss = [&](const Doubles& q, const Doubles& k, const Doubles& v) {
    return Dot(ReferenceAttention(data, mask, q, k, v), data.dz);
  };
  ExpectNear(dq, Slope([&](const Doubles& x) { return loss(x, k, v); }, q), 5e-6, name + " dq");
  ExpectNear(dk, Slope([&](const Doubles& x) { return loss(q, x, v); }, k), 5e-6, name + " dk");
  ExpectNear(dv, Slope([&](const Doubles& x) { return loss(q, k, x); }, v), 5e-6, name + " dv");
}

void AttentionCase() {
  CheckAttention(MakeAttention(1, 2, 7, 7), nullptr, "short");
  CheckAttention(MakeAttention(1, 1, 1, 9), nullptr, "one query of a cache");
  CheckAttention(MakeAttention(1, 1, 4, 9), nullptr, "four queries of a cache");
  const DropoutMask mask = {7, 3, DropoutSiteAttention(2), 5, 0.3f};
  CheckAttention(MakeAttention(2, 2, 6, 6), &mask, "dropout");

  // More queries than a tile holds: the forward only, differences would take minutes.
  const AttentionData data = MakeAttention(1, 2, 150, 150);
  Floats z(data.q.size()), lse(2 * 150);
  Attention(data.shape, data.Rows(data.q, 150), data.Rows(data.k, 150), data.Rows(data.v, 150),
            nullptr, data.Rows(z, 150), lse.data());
  ExpectNear(
      z, ReferenceAttention(data, nullptr, ToDouble(data.q), ToDouble(data.k), ToDouble(data.v)),
      2e-6, "three tiles");
}

// Across tiles the backward must agree with itself cut differently: the last queries of a longer
// sequence are a cache's queries, and their dq is the same.
void AttentionTilesCase() {
  const AttentionData all = MakeAttention(1, 1, 150, 150);
  const int64_t D = all.shape.head_size, tail = 70;
  auto run = [&](const AttentionData& data, int64_t first) {
    const AttentionShape& s = data.shape;
    Floats z(data.q.size()), lse(s.queries), dq(data.q.size()), dk(data.k.size()), dv(dk.size());
    const Floats& kept = z;
    Attention(s, data.Rows(data.q, s.queries), data.Rows(data.k, s.keys), data.Rows(data.v, s.keys),
              nullptr, data.Rows(z, s.queries), lse.data());
    AttentionBackward(s, data.Rows(data.q, s.queries), data.Rows(data.k, s.keys),
                      data.Rows(data.v, s.keys), nullptr, data.Rows(kept, s.queries), lse.data(),
                      data.Rows(data.dz, s.queries), data.Rows(dq, s.queries),
                      data.Rows(dk, s.keys), data.Rows(dv, s.keys));
    Floats last(dq.begin() + first * D, dq.end());
    last.insert(last.end(), dv.begin() + 149 * D, dv.end());
    last.insert(last.end(), dk.begin() + 149 * D, dk.end());
    return last;
  };
  AttentionData end = all;
  end.shape.queries = tail;
  end.q.erase(end.q.begin(), end.q.end() - tail * D);
  end.dz.erase(end.dz.begin(), end.dz.end() - tail * D);
  ExpectNear(run(all, 150 - tail), run(end, 0), 2e-6, "dq, dk, dv of the last tokens");
}

void AdamWCase() {
  const int64_t count = 1000, decayed = 333;
  Floats w = Random(count, 15), g = Random(count, 16, 0.1f), m(count), v(count);
  Doubles W = ToDouble(w), M(count), V(count);
  const Doubles before = W;
  AdamWStep step{0.01, 0.9, 0.95, 1e-8, 0.1, 0.5, 0};
  AdamWSums sums;
  for (step.step = 1; step.step <= 5; ++step.step) {
    const Floats old = w;
    sums = AdamWUpdate(step, decayed, count, w.data(), g.data(), m.data(), v.data());
    const Doubles G = ToDouble(g);
    reference::AdamW<double>(0.01, 0.9, 0.95, 1e-8, 0.1, 0.5, step.step, decayed, W.data(),
                             G.data(), M.data(), V.data());
    reference::AdamW<double>(0.01, 0.9, 0.95, 1e-8, 0, 0.5, step.step, count - decayed,
                             W.data() + decayed, G.data() + decayed, M.data() + decayed,
                             V.data() + decayed);
    double update = 0, weight = 0;
    for (int64_t i = 0; i < count; ++i) {
      update += (w[i] - old[i]) * (w[i] - old[i]);
      weight += w[i] * w[i];
    }
    Expect(std::abs(sums.update_squared / update - 1) < 1e-5, "update_squared");
    Expect(std::abs(sums.weight_squared / weight - 1) < 1e-5, "weight_squared");
    g = Random(count, 17 + static_cast<int>(step.step), 0.1f);
  }
  ExpectNear(w, W, 1e-6, "weights after five steps");
  ExpectNear(m, M, 1e-6, "first moment");
  ExpectNear(v, V, 1e-6, "second moment");
  Expect(std::abs(W[0] - before[0]) > 1e-3, "something moved");
}

void DropoutCase() {
  const DropoutMask mask = {0x123456789abcdef0u, (uint64_t{5} << 32) | 17, 11, 40, 0.25f};
  const int64_t columns = 5000;
  Floats x(3 * columns, 1.0f), y(3 * columns), part(100);
  Dropout(mask, 3, columns, x.data(), y.data());
  int64_t wrong = 0, dropped = 0;
  for (int64_t i = 0; i < 3 * columns; ++i) {
    wrong += y[i] != reference::DropoutFactor(mask, i / columns, i % columns);
    dropped += y[i] == 0;
  }
  Expect(wrong == 0, "the mask is the documented one");
  Expect(std::abs(dropped / (3.0 * columns) - 0.25) < 0.015, "a quarter is dropped");
  DropoutFactors(mask, 1, 1003, 100, part.data());
  Expect(std::memcmp(part.data(), y.data() + columns + 1003, sizeof(float) * 100) == 0,
         "a piece that starts anywhere is the whole's piece");
  DropoutMask shifted = mask;
  shifted.first_row = 41;
  Dropout(shifted, 1, columns, x.data(), x.data());
  Expect(std::memcmp(x.data(), y.data() + columns, sizeof(float) * columns) == 0,
         "a row's mask goes with its place in the whole batch; y may be x");
}

void SumCase() {
  const Floats x = Random(100 * 613, 18);
  double norm = 0;
  Doubles columns(613, 2.0);
  for (size_t i = 0; i < x.size(); ++i) {
    norm += static_cast<double>(x[i]) * x[i];
    columns[i % 613] += x[i];
  }
  Floats sums(613, 2.0f);
  AddColumnSums(100, 613, x.data(), sums.data());
  ExpectNear(sums, columns, 1e-6, "column sums are added");
  const double got = SquaredNorm(x.data(), static_cast<int64_t>(x.size()));
  Expect(std::abs(got / norm - 1) < 1e-12, "squared norm");
  Expect(SquaredNorm(x.data(), 0) == 0, "nothing sums to 0");
}

void ThreadsCase() {
  const int64_t rows = 200, columns = 300;
  const Floats x = Random(rows * columns, 19), dy = Random(rows * columns, 20);
  const Floats bias = Random(columns, 21);
  ExpectSameBitsOnAnyThreads(
      [&] {
        Floats sums(columns);
        AddColumnSums(rows, columns, x.data(), sums.data());
        const double norm = SquaredNorm(x.data(), rows * columns);
        sums.resize(columns + 2);
        std::memcpy(&sums[columns], &norm, sizeof(norm));
        return sums;
      },
      "sums");
  ExpectSameBitsOnAnyThreads(
      [&] {
        Floats out(rows * columns + columns);
        BiasGeluBackward(rows, columns, x.data(), bias.data(), dy.data(), out.data(),
                         out.data() + rows * columns);
        return out;
      },
      "GELU");
  ExpectSameBitsOnAnyThreads(
      [&] {
        Floats y(rows * columns), mean(rows), rstd(rows), out(2 * columns);
        LayerNorm(rows, columns, 1e-5f, x.data(), bias.data(), bias.data(), y.data(), mean.data(),
                  rstd.data());
        LayerNormBackward(rows, columns, x.data(), bias.data(), mean.data(), rstd.data(), dy.data(),
                          y.data(), out.data(), out.data() + columns);
        return out;
      },
      "LayerNorm");
  ExpectSameBitsOnAnyThreads(
      [&] {
        Floats table(5 * columns);
        std::vector<int64_t> ids(rows);
        for (int64_t r = 0; r < rows; ++r) ids[r] = r * r % 5;
        EmbeddingBackward(rows, columns, ids.data(), dy.data(), table.data());
        return table;
      },
      "Embedding");
  ExpectSameBitsOnAnyThreads(
      [&] {
        Floats w = x, m(x.size()), v(x.size());
        const AdamWSums sums =
            AdamWUpdate(AdamWStep{}, 5000, rows * columns, w.data(), dy.data(), m.data(), v.data());
        w.push_back(static_cast<float>(sums.update_squared));
        w.push_back(static_cast<float>(sums.weight_squared));
        return w;
      },
      "AdamW");
}

constexpr Case kCases[] = {
    {"Gelu", GeluCase},
    {"LayerNorm", LayerNormCase},
    {"CrossEntropy", CrossEntropyCase},
    {"Embedding", EmbeddingCase},
    {"Attention", AttentionCase},
    {"AttentionTiles", AttentionTilesCase},
    {"AdamW", AdamWCase},
    {"Dropout", DropoutCase},
    {"Sum", SumCase},
    {"Threads", ThreadsCase},
};

}  // namespace
}  // namespace lab::kernels

int main(int argc, char** argv) { return lab::kernels::RunCases(lab::kernels::kCases, argc, argv); }
