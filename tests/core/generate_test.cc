#include "core/generate/generate.h"

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/fill.h>
#include <ATen/ops/select.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/philox.h"
#include "core/model/gpt2.h"
#include "core/model/init.h"
#include "core/tokenizer/tokenizer.h"

namespace lab {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kContext = 48;

// A small model over bytes with large weights, so that its choices are clear and varied.
class GenerateTest : public ::testing::Test {
 protected:
  GenerateTest()
      : model_({.layers = 2, .heads = 2, .width = 32, .context = kContext, .vocab = 257}) {
    InitializeGpt2(model_, 4);
    const c10::NoGradGuard no_grad;
    PhiloxStream stream(11, Purpose::kInit, 999);
    for (const Parameter& parameter : model_.parameters().all()) {
      float* data = parameter.value.mutable_data_ptr<float>();
      for (int64_t i = 0; i < parameter.value.numel(); ++i) {
        data[i] += 0.3f * static_cast<float>(stream.NextNormal());
      }
    }
  }
  GenerateResult Make(const GenerateRequest& request, const TokenCallback& on_token = {}) {
    auto result = Generate(model_, *tokenizer_, request, on_token);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(GenerateResult{});
  }
  // Greedy tokens without a cache: the whole text goes through the model for every token.
  std::vector<int32_t> Uncached(std::vector<int32_t> ids, int count) {
    const c10::NoGradGuard no_grad;
    std::vector<int32_t> made;
    for (int i = 0; i < count; ++i) {
      std::vector<int64_t> wide(ids.begin(), ids.end());
      at::Tensor hidden = model_.Hidden(at::tensor(wide, at::kLong).unsqueeze(0), {});
      at::Tensor logits = model_.Logits(hidden).select(1, hidden.size(1) - 1).contiguous();
      const float* values = logits.const_data_ptr<float>();
      int32_t best = 0;
      for (int32_t id = 1; id < 257; ++id) {
        if (values[id] > values[best]) best = id;
      }
      made.push_back(best);
      ids.push_back(best);
    }
    return made;
  }

  Gpt2 model_;
  std::shared_ptr<const Tokenizer> tokenizer_ = ByteTokenizer();
};

std::vector<int32_t> Ids(const GenerateResult& result) {
  std::vector<int32_t> ids;
  for (const NewToken& token : result.tokens) ids.push_back(token.id);
  return ids;
}

// A request whose sampling never meets end-of-text within its tokens.
GenerateRequest Sampled(int64_t max_tokens) {
  GenerateRequest request;
  request.prompt = "Once";
  request.max_tokens = max_tokens;
  request.seed = 5;
  request.top_k = 20;
  return request;
}

TEST_F(GenerateTest, CachedGivesTheTokensOfUncached) {
  for (const char* prompt : {"Once upon", "x", "The quick brown fox jumps"}) {
    GenerateResult result = Make({.prompt = prompt, .max_tokens = 20, .temperature = 0});
    std::vector<int32_t> wanted = Uncached(tokenizer_->Encode(prompt), 20);
    wanted.resize(result.tokens.size());  // shorter only if it ended with end-of-text
    EXPECT_EQ(Ids(result), wanted) << prompt;
    EXPECT_TRUE(result.tokens.size() == 20 || result.stop_reason == "eos");
  }
}

TEST_F(GenerateTest, AnEmptyPromptStartsFromEndOfText) {
  GenerateResult result = Make({.prompt = "", .max_tokens = 5, .temperature = 0});
  EXPECT_EQ(result.prompt_tokens, 0);
  std::vector<int32_t> wanted = Uncached({tokenizer_->end_of_text()}, 5);
  wanted.resize(result.tokens.size());
  EXPECT_EQ(Ids(result), wanted);
}

TEST_F(GenerateTest, TheSameSeedGivesTheSameText) {
  GenerateRequest request = Sampled(20);
  EXPECT_EQ(Ids(Make(request)), Ids(Make(request)));
  GenerateRequest other = request;
  other.seed = 6;
  EXPECT_NE(Ids(Make(request)), Ids(Make(other)));
  other = request;
  other.step = 100;
  EXPECT_NE(Ids(Make(request)), Ids(Make(other)));
}

TEST_F(GenerateTest, FiguresAndTextFitTheTokens) {
  GenerateRequest request = Sampled(12);
  request.alternatives = 3;
  std::vector<NewToken> seen;
  GenerateResult result = Make(request, [&](const NewToken& token) {
    seen.push_back(token);
    return true;
  });
  EXPECT_EQ(result.stop_reason, "max_tokens");
  EXPECT_EQ(result.prompt_tokens, 4);
  EXPECT_EQ(result.new_tokens, 12);
  ASSERT_EQ(seen.size(), 12u);
  EXPECT_GT(result.seconds_to_first_token, 0);
  EXPECT_GT(result.tokens_per_second, 0);
  std::string shown;
  for (const NewToken& token : seen) {
    shown += token.shown;
    ASSERT_EQ(token.top.size(), 3u);
    EXPECT_GE(token.top[0].second, token.top[1].second);
    EXPECT_GE(token.top[1].second, token.top[2].second);
    EXPECT_GT(token.probability, 0);
    EXPECT_LE(token.probability, token.top[0].second);
  }
  EXPECT_EQ(shown, result.text);
  EXPECT_EQ(result.text, tokenizer_->Decode(Ids(result)));
}

TEST_F(GenerateTest, StopStringsEndBeforeThemselvesAcrossTokens) {
  const std::string whole = Make(Sampled(30)).text;
  ASSERT_GT(whole.size(), 12u);
  for (size_t length : {size_t{1}, size_t{2}, size_t{5}}) {
    GenerateRequest request = Sampled(30);
    const std::string stop = whole.substr(6, length);  // one byte a token: it spans `length` tokens
    request.stop = {"\x01never\x02", stop};
    std::string shown;
    size_t calls = 0;
    GenerateResult result = Make(request, [&](const NewToken& token) {
      shown += token.shown;
      ++calls;
      return true;
    });
    EXPECT_EQ(result.stop_reason, "stop");
    EXPECT_EQ(result.text, whole.substr(0, whole.find(stop)));
    EXPECT_EQ(shown, result.text);
    EXPECT_EQ(calls, result.tokens.size());
    EXPECT_EQ(result.tokens.size(), whole.find(stop) + length);
  }
}

TEST_F(GenerateTest, ABeginningOfAStopStringIsShownInTheEnd) {
  const std::string whole = Make(Sampled(10)).text;
  GenerateRequest request = Sampled(10);
  request.stop = {whole.substr(whole.size() - 3) + "\x01\x02\x03"};
  std::string shown;
  GenerateResult result = Make(request, [&](const NewToken& token) {
    shown += token.shown;
    return true;
  });
  EXPECT_EQ(result.text, whole);
  EXPECT_EQ(shown, whole);
  EXPECT_EQ(result.stop_reason, "max_tokens");
}

TEST_F(GenerateTest, EndOfTextEndsAndIsNoText) {
  const c10::NoGradGuard no_grad;
  // The head is wte: a last row along the final norm's bias makes end-of-text certain.
  at::Tensor wte = model_.parameters().Find("transformer.wte.weight")->value;
  at::Tensor bias = model_.parameters().Find("transformer.ln_f.bias")->value;
  bias.fill_(10);
  wte.select(0, 256).fill_(10);
  GenerateResult result = Make({.prompt = "a", .max_tokens = 5});
  EXPECT_EQ(result.stop_reason, "eos");
  EXPECT_EQ(result.text, "");
  ASSERT_EQ(result.tokens.size(), 1u);
  EXPECT_EQ(result.tokens[0].text, "<|endoftext|>");
  EXPECT_EQ(result.tokens[0].shown, "");
  EXPECT_EQ(result.new_tokens, 1);
}

TEST_F(GenerateTest, TheContextEndsATextAndRefusesALongerPrompt) {
  GenerateRequest request = Sampled(1000);
  GenerateResult result = Make(request);
  EXPECT_EQ(result.stop_reason, "context");
  EXPECT_EQ(result.prompt_tokens + result.new_tokens, kContext + 1);
  request.prompt = std::string(kContext, 'a');
  EXPECT_EQ(Make(request).new_tokens, 1);
  request.prompt += "a";
  absl::Status status = Generate(model_, *tokenizer_, request, {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("49 tokens"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("48"));
}

TEST_F(GenerateTest, ACallerMayEndIt) {
  int calls = 0;
  GenerateResult result = Make(Sampled(20), [&](const NewToken&) { return ++calls < 3; });
  EXPECT_EQ(result.stop_reason, "cancelled");
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(result.new_tokens, 3);
  EXPECT_EQ(result.text, tokenizer_->Decode(Ids(result)));
}

TEST_F(GenerateTest, NoTokensAreNoError) {
  GenerateResult result = Make(Sampled(0));
  EXPECT_EQ(result.stop_reason, "max_tokens");
  EXPECT_EQ(result.new_tokens, 0);
  EXPECT_EQ(result.text, "");
}

TEST_F(GenerateTest, BadSettingsAreNamed) {
  auto message = [&](const GenerateRequest& request) {
    return std::string(Generate(model_, *tokenizer_, request, {}).status().message());
  };
  EXPECT_THAT(message({.max_tokens = -1}), HasSubstr("max_tokens"));
  EXPECT_THAT(message({.temperature = -1}), HasSubstr("temperature"));
  EXPECT_THAT(message({.top_p = 0}), HasSubstr("top_p"));
  EXPECT_THAT(message({.top_k = -1}), HasSubstr("top_k"));
  EXPECT_THAT(message({.alternatives = -1}), HasSubstr("alternatives"));
}

TEST_F(GenerateTest, AModelThatIsNotFiniteSaysSo) {
  const c10::NoGradGuard no_grad;
  at::Tensor bias = model_.parameters().Find("transformer.ln_f.bias")->value;
  bias.fill_(std::numeric_limits<float>::quiet_NaN());
  absl::Status status = Generate(model_, *tokenizer_, Sampled(5), {}).status();
  EXPECT_EQ(ReasonOf(status), reason::kLossNotFinite);
}

TEST_F(GenerateTest, GradientsAreUntouched) {
  model_.parameters().ZeroGradients();
  Make(Sampled(5));
  const at::Tensor& gradients = model_.parameters().gradients();
  const float* values = gradients.const_data_ptr<float>();
  for (int64_t i = 0; i < gradients.numel(); ++i) ASSERT_EQ(values[i], 0) << i;
}

}  // namespace
}  // namespace lab
