#include <cmath>
#include <sstream>

#include <gtest/gtest.h>

#include "cli/output/json.h"
#include "cli/output/progress.h"
#include "cli/output/sparkline.h"
#include "cli/output/table.h"
#include "cli/output/terminal.h"
#include "cli/output/text_stream.h"

namespace lab::cli {
namespace {

TEST(Table, AlignsColumnsAndLeavesNoTrailingBlanks) {
  Table table({{"ID", true}, {"NAME"}});
  table.Add({"7", "one"});
  table.Add({"12", ""});
  EXPECT_EQ(table.Text(0, true), "ID  NAME\n 7  one\n12\n");
  EXPECT_EQ(table.Text(0, true, /*header=*/false), " 7  one\n12\n");
}

TEST(Table, CutsTheShrinkingColumnToFit) {
  Table table({{"ID", true}, {"NAME", false, true}, {"STATE"}});
  table.Add({"1", "a very long name indeed", "running"});
  EXPECT_EQ(table.Text(24, true), "ID  NAME         STATE\n 1  a very lon…  running\n");
  EXPECT_EQ(table.Text(24, false), "ID  NAME         STATE\n 1  a very lon~  running\n");
}

TEST(Table, LeavesOptionalColumnsOutFromTheRight) {
  Table table({{"ID", true}, {"TYPE", false, false, true}, {"STATE"}, {"TIME", true, false, true}});
  table.Add({"1", "pretrain", "succeeded", "12 s"});
  EXPECT_EQ(table.Text(25, true), "ID  TYPE      STATE\n 1  pretrain  succeeded\n");
  EXPECT_EQ(table.Text(14, true), "ID  STATE\n 1  succeeded\n");
}

TEST(Table, NoLineIsEverWiderThanTheTerminal) {
  Table table({{"ONE"}, {"TWO", false, true}, {"THREE", true, false, true}});
  table.Add({"unshrinkable text", "some text that shrinks", "12345678"});
  for (int width = 1; width < 60; ++width) {
    std::istringstream lines(table.Text(width, true));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(DisplayWidth(line), width) << line;
  }
}

TEST(Table, PaintAndWideCharactersDoNotDisturbTheColumns) {
  Table table({{"A"}, {"B"}});
  table.Add({Paint("x", Color::kRed, true), "1"});
  table.Add({"日本", "2"});
  EXPECT_EQ(table.Text(0, true, false), "\x1b[31mx\x1b[0m     1\n日本  2\n");
}

TEST(Sparkline, ScalesToTheExtremes) {
  EXPECT_EQ(Sparkline({1, 2, 3, 4, 5, 6, 7, 8}, 8, true), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(Sparkline({8, 1}, 8, false), "#_");
  EXPECT_EQ(Sparkline({5, 5, 5}, 8, true), "▁▁▁");
  EXPECT_EQ(Sparkline({}, 8, true), "");
}

TEST(Sparkline, AveragesWhatDoesNotFitAndShowsWhatIsNotFinite) {
  EXPECT_EQ(Sparkline({0, 2, 9, 11}, 2, true), "▁█");
  EXPECT_EQ(Sparkline({1, NAN, 2}, 3, true), "▁!█");
  EXPECT_EQ(Sparkline({NAN, INFINITY}, 2, true), "!!");
}

TEST(Terminal, ChoosesColourAsPeopleExpect) {
  auto with = [](const char* key, const char* value) {
    return [=](const std::string& name) { return name == key ? std::string(value) : ""; };
  };
  Terminal terminal;
  terminal.out_is_tty = true;
  ChooseColor(terminal, "auto", with("TERM", "xterm"));
  EXPECT_TRUE(terminal.out_color);
  EXPECT_FALSE(terminal.err_color);  // no terminal there
  ChooseColor(terminal, "auto", with("NO_COLOR", "1"));
  EXPECT_FALSE(terminal.out_color);
  ChooseColor(terminal, "auto", with("NO_COLOR", ""));
  EXPECT_TRUE(terminal.out_color);
  ChooseColor(terminal, "auto", with("TERM", "dumb"));
  EXPECT_FALSE(terminal.out_color);
  ChooseColor(terminal, "always", with("NO_COLOR", "1"));
  EXPECT_TRUE(terminal.out_color);
  ChooseColor(terminal, "never", with("TERM", "xterm"));
  EXPECT_FALSE(terminal.out_color);
}

TEST(Terminal, TakesWidthAndCharactersFromTheEnvironment) {
  auto with = [](std::string key, std::string value) {
    return [=](const std::string& name) { return name == key ? value : std::string(); };
  };
  EXPECT_EQ(ProcessTerminal(with("COLUMNS", "40")).Width(), 40);
  EXPECT_TRUE(ProcessTerminal(with("LANG", "C.UTF-8")).unicode);
  EXPECT_FALSE(ProcessTerminal(with("LC_ALL", "C")).unicode);
  EXPECT_FALSE(ProcessTerminal(with("LANG", "")).unicode);
}

TEST(Terminal, MakesTextHarmless) {
  EXPECT_EQ(ForTerminal("a\x1b[2Jb\r\n\tc\xFF", true), "a\xEF\xBF\xBD[2Jb \n\tc\xEF\xBF\xBD");
  EXPECT_EQ(ForTerminal("a\nb", false), "a b");
  EXPECT_EQ(ForCharset("loss ▁ é", false), "loss ? ?");
  EXPECT_EQ(CutToWidth("abcdef", 4, true), "abc…");
  EXPECT_EQ(CutToWidth("日本語", 5, true), "日本…");
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
}

TEST(LiveLines, RedrawsInPlaceAndPrintsAbove) {
  std::ostringstream out;
  {
    LiveLines live(&out);
    live.Draw({"one", "two"});
    live.Draw({"one", "two"});  // nothing new
    live.Print("kept");
  }
  EXPECT_EQ(out.str(), "one\ntwo\x1b[1A\r\x1b[Jkept\none\ntwo\x1b[1A\r\x1b[J");
}

TEST(TextStream, HoldsTheNewestTokenBack) {
  TextStream stream({});
  EXPECT_EQ(stream.Add("Once"), "");
  EXPECT_EQ(stream.Add(" upon"), "Once");
  EXPECT_EQ(stream.Add("<|endoftext|>"), " upon");
  EXPECT_EQ(stream.Finish("Once upon"), "");
}

TEST(TextStream, NeverShowsAStopString) {
  TextStream stream({"END"});
  std::string shown;
  for (const char* token : {"abE", "N", "x EN", "D more"}) shown += stream.Add(token);
  EXPECT_EQ(shown, "abENx ");
  EXPECT_EQ(shown + stream.Finish("abENx "), "abENx ");
}

TEST(TextStream, ShowsWholeCharactersOnly) {
  TextStream stream({});
  EXPECT_EQ(stream.Add("h\xC3"), "");
  EXPECT_EQ(stream.Add("\xA9"), "h");
  EXPECT_EQ(stream.Add("!"), "\xC3\xA9");
  EXPECT_EQ(stream.Finish("h\xC3\xA9!"), "!");
}

TEST(TextStream, TellsTheFinalTextWhereItDiffers) {
  TextStream stream({});
  stream.Add("a");
  stream.Add("b");
  EXPECT_EQ(stream.Finish("xyz"), "\nxyz");
}

TEST(Json, NumbersReadBackAndNonFiniteOnesAreStrings) {
  EXPECT_EQ(NumberJson(NAN).dump(), "\"NaN\"");
  EXPECT_EQ(NumberJson(INFINITY).dump(), "\"Infinity\"");
  EXPECT_EQ(NumberJson(-INFINITY).dump(), "\"-Infinity\"");
  double third = 1.0 / 3;
  EXPECT_EQ(Json::parse(NumberJson(third).dump()).get<double>(), third);
}

TEST(Json, IllFormedTextKeepsItsBytes) {
  Json object;
  PutText(object, "text", "a\xFF");
  PutText(object, "prompt", "ok", "prompt_");
  EXPECT_EQ(object.dump(), "{\"text\":\"a\uFFFD\",\"bytes_hex\":\"61ff\",\"prompt\":\"ok\"}");
}

}  // namespace
}  // namespace lab::cli
