#include "core/generate/generate.h"

#include <algorithm>
#include <span>

#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include "core/base/clock.h"
#include "core/base/strings.h"
#include "core/generate/sampler.h"
#include "core/generate/stop_text.h"
#include "core/model/kv_cache.h"
#include "core/tokenizer/tokenizer.h"

namespace lab {
namespace {

absl::Status CheckRequest(const GenerateRequest& request) {
  RETURN_IF_ERROR(CheckSamplerOptions({request.temperature, request.top_k, request.top_p}));
  if (request.max_tokens < 0) {
    return absl::InvalidArgumentError(
        StrCat("max_tokens must be at least 0, is ", request.max_tokens));
  }
  if (request.alternatives < 0) {
    return absl::InvalidArgumentError(
        StrCat("alternatives must be at least 0, is ", request.alternatives));
  }
  return absl::OkStatus();
}

// Hands tokens out once it is known how much of their text a stop string leaves.
class Deliverer {
 public:
  Deliverer(std::vector<NewToken>& tokens, const TokenCallback& on_token)
      : tokens_(tokens), on_token_(on_token) {}

  // `ends[i]`: where token i's text would end in the whole text. Delivers every token that ends
  // within the first `settled` bytes, all of them if `finished`. False when the callback refused,
  // after which nothing more is to be delivered.
  bool Deliver(const std::vector<size_t>& ends, std::string_view text, size_t settled,
               bool finished) {
    for (; next_ < tokens_.size() && (finished || ends[next_] <= settled); ++next_) {
      const size_t begin = std::min(next_ == 0 ? 0 : ends[next_ - 1], text.size());
      const size_t end = std::min(ends[next_], text.size());
      tokens_[next_].shown = std::string(text.substr(begin, end - begin));
      if (on_token_ && !on_token_(tokens_[next_])) {
        ++next_;
        return false;
      }
    }
    return true;
  }

  size_t delivered() const { return next_; }

 private:
  std::vector<NewToken>& tokens_;
  const TokenCallback& on_token_;
  size_t next_ = 0;
};

// The logits after the last of `tokens`, which follow what the cache holds.
std::vector<float> NextLogits(LanguageModel& model, KvCache& cache,
                              const std::vector<int32_t>& tokens) {
  std::vector<int64_t> ids(tokens.begin(), tokens.end());
  at::Tensor input = at::tensor(ids, at::kLong).unsqueeze(0);                           // [1, T]
  at::Tensor hidden = model.Hidden(input, {.cache = &cache});                           // [1, T, C]
  at::Tensor logits = model.Logits(hidden.select(1, hidden.size(1) - 1).contiguous());  // [1, V]
  logits = logits.to(at::kFloat).contiguous();
  const float* values = logits.const_data_ptr<float>();
  return {values, values + logits.numel()};
}

NewToken Describe(const Tokenizer& tokenizer, const TokenChoice& choice,
                  std::span<const float> logits, int alternatives) {
  // A model may have more ids than its tokenizer (a padded vocabulary); those have no text.
  auto text = [&](int32_t id) {
    return id < tokenizer.vocab_size() ? tokenizer.TokenBytes(id) : std::string();
  };
  NewToken token{.id = choice.id, .text = text(choice.id), .probability = choice.probability};
  for (const TokenChoice& likely : LikeliestTokens(logits, alternatives)) {
    token.top.emplace_back(text(likely.id), likely.probability);
  }
  return token;
}

}  // namespace

absl::StatusOr<GenerateResult> Generate(LanguageModel& model, const Tokenizer& tokenizer,
                                        const GenerateRequest& request,
                                        const TokenCallback& on_token) {
  RETURN_IF_ERROR(CheckRequest(request));
  const SystemClock clock;
  const double started = clock.MonotonicSeconds();
  const c10::NoGradGuard no_grad;
  const SamplerOptions options{request.temperature, request.top_k, request.top_p};
  PhiloxStream stream(request.seed, Purpose::kSample, static_cast<uint64_t>(request.step));

  std::vector<int32_t> input = tokenizer.Encode(request.prompt);
  GenerateResult result;
  result.prompt_tokens = static_cast<int64_t>(input.size());
  if (input.empty()) input.push_back(tokenizer.end_of_text());
  if (static_cast<int64_t>(input.size()) > model.context()) {
    return absl::InvalidArgumentError(StrCat("the prompt has ", input.size(),
                                             " tokens, but the model's context holds only ",
                                             model.context()));
  }
  std::unique_ptr<KvCache> cache = model.MakeCache(1);
  StopText stop(request.stop);
  std::vector<size_t> ends;  // of each token's text in the whole text
  Deliverer deliverer(result.tokens, on_token);
  double first_token = started, last_token = started;

  while (result.stop_reason.empty()) {
    if (result.new_tokens >= request.max_tokens) {
      result.stop_reason = "max_tokens";
      break;
    }
    if (cache->length() + static_cast<int64_t>(input.size()) > model.context()) {
      result.stop_reason = "context";
      break;
    }
    const std::vector<float> logits = NextLogits(model, *cache, input);
    ASSIGN_OR_RETURN(TokenChoice choice, SampleToken(logits, options, stream));
    result.tokens.push_back(Describe(tokenizer, choice, logits, request.alternatives));
    last_token = clock.MonotonicSeconds();
    if (++result.new_tokens == 1) first_token = last_token;
    input = {choice.id};

    const bool special = choice.id < tokenizer.vocab_size() && tokenizer.IsSpecial(choice.id);
    const std::string_view adds = special ? "" : std::string_view(result.tokens.back().text);
    ends.push_back((ends.empty() ? 0 : ends.back()) + adds.size());
    const bool stopped = stop.Add(adds);
    if (choice.id == tokenizer.end_of_text()) {
      result.stop_reason = "eos";
    } else if (stopped) {
      result.stop_reason = "stop";
    }
    if (!deliverer.Deliver(ends, stop.text(), stop.settled(), false)) {
      result.stop_reason = "cancelled";
    }
  }
  result.text = stop.text();
  if (result.stop_reason != "cancelled" &&
      !deliverer.Deliver(ends, stop.text(), stop.settled(), true)) {
    result.stop_reason = "cancelled";
  }
  if (result.stop_reason == "cancelled") {  // the result is what the caller has seen
    result.tokens.resize(deliverer.delivered());
    result.new_tokens = static_cast<int64_t>(result.tokens.size());
    result.text.resize(std::min(ends[result.tokens.size() - 1], result.text.size()));
  }
  if (result.new_tokens > 0) result.seconds_to_first_token = first_token - started;
  if (result.new_tokens > 1 && last_token > first_token) {
    result.tokens_per_second =
        static_cast<double>(result.new_tokens - 1) / (last_token - first_token);
  }
  return result;
}

}  // namespace lab
