#include "gui/models/word_diff.h"

#include <gmock/gmock.h>

#include <random>

namespace lab::gui {
namespace {

QString s(const char* utf8) { return QString::fromUtf8(utf8); }

QString join(const std::vector<WordRun>& runs, WordRun::Kind without) {
  QString text;
  for (const WordRun& run : runs) {
    if (run.kind != without) text += run.text;
  }
  return text;
}

TEST(WordDiff, FindsWhatIsNew) {
  const std::vector<WordRun> runs = diffWords(s("the bird sat there"), s("the red bird sat here"));
  ASSERT_EQ(runs.size(), 5U);
  EXPECT_EQ(runs[0].text, s("the "));
  EXPECT_EQ(runs[1].kind, WordRun::Kind::kAdded);
  EXPECT_EQ(runs[1].text, s("red "));
  EXPECT_EQ(runs[2].text, s("bird sat "));
  EXPECT_EQ(runs[3].kind, WordRun::Kind::kRemoved);
  EXPECT_EQ(runs[4].text, s("here"));
}

TEST(WordDiff, TakesEmptyTexts) {
  EXPECT_TRUE(diffWords({}, {}).empty());
  EXPECT_EQ(diffWords({}, s("a b"))[0].kind, WordRun::Kind::kAdded);
  EXPECT_EQ(diffWords(s("a b"), {})[0].kind, WordRun::Kind::kRemoved);
}

// Without what was removed the pieces are the later text; without what was added, the words of the
// earlier one.
TEST(WordDiff, LosesNothing) {
  std::mt19937 random(7);
  const auto text = [&random](int words) {
    QString made;
    for (int i = 0; i < words; ++i) {
      made += QLatin1Char(static_cast<char>('a' + random() % 3));
      made += random() % 4 == 0 ? QStringLiteral("\n\n") : QStringLiteral(" ");
    }
    return made;
  };
  for (int round = 0; round < 40; ++round) {
    // The last ones are longer than what is compared word by word.
    const int longest = round < 38 ? 30 : 1700;
    const QString before = text(static_cast<int>(random() % longest));
    const QString after = text(static_cast<int>(random() % longest));
    const std::vector<WordRun> runs = diffWords(before, after);
    EXPECT_EQ(join(runs, WordRun::Kind::kRemoved), after);
    EXPECT_EQ(join(runs, WordRun::Kind::kAdded).simplified(), before.simplified());
  }
}

}  // namespace
}  // namespace lab::gui
