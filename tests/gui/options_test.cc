#include "gui/app/options.h"

#include <gmock/gmock.h>

namespace lab::gui {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<Options> parse(const QStringList& arguments) {
  return parseOptions(QStringList{QStringLiteral("lab-gui")} + arguments);
}

TEST(Options, ReadsThemAll) {
  auto options = parse({QStringLiteral("--page"), QStringLiteral("home"), QStringLiteral("--job"),
                        QStringLiteral("12"), QStringLiteral("--theme"), QStringLiteral("dark"),
                        QStringLiteral("--size"), QStringLiteral("1280x800"),
                        QStringLiteral("--screenshot"), QStringLiteral("a.png")});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->page, QStringLiteral("home"));
  EXPECT_EQ(options->job, 12);
  EXPECT_EQ(options->theme, Theme::Mode::kDark);
  EXPECT_EQ(options->size, QSize(1280, 800));
  EXPECT_EQ(options->screenshot, QStringLiteral("a.png"));
}

TEST(Options, LeaveWhatIsNotGivenToTheLastWindow) {
  auto options = parse({});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->page.isEmpty());
  EXPECT_FALSE(options->theme.has_value());
  EXPECT_TRUE(options->size.isEmpty());
}

TEST(Options, NameWhatIsWrongAndWhatThereIs) {
  auto message = [](const QStringList& arguments) {
    return std::string(parse(arguments).status().message());
  };
  EXPECT_THAT(message({QStringLiteral("--page=nowhere")}), HasSubstr("nowhere; there are home"));
  EXPECT_THAT(message({QStringLiteral("--job=x")}), HasSubstr("--job"));
  EXPECT_THAT(message({QStringLiteral("--theme=blue")}), HasSubstr("light, dark or system"));
  EXPECT_THAT(message({QStringLiteral("--size=1280")}), HasSubstr("1280x800"));
  EXPECT_THAT(message({QStringLiteral("--size=1x1")}), HasSubstr("--size"));
  EXPECT_THAT(message({QStringLiteral("what")}), HasSubstr("what"));
  EXPECT_FALSE(parse({QStringLiteral("--no-such")}).ok());
}

}  // namespace
}  // namespace lab::gui
