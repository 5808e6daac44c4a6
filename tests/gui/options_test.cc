#include "gui/app/options.h"

#include <gmock/gmock.h>

namespace lab::gui {
namespace {

using ::testing::ElementsAre;
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

TEST(Options, SayWhatAPictureShows) {
  auto options = parse({QStringLiteral("--picture=x.png"), QStringLiteral("--look=12@600"),
                        QStringLiteral("--view=lens"), QStringLiteral("--text=-a\nb=c"),
                        QStringLiteral("--layers=0,3-5"), QStringLiteral("--positions=7"),
                        QStringLiteral("--target=0"), QStringLiteral("--sort=induction")});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->picture, QStringLiteral("x.png"));
  EXPECT_EQ(options->wish.reference, "12@600");
  EXPECT_EQ(options->wish.view, QStringLiteral("lens"));
  EXPECT_EQ(options->wish.text, "-a\nb=c");
  EXPECT_EQ(options->wish.sort, QStringLiteral("induction"));
  const v1::InspectRequest& selection = options->wish.selection;
  EXPECT_THAT(selection.layers(), ElementsAre(0, 3, 4, 5));
  EXPECT_THAT(selection.positions(), ElementsAre(7));
  EXPECT_TRUE(selection.has_target());
  EXPECT_EQ(selection.heads_size(), 0);
  EXPECT_EQ(selection.max_bytes(), 0);
}

TEST(Options, APictureNeedsAModelAViewAndAText) {
  const QStringList whole = {QStringLiteral("--picture=x.png"), QStringLiteral("--look=12"),
                             QStringLiteral("--view=lens"), QStringLiteral("--text=a")};
  EXPECT_TRUE(parse(whole).ok());
  for (int left_out = 1; left_out < whole.size(); ++left_out) {
    QStringList others = whole;
    others.removeAt(left_out);
    EXPECT_FALSE(parse(others).ok()) << left_out;
  }
  auto message = [&](const char* option) {
    return std::string(parse(whole + QStringList{QString::fromLatin1(option)}).status().message());
  };
  EXPECT_THAT(message("--view=hook_q"), HasSubstr("there is no picture of hook_q; there are"));
  EXPECT_THAT(message("--layers=x"), HasSubstr("--layers takes numbers as in 0,3-5"));
  EXPECT_THAT(message("--heads=3-1"), HasSubstr("--heads"));
  EXPECT_THAT(message("--target=x"), HasSubstr("--target"));
  EXPECT_THAT(message("--max-bytes=-1"), HasSubstr("--max-bytes"));
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
