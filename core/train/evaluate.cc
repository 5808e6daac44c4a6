#include "core/train/evaluate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include "core/kernels/cross_entropy.h"
#include "core/model/head_loss.h"
#include "core/train/batches.h"

namespace lab {
namespace {

// −ln p of each target, [rows · T], without the logits of the whole batch in memory.
std::vector<float> TokenLosses(LanguageModel& model, const Batch& batch, Observer* observer) {
  if (observer != nullptr) observer->Begin(batch.inputs);
  const at::Tensor hidden = model.Hidden(batch.inputs, {.listener = observer});  // [rows, T, C]
  const at::Tensor x = hidden.contiguous().view({-1, hidden.size(-1)});          // [rows · T, C]
  const int64_t* targets = batch.targets.const_data_ptr<int64_t>();
  const int64_t count = x.size(0), vocab = model.vocab_size();
  const int64_t chunk =
      std::max<int64_t>(1, kLogitsChunkBytes / (vocab * static_cast<int64_t>(sizeof(float))));
  std::vector<float> losses(static_cast<size_t>(count));
  for (int64_t begin = 0; begin < count; begin += chunk) {
    const int64_t size = std::min(chunk, count - begin);
    const at::Tensor logits =
        model.Logits(x.narrow(0, begin, size)).to(at::kFloat).contiguous();  // [size, V]
    const float* values = logits.const_data_ptr<float>();
    kernels::CrossEntropy(size, vocab, values, targets + begin, losses.data() + begin);
    for (int64_t i = 0; i < size; ++i) {  // from ln Σ exp to −ln p
      losses[static_cast<size_t>(begin + i)] -= values[i * vocab + targets[begin + i]];
    }
  }
  return losses;
}

// The windows that are evaluated, by number.
class Windows {
 public:
  Windows(const LanguageModel& model, const TokenFile& tokens, const EvaluationWindows& which)
      : available_(WindowCount(tokens.size(), model.context())),
        count_(which.windows > 0 ? std::min(which.windows, available_) : available_),
        rows_(which.rows) {}

  int64_t count() const { return count_; }
  // Those of the forward that begins with the `first`.
  std::vector<int64_t> From(int64_t first) const {
    std::vector<int64_t> chosen;
    for (int64_t i = first; i < std::min(first + rows_, count_); ++i) {
      chosen.push_back(i * available_ / count_);
    }
    return chosen;
  }

 private:
  int64_t available_, count_, rows_;
};

}  // namespace

void Observe(LanguageModel& model, const TokenFile& tokens, EvaluationWindows which,
             Observer& observer) {
  const at::NoGradGuard no_grad;
  const Batch batch = WindowBatch(tokens, model.context(), Windows(model, tokens, which).From(0));
  observer.Begin(batch.inputs);
  model.Hidden(batch.inputs, {.listener = &observer});
}

std::optional<Evaluation> Evaluate(LanguageModel& model, const TokenFile& tokens,
                                   EvaluationWindows which, const Control& control,
                                   const TokenParts* parts, Observer* observer) {
  at::NoGradGuard no_grad;
  const int64_t context = model.context();
  const Windows windows(model, tokens, which);
  Evaluation evaluation;
  if (parts != nullptr) {
    evaluation.part_losses.assign(parts->count, 0);
    evaluation.part_tokens.assign(parts->count, 0);
  }
  double sum = 0;
  for (int64_t first = 0; first < windows.count(); first += which.rows) {
    if (control.stopping()) return std::nullopt;
    const std::vector<int64_t> chosen = windows.From(first);
    const std::vector<float> losses =
        TokenLosses(model, WindowBatch(tokens, context, chosen), first == 0 ? observer : nullptr);
    for (size_t row = 0; row < chosen.size(); ++row) {
      double window = 0;
      for (int64_t t = 0; t < context; ++t) {
        const double loss = losses[row * static_cast<size_t>(context) + static_cast<size_t>(t)];
        window += loss;
        if (parts == nullptr) continue;
        const uint8_t part = parts->of_token[static_cast<size_t>(chosen[row] * context + t + 1)];
        evaluation.part_losses[part] += loss;
        ++evaluation.part_tokens[part];
      }
      sum += window;
      evaluation.window_losses.push_back(window / static_cast<double>(context));
    }
  }
  evaluation.tokens = windows.count() * context;
  evaluation.loss = sum / static_cast<double>(evaluation.tokens);
  for (double& loss : evaluation.part_losses) loss /= static_cast<double>(evaluation.tokens);
  return evaluation;
}

double StandardErrorOfMean(const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (n - 1) / n);
}

}  // namespace lab
