// The manual page labctl(1).

#include "cli/manual/manual.h"
#include "cli/command_line.h"
#include "core/base/strings.h"
#include "tests/cli/labctl_fixture.h"

namespace lab::cli {
namespace {

using ::testing::HasSubstr;

using ManualTest = LabctlTest;

// Every command, option and exit status is in it, because it is made from them.
TEST_F(ManualTest, TellsEveryCommandAndExitStatus) {
  CommandLine line;
  const std::string page = Labctl({"__man"}).out;
  for (const Description& command : line.description().commands) {
    EXPECT_THAT(page, HasSubstr(StrCat("\\fB", Roff(command.name)))) << command.name;
    for (const Parameter& option : command.options) {
      EXPECT_THAT(page, HasSubstr(Roff(option.names.back()))) << command.name;
    }
  }
  EXPECT_THAT(page, HasSubstr(".SS \\fBstorage prune\\fR"));
  EXPECT_THAT(page, HasSubstr(".TP\n\\fB69\\fR\nlabd unreachable\n"));
}

TEST(RoffTest, NothingIsTakenForARequest) {
  EXPECT_EQ(Roff(".5 of\n'it'"), "\\&.5 of\n\\&'it'");
  EXPECT_EQ(Roff("a\\b --no"), "a\\eb \\-\\-no");
}

}  // namespace
}  // namespace lab::cli
