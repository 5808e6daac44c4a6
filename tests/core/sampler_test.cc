#include "core/generate/sampler.h"

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/generate/stop_text.h"

namespace lab {
namespace {

using ::testing::DoubleNear;
using ::testing::HasSubstr;

TokenChoice Draw(const std::vector<float>& logits, const SamplerOptions& options,
                 uint64_t seed = 1) {
  PhiloxStream stream(seed, Purpose::kSample, 0);
  absl::StatusOr<TokenChoice> choice = SampleToken(logits, options, stream);
  EXPECT_TRUE(choice.ok()) << choice.status();
  return choice.value_or(TokenChoice{-1, -1});
}

// How often each token comes in `draws` draws.
std::map<int32_t, double> Frequencies(const std::vector<float>& logits,
                                      const SamplerOptions& options, int draws = 20000) {
  PhiloxStream stream(7, Purpose::kSample, 3);
  std::map<int32_t, double> counts;
  for (int i = 0; i < draws; ++i) counts[SampleToken(logits, options, stream)->id] += 1.0 / draws;
  return counts;
}

const std::vector<float> kLogits = {std::log(0.1f), std::log(0.4f), std::log(0.2f), std::log(0.3f)};

TEST(Sampler, ZeroTemperatureTakesTheLikeliestAndTheLowestIdOfEquals) {
  EXPECT_EQ(Draw(kLogits, {.temperature = 0}).id, 1);
  EXPECT_EQ(Draw({1, 5, 5, 2}, {.temperature = 0}).id, 1);
  EXPECT_EQ(Draw({3, 3, 3}, {.temperature = 0}).id, 0);
}

TEST(Sampler, GreedyTakesNothingFromTheStream) {
  PhiloxStream stream(1, Purpose::kSample, 0), untouched(1, Purpose::kSample, 0);
  ASSERT_TRUE(SampleToken(kLogits, {.temperature = 0}, stream).ok());
  EXPECT_EQ(stream.NextU64(), untouched.NextU64());
  ASSERT_TRUE(SampleToken(kLogits, {}, stream).ok());
  untouched.NextUniform();
  EXPECT_EQ(stream.NextU64(), untouched.NextU64());
}

TEST(Sampler, DrawsInProportionToTheModelsProbabilities) {
  auto counts = Frequencies(kLogits, {});
  EXPECT_THAT(counts[0], DoubleNear(0.1, 0.015));
  EXPECT_THAT(counts[1], DoubleNear(0.4, 0.015));
  EXPECT_THAT(counts[2], DoubleNear(0.2, 0.015));
  EXPECT_THAT(counts[3], DoubleNear(0.3, 0.015));
}

TEST(Sampler, TemperatureSharpens) {
  // p^(1/0.5) = p²: 0.01, 0.16, 0.04, 0.09 of 0.30.
  auto counts = Frequencies(kLogits, {.temperature = 0.5});
  EXPECT_THAT(counts[1], DoubleNear(0.16 / 0.30, 0.015));
  EXPECT_THAT(counts[0], DoubleNear(0.01 / 0.30, 0.015));
}

TEST(Sampler, ReportedProbabilityIsTheModelsWhateverTheSettings) {
  for (SamplerOptions options :
       {SamplerOptions{.temperature = 0}, SamplerOptions{.top_k = 1},
        SamplerOptions{.temperature = 0.3, .top_k = 1}, SamplerOptions{.top_p = 0.3}}) {
    TokenChoice choice = Draw(kLogits, options);
    EXPECT_EQ(choice.id, 1);
    EXPECT_THAT(choice.probability, DoubleNear(0.4, 1e-6));
  }
}

TEST(Sampler, TopKKeepsTheLikeliestLowIdsFirst) {
  auto counts = Frequencies(kLogits, {.top_k = 2});
  EXPECT_EQ(counts.size(), 2u);
  EXPECT_THAT(counts[1], DoubleNear(4.0 / 7, 0.015));
  EXPECT_THAT(counts[3], DoubleNear(3.0 / 7, 0.015));
  auto ties = Frequencies({2, 2, 2, 2}, {.top_k = 2});
  EXPECT_EQ(ties.size(), 2u);
  EXPECT_TRUE(ties.contains(0) && ties.contains(1));
  EXPECT_EQ(Frequencies(kLogits, {.top_k = 4}).size(), 4u);
  EXPECT_EQ(Frequencies(kLogits, {.top_k = 1000}).size(), 4u);
}

TEST(Sampler, TopPKeepsTheFewestThatReachIt) {
  EXPECT_EQ(Frequencies(kLogits, {.top_p = 0.39}).size(), 1u);
  EXPECT_EQ(Frequencies(kLogits, {.top_p = 0.41}).size(), 2u);
  EXPECT_EQ(Frequencies(kLogits, {.top_p = 0.69}).size(), 2u);
  EXPECT_EQ(Frequencies(kLogits, {.top_p = 0.71}).size(), 3u);
  EXPECT_EQ(Frequencies(kLogits, {.top_p = 0.95}).size(), 4u);
  EXPECT_EQ(Frequencies(kLogits, {.top_p = 1e-300}).size(), 1u);
}

TEST(Sampler, TopPCountsWhatTemperatureAndTopKLeft) {
  // Temperature 0.5 makes the likeliest 0.53 of all; the first two of top-k 3 are 0.25 / 0.29.
  EXPECT_EQ(Frequencies(kLogits, {.temperature = 0.5, .top_p = 0.5}).size(), 1u);
  EXPECT_EQ(Frequencies(kLogits, {.temperature = 0.5, .top_k = 3, .top_p = 0.86}).size(), 2u);
  EXPECT_EQ(Frequencies(kLogits, {.temperature = 0.5, .top_k = 3, .top_p = 0.88}).size(), 3u);
}

TEST(Sampler, ExtremeLogitsAndTemperaturesStaySound) {
  EXPECT_EQ(Draw({1e30f, -1e30f, 0}, {}).id, 0);
  EXPECT_EQ(Draw(kLogits, {.temperature = 1e-300}).id, 1);
  EXPECT_EQ(Draw({-3.4e38f}, {.temperature = 5, .top_k = 1, .top_p = 0.1}).id, 0);
  EXPECT_EQ(Frequencies(kLogits, {.temperature = 1e300}).size(), 4u);
  auto only = Frequencies({0, -2000, -2000}, {});
  EXPECT_EQ(only.size(), 1u);
}

TEST(Sampler, SameSeedSameTokensOtherSeedOthers) {
  std::vector<float> logits(500);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i % 7);
  auto series = [&](uint64_t seed, uint64_t step) {
    PhiloxStream stream(seed, Purpose::kSample, step);
    std::vector<int32_t> ids;
    for (int i = 0; i < 20; ++i) ids.push_back(SampleToken(logits, {}, stream)->id);
    return ids;
  };
  EXPECT_EQ(series(1, 0), series(1, 0));
  EXPECT_NE(series(1, 0), series(2, 0));
  EXPECT_NE(series(1, 0), series(1, 1));
}

TEST(Sampler, LogitsThatAreNotFiniteAreRefused) {
  PhiloxStream stream(1, Purpose::kSample, 0);
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                    -std::numeric_limits<float>::infinity()}) {
    std::vector<float> logits = {0, bad, 1};
    absl::Status status = SampleToken(logits, {}, stream).status();
    EXPECT_EQ(ReasonOf(status), reason::kLossNotFinite);
    EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("token 1"));
  }
}

TEST(Sampler, SettingsOutOfRangeAreNamed) {
  const double nan = std::nan("");
  const double infinity = std::numeric_limits<double>::infinity();
  auto message = [](const SamplerOptions& options) {
    return std::string(MessageOf(CheckSamplerOptions(options)));
  };
  EXPECT_EQ(message({}), "");
  EXPECT_EQ(message({.temperature = 0, .top_k = 5, .top_p = 0.1}), "");
  for (double bad : {-0.1, nan, infinity}) {
    EXPECT_THAT(message({.temperature = bad}), HasSubstr("temperature"));
  }
  EXPECT_THAT(message({.top_k = -1}), HasSubstr("top_k"));
  for (double bad : {0.0, -1.0, 1.01, nan}) {
    EXPECT_THAT(message({.top_p = bad}), HasSubstr("top_p"));
  }
}

TEST(Sampler, LikeliestTokensComeInOrder) {
  std::vector<TokenChoice> likely = LikeliestTokens(kLogits, 3);
  ASSERT_EQ(likely.size(), 3u);
  EXPECT_EQ(likely[0].id, 1);
  EXPECT_EQ(likely[1].id, 3);
  EXPECT_EQ(likely[2].id, 2);
  EXPECT_THAT(likely[1].probability, DoubleNear(0.3, 1e-6));
  EXPECT_EQ(LikeliestTokens(kLogits, 99).size(), 4u);
  EXPECT_TRUE(LikeliestTokens(kLogits, 0).empty());
  std::vector<float> equal = {1, 1, 1};
  EXPECT_EQ(LikeliestTokens(equal, 2)[1].id, 1);
}

TEST(StopText, FindsAStopAcrossPieces) {
  StopText stop({"END"});
  EXPECT_FALSE(stop.Add("a E"));
  EXPECT_EQ(stop.settled(), 2u);
  EXPECT_FALSE(stop.Add("N"));
  EXPECT_EQ(stop.settled(), 2u);
  EXPECT_TRUE(stop.Add("D more"));
  EXPECT_EQ(stop.text(), "a ");
  EXPECT_EQ(stop.settled(), 2u);
}

TEST(StopText, WhatLookedLikeAStopIsReleased) {
  StopText stop({"END"});
  EXPECT_FALSE(stop.Add("EN"));
  EXPECT_EQ(stop.settled(), 0u);
  EXPECT_FALSE(stop.Add("ENE"));  // "ENENE": only the last E may still begin a stop
  EXPECT_EQ(stop.settled(), 4u);
}

TEST(StopText, TheStopThatBeginsFirstWins) {
  StopText stop({"cd", "bcde", ""});
  EXPECT_TRUE(stop.Add("abcdef"));
  EXPECT_EQ(stop.text(), "a");
}

TEST(StopText, WithoutStopsEverythingIsSettled) {
  StopText stop({""});
  EXPECT_FALSE(stop.Add("abc"));
  EXPECT_EQ(stop.settled(), 3u);
}

TEST(StopText, AOneByteStopAndRepeats) {
  StopText newline({"\n"});
  EXPECT_FALSE(newline.Add("abc"));
  EXPECT_EQ(newline.settled(), 3u);
  EXPECT_TRUE(newline.Add("d\ne"));
  EXPECT_EQ(newline.text(), "abcd");
  StopText repeated({"aab"});
  EXPECT_FALSE(repeated.Add("aaaa"));
  EXPECT_EQ(repeated.settled(), 2u);
  EXPECT_TRUE(repeated.Add("b"));
  EXPECT_EQ(repeated.text(), "aa");
}

}  // namespace
}  // namespace lab
