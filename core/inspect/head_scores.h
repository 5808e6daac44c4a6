#pragma once

// What attention heads do, in one number a head. Patterns are [.., H, T, T]: rows are queries, they
// sum to 1, and what lies after the query is 0. One thread at a time.

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/model/language_model.h"

namespace lab {

// A score of each head. NaN where it has no meaning (a text of one token has no earlier one).
struct HeadScore {
  std::string name;   // "heads/entropy"
  std::string unit;   // "nats"
  std::string what;   // one sentence
  at::Tensor values;  // [L, H] fp32
};

// Where a head looks if it does one thing only: 1 at the keys that count for each query, [T, T].
// TransformerLens (head_detector.py) has the same three.
at::Tensor PreviousTokenTemplate(int64_t length);
// Earlier places of the query's own token. tokens: int64 [T].
at::Tensor DuplicateTokenTemplate(const at::Tensor& tokens);
// The places after those: where a head looks that says what came next the last time.
at::Tensor InductionTemplate(const at::Tensor& tokens);

// The share of all attention that lies on the template, [.., H].
at::Tensor MassOn(const at::Tensor& pattern, const at::Tensor& on_template);
// Mean over queries of −Σ p ln p, [.., H].
at::Tensor PatternEntropy(const at::Tensor& pattern);
// Mean over queries of Σ p (query − key), [.., H].
at::Tensor MeanDistance(const at::Tensor& pattern);
// Mean over all queries but the first of the mass on position 0, [.., H].
at::Tensor SinkShare(const at::Tensor& pattern);
// Each row weighted by the length of the values it reads, rows summing to 1: Kobayashi et al. 2020,
// arXiv:2004.10102. values: [T, H, D] of the same layer.
at::Tensor ValueWeighted(const at::Tensor& pattern, const at::Tensor& values);

// All scores of patterns [L, H, T, T] on `tokens` [T].
std::vector<HeadScore> ScoreHeads(const at::Tensor& patterns, const at::Tensor& tokens);

// Random tokens, twice in a row after `first` (end-of-text): int64 [rows, 1 + 2·half]. None of them
// is `first`. By the seed alone, the same on every machine.
at::Tensor RepeatedRandomTokens(int64_t rows, int64_t half, int64_t vocab, int64_t first,
                                uint64_t seed);
// The mean over the second halves of the mass on the token after the query's first occurrence:
// induction with nothing else to go by. patterns [L, rows, H, T, T] of such tokens; [L, H].
at::Tensor RepeatedInductionScore(const at::Tensor& patterns);

}  // namespace lab
