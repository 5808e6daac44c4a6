#include "core/data/stories.h"

#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/data/grammar.h"
#include "core/data/manifest.h"
#include "core/data/markov.h"

namespace lab {
namespace {

using ::testing::HasSubstr;

// Mean and standard error of −ln p over drawn documents.
struct Drawn {
  double mean = 0, error = 0;
};
Drawn Draw(const KnownSource& source, uint64_t seed, int count) {
  double sum = 0, squares = 0;
  for (int i = 0; i < count; ++i) {
    auto log_p = source.LogProbability(source.Document(seed, static_cast<uint64_t>(i)));
    EXPECT_TRUE(log_p.ok()) << log_p.status();
    sum -= *log_p;
    squares += *log_p * *log_p;
  }
  double mean = sum / count;
  return {mean, std::sqrt((squares / count - mean * mean) / count)};
}

TEST(Stories, TheGrammarIsUnambiguous) {
  auto grammar = Grammar::Parse(StoriesGrammar());
  ASSERT_TRUE(grammar.ok()) << grammar.status();
  absl::Status proof = grammar->CheckUnambiguous();
  EXPECT_TRUE(proof.ok()) << proof;
}

TEST(Stories, EntropyIsTheMeanOfDrawnDocuments) {
  auto stories = MakeStories();
  Drawn drawn = Draw(*stories, 77, 4000);
  EXPECT_GT(drawn.error, 0);
  EXPECT_NEAR(drawn.mean, stories->EntropyPerDocument(), 4 * drawn.error);
  EXPECT_LT(drawn.error, 0.005 * drawn.mean);  // the comparison means something
}

TEST(Stories, EachDrawnTextHasExactlyOneDerivation) {
  auto grammar = Grammar::Parse(StoriesGrammar());
  ASSERT_TRUE(grammar.ok());
  std::set<std::string> texts;
  for (uint64_t i = 0; i < 1000; ++i) {
    PhiloxStream stream(5, Purpose::kCorpus, i);
    std::string text = grammar->Sample(stream);
    EXPECT_EQ(grammar->Read(text).derivations, 1) << text;
    texts.insert(text);
  }
  EXPECT_GT(texts.size(), 995u);
}

TEST(Stories, ADocumentIsAFunctionOfSeedAndIndex) {
  auto stories = MakeStories();
  EXPECT_EQ(stories->Document(1, 5), MakeStories()->Document(1, 5));
  EXPECT_NE(stories->Document(1, 5), stories->Document(1, 6));
  EXPECT_NE(stories->Document(1, 5), stories->Document(2, 5));
}

TEST(Stories, RefusesTextsThatItNeverTells) {
  auto stories = MakeStories();
  std::string text = stories->Document(1, 0);
  for (std::string other : {std::string(), text + " ", text.substr(1), text.substr(0, 40),
                            std::string("Once upon a time.")}) {
    EXPECT_EQ(ReasonOf(stories->LogProbability(other).status()), "CORPUS_INVALID") << other;
  }
}

TEST(Stories, AreOfReadableLengthAndVaried) {
  auto stories = MakeStories();
  std::map<std::string, int> words;
  int total = 0;
  for (uint64_t i = 0; i < 1000; ++i) {
    std::istringstream text(stories->Document(1, i));
    int count = 0;
    for (std::string word; text >> word; ++count) ++words[word];
    EXPECT_GE(count, 40);
    EXPECT_LE(count, 150);
    total += count;
  }
  EXPECT_GT(total / 1000, 60);
  EXPECT_GT(words.size(), 400u);
}

// The hero's pronouns never contradict the hero.
TEST(Stories, PronounsFollowTheHero) {
  auto stories = MakeStories();
  int girls = 0, boys = 0;
  for (uint64_t i = 0; i < 2000; ++i) {
    std::string text = " " + stories->Document(3, i);
    bool girl = text.find(" girl named") != std::string::npos;
    bool boy = text.find(" boy named") != std::string::npos;
    girls += girl;
    boys += boy;
    for (std::string word : {" he ", " He ", " his ", " His ", " him "}) {
      EXPECT_FALSE(girl && text.find(word) != std::string::npos) << text;
    }
    for (std::string word : {" she ", " She ", " her ", " Her "}) {
      EXPECT_FALSE(boy && text.find(word) != std::string::npos) << text;
    }
  }
  EXPECT_GT(girls, 500);
  EXPECT_GT(boys, 500);
}

TEST(Markov, EntropyIsTheMeanOfDrawnDocuments) {
  for (uint64_t seed : {1, 2}) {
    auto markov = MakeMarkov(seed);
    Drawn drawn = Draw(*markov, seed + 10, 30000);
    EXPECT_NEAR(drawn.mean, markov->EntropyPerDocument(), 4 * drawn.error);
    EXPECT_LT(drawn.error, 0.01 * drawn.mean);
  }
  EXPECT_NE(MakeMarkov(1)->EntropyPerDocument(), MakeMarkov(2)->EntropyPerDocument());
}

// p over all texts of one and two letters is the probability to end there.
TEST(Markov, ProbabilitiesOfShortTextsAddUp) {
  auto markov = MakeMarkov(4);
  double one = 0, two = 0;
  for (char a = 'a'; a < 'a' + 8; ++a) {
    one += std::exp(*markov->LogProbability(std::string{a}));
    for (char b = 'a'; b < 'a' + 8; ++b)
      two += std::exp(*markov->LogProbability({std::string{a, b}}));
  }
  EXPECT_NEAR(one, 1.0 / 64, 1e-12);
  EXPECT_NEAR(two, 1.0 / 64 * 63 / 64, 1e-12);
}

TEST(Markov, RefusesWhatTheChainNeverMakes) {
  auto markov = MakeMarkov(1);
  EXPECT_FALSE(markov->LogProbability("").ok());
  EXPECT_FALSE(markov->LogProbability("abz").ok());
  EXPECT_FALSE(markov->LogProbability("ab c").ok());
}

// A small grammar that can be worked out by hand.
constexpr std::string_view kSmall =
    "rule start\n"
    "  {x=coin} and {x.long}\n"
    "  3 * {coin.Long}!\n"
    "rule coin short long\n"
    "  h / heads | t / tails\n";

TEST(Grammar, GivesProbabilitiesAndEntropyByHand) {
  auto grammar = Grammar::Parse(kSmall);
  ASSERT_TRUE(grammar.ok()) << grammar.status();
  EXPECT_NEAR(grammar->Read("h and heads").log_probability, std::log(1.0 / 8), 1e-12);
  EXPECT_NEAR(grammar->Read("Tails!").log_probability, std::log(3.0 / 8), 1e-12);
  EXPECT_EQ(grammar->Read("h and tails").derivations, 0);
  EXPECT_EQ(grammar->Read("tails!").log_probability, -INFINITY);
  double expected = -(2 * 0.125 * std::log(0.125) + 2 * 0.375 * std::log(0.375));
  EXPECT_NEAR(grammar->Entropy(), expected, 1e-12);
  EXPECT_TRUE(grammar->CheckUnambiguous().ok());
}

TEST(Grammar, FindsAmbiguity) {
  auto same = Grammar::Parse("rule start\n  {a} | {b}\nrule a\n  x | y\nrule b\n  y | z\n");
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_EQ(same->Read("y").derivations, 2);
  EXPECT_NEAR(same->Read("y").log_probability, std::log(0.5), 1e-12);
  EXPECT_FALSE(same->CheckUnambiguous().ok());
  auto prefix = Grammar::Parse("rule start\n  {a} {a}\nrule a\n  x | x x\n");
  EXPECT_EQ(prefix->Read("x x x").derivations, 2);
  EXPECT_THAT(std::string(MessageOf(prefix->CheckUnambiguous())), HasSubstr("rule a"));
}

TEST(Grammar, NamesTheLineOfAMistake) {
  auto message = [](std::string_view text) {
    auto grammar = Grammar::Parse(text);
    EXPECT_FALSE(grammar.ok()) << text;
    return std::string(MessageOf(grammar.status()));
  };
  EXPECT_THAT(message(""), HasSubstr("there is no rule"));
  EXPECT_THAT(message("  x\n"), HasSubstr("line 1: an alternative before"));
  EXPECT_THAT(message("rule a\n  {b}\n"), HasSubstr("line 2: no rule and no variable"));
  EXPECT_THAT(message("rule a\n  {a\n"), HasSubstr("'{' without '}'"));
  EXPECT_THAT(message("rule a\n  x {a}\n"), HasSubstr("contains itself"));
  EXPECT_THAT(message("rule a\nrule b\n  x\n"), HasSubstr("without alternatives"));
  EXPECT_THAT(message("rule a\n  x\nrule a\n  y\n"), HasSubstr("was there before"));
  EXPECT_THAT(message("rule a\n  0 * x\n"), HasSubstr("a weight is"));
  EXPECT_THAT(message("rule a\n  {x=b.z}\nrule b n\n  y\n"), HasSubstr("no field 'z'"));
  EXPECT_THAT(message("rule a\n  {b.n}\nrule b n m\n  y\n"), HasSubstr("has 2 fields"));
  EXPECT_THAT(message("rule a\n  {c} {x}\nrule c\n  q{x=b} | w\nrule b n\n  y\n"),
              HasSubstr("'x'"));
  EXPECT_THAT(message("rule s\n  {c}{d}\nrule c\n  q{x=b} | w\nrule d\n  {x}\nrule b n\n  y\n"),
              HasSubstr("may not be set"));
}

}  // namespace
}  // namespace lab
