#include "tests/e2e/transcript.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lab::e2e {
namespace {

using ::testing::ElementsAre;

TEST(Transcript, HasCommandsOutputAndExitCodes) {
  auto steps = ParseTranscript(
      "# a comment\n$ cat > x <<E\n> one\n> E\n$ false\nline {n}\n\\$ not a command\n? 3\n\n# "
      "more\n"
      "$ true\n");
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0].command, "cat > x <<E\none\nE");
  EXPECT_EQ(steps[1].line, 5);
  EXPECT_THAT(steps[1].expected, ElementsAre("line {n}", "$ not a command"));
  EXPECT_EQ(steps[1].code, 3);
  EXPECT_EQ(steps[2].code, 0);
  EXPECT_TRUE(steps[2].expected.empty());
}

TEST(Transcript, PlaceholdersStandForWhatTheySay) {
  EXPECT_TRUE(MatchesLine("checkpoint  step-{n}  {size}", "checkpoint step-000500   1.20 MB"));
  EXPECT_TRUE(MatchesLine("loss {n} {n} {n}", "loss 1.25 -3 1.2e-05"));
  EXPECT_FALSE(MatchesLine("loss {n}", "loss NaN"));
  EXPECT_FALSE(MatchesLine("job {id} queued", "job 1 queued now"));
  EXPECT_TRUE(MatchesLine("a (b) [c] {any}", "a (b) [c] whatever"));
  EXPECT_FALSE(MatchesLine("a.c", "abc"));
}

TEST(Transcript, LinesStandForAnyNumberOfLines) {
  EXPECT_TRUE(Matches({"{lines}"}, {}));
  EXPECT_TRUE(Matches({"a", "{lines}", "z"}, {"a", "b", "z", "z"}));
  EXPECT_FALSE(Matches({"a", "{lines}", "z"}, {"a", "b"}));
  EXPECT_FALSE(Matches({}, {"unexpected"}));
  EXPECT_FALSE(Matches({"missing"}, {}));
}

}  // namespace
}  // namespace lab::e2e
