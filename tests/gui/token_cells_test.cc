#include "gui/models/token_cells.h"

#include <gmock/gmock.h>

#include "gui/models/generate_history.h"
#include "gui/models/words.h"
#include "gui/widgets/sampling_fields.h"
#include "gui/widgets/token_strip.h"
#include "proto/client/token_text.h"
#include "tests/support/temp_dir.h"

#include <QTest>

namespace lab::gui {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> textsOf(const TokenCells& cells) {
  std::vector<std::string> texts;
  for (const TokenCell& cell : cells.cells()) texts.push_back(utf8(cell.text));
  return texts;
}

TEST(TokenCells, JoinTokensThatOnlyTogetherMakeACharacter) {
  TokenCells cells;
  cells.add("caf", "caf");
  cells.add("\xC3", "\xC3");
  cells.add("\xA9", "\xA9");
  cells.add("!", "!");
  EXPECT_THAT(textsOf(cells), ElementsAre("caf", "é", "!"));
  EXPECT_EQ(cells.cells()[1].first, 1);
  EXPECT_EQ(cells.cells()[1].count, 2);
  EXPECT_EQ(cells.cells()[2].first, 3);
}

TEST(TokenCells, ShowWhatIsNoTextAsSuch) {
  TokenCells cells;
  cells.add("\xF0", "");
  cells.add("a", "a");
  cells.add("\xE2\x82", "");
  EXPECT_THAT(textsOf(cells), ElementsAre("\uFFFD", "a"));
  cells.finish();
  EXPECT_EQ(cells.cells().size(), 3u);
  EXPECT_EQ(cells.cells()[2].first, 2);
}

TEST(TokenCells, KeepSpecialTokensApart) {
  TokenCells cells;
  cells.add("end.", "end.");
  cells.add("", "<|endoftext|>\n");
  EXPECT_THAT(textsOf(cells), ElementsAre("end.", "<|endoftext|>\\n"));
  EXPECT_FALSE(cells.cells()[0].apart);
  EXPECT_TRUE(cells.cells()[1].apart);
}

TEST(TokenText, ShowsBytesOnOneLine) {
  EXPECT_EQ(VisibleText("a\n\t\\\x01\xFFz"), "a\\n\\t\\\\\\x01\\xffz");
  v1::Token token;
  token.set_text("<|end|>");
  EXPECT_EQ(ShownBytes(token), "<|end|>");
  token.set_shown("");
  EXPECT_EQ(ShownBytes(token), "");
}

TEST(Stops, ReadBackAsTheyWereWritten) {
  const std::vector<std::string> stops = {"\n\n", "a, b", " space", "back\\slash", "\t"};
  EXPECT_EQ(parseStops(stopsText(stops)), stops);
  EXPECT_THAT(parseStops(QStringLiteral("END,  .\\n, ")), ElementsAre("END", ".\n"));
  EXPECT_THAT(parseStops(QString()), ElementsAre());
}

TEST(SamplingFields, RefuseWhatIsNoSeedAndKeepTheRest) {
  SamplingFields fields;
  v1::GenerateRequest given;
  given.set_temperature(1.5);
  given.set_top_k(40);
  given.set_top_p(0.9);
  given.set_max_tokens(60);
  given.set_seed(18446744073709551615ull);
  given.add_stop("END");
  fields.setSettings(given);
  EXPECT_EQ(fields.settings().SerializeAsString(), given.SerializeAsString());
  EXPECT_TRUE(fields.problem().isEmpty());
  auto* seed = fields.findChildren<QWidget*>(QString())[0];
  for (QWidget* one : fields.findChildren<QWidget*>()) {
    if (one->accessibleName() == QStringLiteral("seed")) seed = one;
  }
  seed->setProperty("text", QStringLiteral("-3"));
  EXPECT_FALSE(fields.problem().isEmpty());
  EXPECT_EQ(seed->property("state").toString(), QStringLiteral("error"));
  seed->setProperty("text", QString());
  EXPECT_TRUE(fields.problem().isEmpty());
  EXPECT_FALSE(fields.settings().has_seed());
}

GenerateEntry entryOf(const QString& prompt) {
  GenerateEntry entry;
  entry.time = QDateTime::fromMSecsSinceEpoch(1700000000000);
  entry.settings.set_prompt(utf8(prompt));
  entry.settings.set_temperature(0.8);
  entry.settings.set_top_p(1);
  entry.settings.set_max_tokens(60);
  entry.settings.set_seed(18446744073709551615ull);
  entry.settings.add_stop("\n");
  entry.references = {QStringLiteral("12@600"), QStringLiteral("/m/gpt2")};
  entry.texts = {QStringLiteral("a"), QStringLiteral("b")};
  return entry;
}

TEST(GenerateHistory, IsReadBackNewestFirstAndBounded) {
  TempDir dir;
  const QString file = q((dir.path() / "new" / "generated.json").string());
  {
    GenerateHistory history(file);
    EXPECT_TRUE(history.entries().empty());
    for (size_t i = 0; i < GenerateHistory::kEntries + 3; ++i) {
      ASSERT_TRUE(history.add(entryOf(QString::number(i))));
    }
  }
  GenerateHistory history(file);
  ASSERT_EQ(history.entries().size(), GenerateHistory::kEntries);
  const GenerateEntry& newest = history.entries().front();
  const GenerateEntry given = entryOf(QString::number(GenerateHistory::kEntries + 2));
  EXPECT_EQ(newest.settings.SerializeAsString(), given.settings.SerializeAsString());
  EXPECT_EQ(newest.references, given.references);
  EXPECT_EQ(newest.texts, given.texts);
  EXPECT_EQ(newest.time, given.time);
  using std::filesystem::perms;
  const perms others = std::filesystem::status(file.toStdString()).permissions() &
                       (perms::group_all | perms::others_all);
  EXPECT_EQ(others, perms::none);
}

TEST(GenerateHistory, KeepsAsManyAsItIsTold) {
  TempDir dir;
  const QString file = q((dir.path() / "history.json").string());
  GenerateHistory history(file, 100);
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(history.add(entryOf(QString::number(i))));
  EXPECT_EQ(history.entries().size(), 60U);
  ASSERT_TRUE(history.setMost(10));
  EXPECT_EQ(GenerateHistory(file, 100).entries().size(), 10U) << "also in the file";
  ASSERT_TRUE(history.add(entryOf(QStringLiteral("new"))));
  EXPECT_EQ(history.entries().size(), 10U);
}

TEST(GenerateHistory, CountsAnUnreadableFileAsEmpty) {
  TempDir dir;
  const QString file = q((dir.path() / "generated.json").string());
  FILE* out = fopen(utf8(file).c_str(), "w");
  fputs("{\"entries\": 5", out);
  fclose(out);
  EXPECT_TRUE(GenerateHistory(file).entries().empty());
}

TEST(TokenStrip, GoesByArrowKeysPastWhatWasGiven) {
  TokenStrip strip;
  strip.resize(400, 200);
  strip.show();
  strip.setCells({{QStringLiteral("Once"), StripCell::Look::kPlain},
                  {QStringLiteral(" a")},
                  {QStringLiteral(" bird\n")},
                  {QStringLiteral("sang")}});
  QTest::keyClick(&strip, Qt::Key_Home);
  EXPECT_EQ(strip.current(), 1);
  QTest::keyClick(&strip, Qt::Key_Right);
  EXPECT_EQ(strip.current(), 2);
  QTest::keyClick(&strip, Qt::Key_Down);  // the line's end began another row
  EXPECT_EQ(strip.current(), 3);
  QTest::keyClick(&strip, Qt::Key_Right);
  EXPECT_EQ(strip.current(), 3);
  QTest::keyClick(&strip, Qt::Key_Up);
  EXPECT_EQ(strip.current(), 1);
  QTest::keyClick(&strip, Qt::Key_Left);
  EXPECT_EQ(strip.current(), 1);
  strip.setCells({{QStringLiteral("x")}});
  EXPECT_EQ(strip.current(), -1);
}

}  // namespace
}  // namespace lab::gui
