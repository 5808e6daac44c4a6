#include "core/train/evaluate.h"

#include <algorithm>
#include <vector>

#include <ATen/core/grad_mode.h>

#include "core/train/batches.h"

namespace lab {

std::optional<Evaluation> Evaluate(LanguageModel& model, const TokenFile& tokens, int64_t windows,
                                   int64_t rows, const Control& control) {
  at::NoGradGuard no_grad;
  int64_t context = model.context();
  int64_t available = WindowCount(tokens.size(), context);
  int64_t count = windows > 0 ? std::min(windows, available) : available;
  Evaluation evaluation;
  double sum = 0;  // of the batches' mean losses, weighted by their tokens
  for (int64_t first = 0; first < count; first += rows) {
    if (control.stopping()) return std::nullopt;
    std::vector<int64_t> chosen;
    for (int64_t i = first; i < std::min(first + rows, count); ++i) {
      chosen.push_back(i * available / count);
    }
    Batch batch = WindowBatch(tokens, context, chosen);
    double loss = model.Loss(batch.inputs, batch.targets, {}).item<double>();
    int64_t predicted = batch.targets.numel();
    sum += loss * static_cast<double>(predicted);
    evaluation.tokens += predicted;
  }
  evaluation.loss = sum / static_cast<double>(evaluation.tokens);
  return evaluation;
}

}  // namespace lab
