#include "core/model/estimate.h"

#include <algorithm>
#include <utility>

#include "core/base/strings.h"
#include "core/model/gpt2.h"
#include "core/model/head_loss.h"

namespace lab {
namespace {

// 4882432 → "4,882,432".
std::string Grouped(int64_t number) {
  const std::string digits = std::to_string(number);
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

constexpr int64_t kFloat = sizeof(float);

int64_t Elements(const ParameterSpec& spec) {
  int64_t count = 1;
  for (int64_t size : spec.shape) count *= size;
  return count;
}

// Bytes of a weight or an activation.
int64_t ElementBytes(Precision precision) { return precision == Precision::kBf16 ? 2 : kFloat; }

// What the backward pass needs of the forward, in elements: a layer keeps, in units of B·T·C, the
// residual stream twice, both normalised inputs, q|k|v (3), z, and the MLP before and after GELU
// (4 + 4): 16; of attention one log-sum-exp a head and query, or the pattern three times (scores,
// pattern, dropped pattern) if it is explicit, both fp32. Around the layers: 3 (embeddings, last
// norm).
MemoryItem Activations(const Gpt2Shape& shape, int64_t rows, int64_t element) {
  const bool fused = shape.attention == AttentionKind::kFused;
  int64_t floats = fused ? shape.heads : 3 * shape.heads * shape.context;
  // Explicit attention widens q, k, v and the result.
  if (!fused && element < kFloat) floats += 4 * shape.width;
  const int64_t per_query = floats * kFloat / element;
  const int64_t elements =
      shape.layers * rows * (16 * shape.width + per_query) + 3 * rows * shape.width;
  MemoryItem item{"activations", element * elements, ""};
  item.formula = StrCat(element, " × (", shape.layers, " layers × ", Grouped(rows),
                        " tokens × (16 × ", shape.width, " + ", Grouped(per_query), ") + 3 × ",
                        Grouped(rows), " × ", shape.width, ")");
  return item;
}

// Logits from the forward to the backward, or one chunk of them.
MemoryItem Logits(const Gpt2Shape& shape, int64_t rows, int64_t element) {
  const int64_t all = element * rows * shape.vocab;
  if (all <= kKeptLogitsBytes) {
    return {"logits", all,
            StrCat(element, " × ", Grouped(rows), " tokens × ", Grouped(shape.vocab))};
  }
  const int64_t chunk_rows = std::max<int64_t>(1, kLogitsChunkBytes / (element * shape.vocab));
  return {
      "logits", element * chunk_rows * shape.vocab,
      StrCat(element, " × a chunk of ", Grouped(chunk_rows), " tokens × ", Grouped(shape.vocab))};
}

}  // namespace

ModelEstimate Estimate(const Gpt2Shape& shape, int64_t micro_batch, Precision precision) {
  ModelEstimate estimate;
  for (const ParameterSpec& spec : Gpt2Parameters(shape)) {
    estimate.parameters += Elements(spec);
    if (spec.embedding) estimate.embedding_parameters += Elements(spec);
  }
  const int64_t N = estimate.parameters, rows = micro_batch * shape.context;

  // Every weight that multiplies costs 2 operations forward and 4 backward; looking up an embedding
  // costs none, but a tied wte multiplies as the head. Attention adds 12·L·C·T.
  // Chowdhery et al. 2022, "PaLM", arXiv:2204.02311, appendix B.
  int64_t multiplied = N - shape.context * shape.width;
  if (!shape.tie_embeddings) multiplied -= shape.vocab * shape.width;
  estimate.flops_per_token =
      6.0 * static_cast<double>(multiplied) +
      12.0 * static_cast<double>(shape.layers * shape.width) * static_cast<double>(shape.context);
  estimate.flops_formula =
      StrCat("6 × ", Grouped(multiplied), " multiplying weights + 12 × ", shape.layers,
             " layers × ", shape.width, " × ", shape.context, " (PaLM, arXiv:2204.02311, app. B)");

  const int64_t element = ElementBytes(precision);
  auto add = [&](const char* name, int64_t bytes, std::string formula) {
    estimate.memory.push_back({name, bytes, std::move(formula)});
  };
  add("weights", element * N, StrCat(element, " × ", Grouped(N)));
  if (element < kFloat) add("masters", kFloat * N, StrCat("4 × ", Grouped(N)));
  add("gradients", kFloat * N, StrCat("4 × ", Grouped(N)));
  add("optimizer", 2 * kFloat * N, StrCat("2 × 4 × ", Grouped(N)));
  estimate.memory.push_back(Activations(shape, rows, element));
  estimate.memory.push_back(Logits(shape, rows, element));
  // Where the backward pass is widest: the gradients before and after GELU, and the stream's two.
  add("workspace", element * 10 * rows * shape.width,
      StrCat(element, " × 10 × ", Grouped(rows), " tokens × ", shape.width));
  for (const MemoryItem& item : estimate.memory) estimate.memory_bytes += item.bytes;
  return estimate;
}

double EstimateSeconds(const ModelEstimate& estimate, int64_t tokens, double flops_per_second) {
  return estimate.flops_per_token * static_cast<double>(tokens) / flops_per_second;
}

}  // namespace lab
