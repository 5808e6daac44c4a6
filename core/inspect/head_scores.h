#pragma once

// What attention heads do, in one number a head. Patterns are [.., H, T, T]: rows are queries, they
// sum to 1, and what lies after the query is 0. One thread at a time.

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/model/language_model.h"

namespace lab {

// What a score is called.
struct HeadScoreFacts {
  std::string name;  // "heads/entropy"
  std::string unit;  // "nats"
  std::string what;  // one sentence
};
// All: those of ScoreHeads in its order, then those of RepeatedInduction.
const std::vector<HeadScoreFacts>& HeadScores();

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

// All scores of a layer's pattern [H, T, T] on `tokens` [T]: [S, H] fp32. NaN where one has no
// meaning (a text of one token has no earlier one).
at::Tensor ScoreHeads(const at::Tensor& pattern, const at::Tensor& tokens);

// Random texts in which a passage of random tokens comes twice, each text with a passage of another
// length, so that no head that knows only distances finds them all.
struct RepeatedTexts {
  at::Tensor tokens;             // int64 [rows, 1 + 2·half]: `first`, the passage, again, others
  std::vector<int64_t> lengths;  // of each row's passage, from `half` down
};
// At most 8 rows. By the seed alone, the same on every machine; `first` (end-of-text) stands only
// at the front. Requires: half ≥ 2, vocab ≥ 3.
RepeatedTexts RepeatedRandomTexts(int64_t half, int64_t vocab, int64_t first, uint64_t seed);
// Induction with nothing else to go by: the attention of each token of a second passage on the one
// after its first place, or `shift` places further on, mean over those and then over the rows whose
// passage is longer than the shift; NaN if none is. pattern [rows, H, T, T]; [H].
at::Tensor RepeatedInductionScore(const at::Tensor& pattern, const std::vector<int64_t>& lengths,
                                  int64_t shift = 0);
// Of every head of a model, in one forward of such texts of up to 129 tokens, [2, L, H]: without a
// shift, and the most with one of 1 to 3. NaN of a model whose context or vocabulary is too small
// for a passage that returns.
at::Tensor RepeatedInduction(LanguageModel& model, int64_t first_token, uint64_t seed);

}  // namespace lab
