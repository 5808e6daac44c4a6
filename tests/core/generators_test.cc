// The generators whose floor splits into parts: arithmetic and copy.

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/strings.h"
#include "core/data/arithmetic.h"
#include "core/data/copy.h"
#include "core/data/manifest.h"

namespace lab {
namespace {

using ::testing::HasSubstr;

// Over drawn documents: the mean −ln p of each part lies within four standard errors of its
// entropy, and the parts add up to the document's.
void ExpectEntropiesAreMeans(const KnownSource& source, uint64_t seed, int count,
                             double relative_error) {
  const std::vector<EntropyPart> parts = source.Parts();
  std::vector<double> sums(parts.size() + 1), squares(parts.size() + 1);
  for (int i = 0; i < count; ++i) {
    const std::string text = source.Document(seed, static_cast<uint64_t>(i));
    auto reading = source.ReadParts(text);
    auto log_p = source.LogProbability(text);
    ASSERT_TRUE(reading.ok()) << reading.status();
    ASSERT_TRUE(log_p.ok()) << log_p.status();
    ASSERT_EQ(reading->nats.size(), parts.size());
    ASSERT_EQ(reading->of_byte.size(), text.size() + 1);
    std::vector<double> nats = reading->nats;
    ASSERT_NEAR(std::accumulate(nats.begin(), nats.end(), 0.0), -*log_p, 1e-9);
    nats.push_back(-*log_p);
    for (size_t part = 0; part < nats.size(); ++part) {
      sums[part] += nats[part];
      squares[part] += nats[part] * nats[part];
    }
  }
  std::vector<double> entropies;
  for (const EntropyPart& part : parts) entropies.push_back(part.nats);
  EXPECT_NEAR(std::accumulate(entropies.begin(), entropies.end(), 0.0), source.EntropyPerDocument(),
              1e-9);
  entropies.push_back(source.EntropyPerDocument());
  for (size_t part = 0; part < entropies.size(); ++part) {
    const double mean = sums[part] / count;
    const double error = std::sqrt(std::max(0.0, squares[part] / count - mean * mean) / count);
    EXPECT_NEAR(mean, entropies[part], 4 * error + 1e-9) << part;
    EXPECT_LE(error, relative_error * mean) << part;  // the comparison means something
  }
}

TEST(Arithmetic, EntropyIsTheMeanOfDrawnDocuments) {
  ExpectEntropiesAreMeans(*MakeArithmetic(false), 5, 20000, 0.005);
  ExpectEntropiesAreMeans(*MakeArithmetic(true), 6, 20000, 0.005);
  // By hand: two operands of ln 3 + (ln 10 + ln 90 + ln 900) / 3 each.
  EXPECT_NEAR(MakeArithmetic(false)->EntropyPerDocument(), 2 * (std::log(3) + std::log(810000) / 3),
              1e-12);
  EXPECT_EQ(MakeArithmetic(false)->Parts()[1].nats, 0);
}

TEST(Arithmetic, AnswersItsQuestions) {
  auto forward = MakeArithmetic(false), reversed = MakeArithmetic(true);
  std::set<size_t> lengths;
  int carries = 0;
  for (uint64_t i = 0; i < 2000; ++i) {
    int a = 0, b = 0, c = 0;
    char plus = 0, equals = 0;
    const std::string text = forward->Document(3, i);
    std::istringstream(text) >> a >> plus >> b >> equals >> c;
    EXPECT_EQ(text, StrCat(a, "+", b, "=", c));
    EXPECT_EQ(a + b, c);
    carries += a % 10 + b % 10 > 9;
    lengths.insert(StrCat(a).size() * 10 + StrCat(b).size());
    std::string back = StrCat(c);
    std::reverse(back.begin(), back.end());
    EXPECT_EQ(reversed->Document(3, i), StrCat(a, "+", b, "=", back));
  }
  EXPECT_EQ(lengths.size(), 9u);
  EXPECT_GT(carries, 600);
}

TEST(Arithmetic, ProbabilitiesOfAllShortSumsAddUp) {
  auto source = MakeArithmetic(false);
  double sum = 0;
  for (int a = 0; a < 100; ++a) {
    for (int b = 0; b < 100; ++b) {
      sum += std::exp(*source->LogProbability(StrCat(a, "+", b, "=", a + b)));
    }
  }
  EXPECT_NEAR(sum, 4.0 / 9, 1e-9);  // both lengths are 1 or 2
}

TEST(Arithmetic, RefusesOtherTexts) {
  for (bool reversed : {false, true}) {
    auto source = MakeArithmetic(reversed);
    for (const char* text : {"", "1+2", "1+2=", "=", "+=", "1+2=4", "01+2=3", "1+1000=1001",
                             "1+2=3 ", "1+2=3\n", "a+b=c", "-1+2=1", "1+2+3=6"}) {
      EXPECT_EQ(ReasonOf(source->LogProbability(text).status()), "CORPUS_INVALID") << text;
    }
    EXPECT_TRUE(source->LogProbability("1+2=3").ok());
    EXPECT_EQ(source->LogProbability("7+8=15").ok(), !reversed);
    EXPECT_EQ(source->LogProbability("7+8=51").ok(), reversed);
  }
}

TEST(Arithmetic, TheAnswerBeginsBehindTheEqualsSign) {
  auto reading = MakeArithmetic(false)->ReadParts("7+8=15");
  ASSERT_TRUE(reading.ok());
  EXPECT_THAT(reading->of_byte, ::testing::ElementsAre(0, 0, 0, 0, 1, 1, 1));
}

std::vector<std::string> Words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

TEST(Copy, EntropyIsTheMeanOfDrawnDocuments) {
  ExpectEntropiesAreMeans(*MakeCopy(), 11, 20000, 0.005);
}

TEST(Copy, EachTextHasOneHistory) {
  auto source = MakeCopy();
  std::set<std::string> texts;
  for (uint64_t i = 0; i < 3000; ++i) texts.insert(source->Document(1, i));
  EXPECT_EQ(texts.size(), 3000u);
  // A word that returns is the only one with its first letter, and not the one before.
  for (const std::string& text : texts) {
    std::map<char, std::string> known;
    std::string last;
    for (const std::string& word : Words(text)) {
      auto [place, is_new] = known.emplace(word[0], word);
      EXPECT_EQ(place->second, word) << text;
      EXPECT_NE(word, last) << text;
      last = word;
    }
  }
}

TEST(Copy, WordsReturnSeveralTimes) {
  auto source = MakeCopy();
  double words = 0, known = 0;
  for (uint64_t i = 0; i < 1000; ++i) {
    std::vector<std::string> list = Words(source->Document(2, i));
    EXPECT_GE(list.size(), 24u);
    EXPECT_LE(list.size(), 48u);
    words += static_cast<double>(list.size());
    known += static_cast<double>(std::set<std::string>(list.begin(), list.end()).size());
  }
  EXPECT_GT(words / known, 3);
}

// What heads that know only positions could do: copy from so many symbols back. The best distance
// is right now and then, by the longer chain of returns; and even whoever knew which of the best
// dozen to take would miss half of the letters.
TEST(Copy, PositionsDoNotTellWhatReturns) {
  auto source = MakeCopy();
  constexpr size_t kFarthest = 300;
  std::vector<std::set<size_t>> right;  // of each letter, the distances at which it is found
  std::vector<double> share(kFarthest);
  for (uint64_t i = 0; i < 500; ++i) {
    const std::string text = source->Document(4, i);
    auto reading = source->ReadParts(text);
    ASSERT_TRUE(reading.ok());
    for (size_t at = 1; at < text.size(); ++at) {
      // The rest of a returning word: its first letter is a choice.
      if (reading->of_byte[at] != 1 || text[at] == ' ' || text[at - 1] == ' ') continue;
      right.emplace_back();
      for (size_t back = 1; back <= at; ++back) {
        if (text[at - back] == text[at]) right.back().insert(back);
      }
    }
  }
  for (const std::set<size_t>& distances : right) {
    for (size_t back : distances) share[back] += 1.0 / static_cast<double>(right.size());
  }
  std::vector<size_t> best(kFarthest);
  std::iota(best.begin(), best.end(), size_t{0});
  std::sort(best.begin(), best.end(), [&](size_t a, size_t b) { return share[a] > share[b]; });
  EXPECT_LT(share[best[0]], 0.05) << best[0];
  double dozen = 0;
  for (const std::set<size_t>& distances : right) {
    dozen += std::any_of(best.begin(), best.begin() + 12,
                         [&](size_t back) { return distances.count(back) > 0; });
  }
  EXPECT_LT(dozen / static_cast<double>(right.size()), 0.5);
}

TEST(Copy, ALetterSeenBeforeTellsTheNext) {
  // What a head that looks by content can do: find the last symbol's earlier place, read on.
  auto source = MakeCopy();
  int right = 0, letters = 0;
  for (uint64_t i = 0; i < 300; ++i) {
    const std::string text = source->Document(4, i);
    auto reading = source->ReadParts(text);
    ASSERT_TRUE(reading.ok());
    for (size_t at = 1; at < text.size(); ++at) {
      if (reading->of_byte[at] != 1 || text[at - 1] == ' ') continue;
      ++letters;
      right += text[text.find(text[at - 1]) + 1] == text[at];
    }
  }
  EXPECT_EQ(right, letters);
}

TEST(Copy, RefusesOtherTexts) {
  auto source = MakeCopy();
  auto message = [&](const std::string& text) {
    auto log_p = source->LogProbability(text);
    EXPECT_FALSE(log_p.ok()) << text;
    return std::string(MessageOf(log_p.status()));
  };
  const std::string four = "ab cd ef gh";
  const std::string sound = four + " " + four + " " + four + " " + four + " " + four + " " + four;
  EXPECT_TRUE(source->LogProbability(sound).ok());
  EXPECT_THAT(message(""), HasSubstr("has 0 letters"));
  EXPECT_THAT(message(sound + " "), HasSubstr("has 0 letters"));
  EXPECT_THAT(message("a b"), HasSubstr("has 1 letters"));
  EXPECT_THAT(message(four + " " + four), HasSubstr("too short"));
  EXPECT_THAT(message(four + " gh"), HasSubstr("twice in a row"));
  EXPECT_THAT(message(four + " ax"), HasSubstr("returns changed"));
  EXPECT_THAT(message("ab cb"), HasSubstr("second time"));
  EXPECT_THAT(message("ab c!"), HasSubstr("second time"));
  EXPECT_THAT(message(four + " ij kl mn"), HasSubstr("too many words"));
  EXPECT_THAT(message("ab cd ab"), HasSubstr("too early"));
  EXPECT_THAT(message(sound + " " + sound + " " + sound), HasSubstr("too long"));
}

// Twenty-four words, of which the first four are new, each of two letters.
TEST(Copy, ProbabilityByHand) {
  double nats = 4 * std::log(5);  // lengths
  for (int left = 62; left > 54; --left) nats += std::log(left);
  nats += 20 * (std::log(4.0 / 3) + std::log(3));  // not new; one of three
  const std::string four = "ab cd ef gh ";
  auto log_p = MakeCopy()->LogProbability(four + four + four + four + four + "ab cd ef gh");
  ASSERT_TRUE(log_p.ok()) << log_p.status();
  EXPECT_NEAR(-*log_p, nats + std::log(25), 1e-9);
}

TEST(Generators, PartNamesAreListedOnce) {
  EXPECT_THAT(AllPartNames(), ::testing::ElementsAre("question", "answer", "first", "returning"));
}

}  // namespace
}  // namespace lab
