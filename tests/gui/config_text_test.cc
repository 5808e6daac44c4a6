#include "gui/models/config_text.h"

#include <gmock/gmock.h>

#include "gui/models/words.h"

namespace lab::gui {
namespace {

QString s(const char* utf8) { return QString::fromUtf8(utf8); }

const Setting* find(const SettingsText& read, const char* field) {
  for (const Setting& setting : read.settings) {
    if (setting.field == s(field)) return &setting;
  }
  return nullptr;
}

TEST(ConfigText, NamesNestedSettingsByDots) {
  const SettingsText read =
      readSettings(s("type: pretrain\ndata: {validation: {fraction: 0.2}, tokenizer: bpe:2048}\n"));
  ASSERT_EQ(read.error, QString());
  EXPECT_EQ(find(read, "type")->text, s("pretrain"));
  EXPECT_EQ(find(read, "data.validation.fraction")->text, s("0.2"));
  EXPECT_EQ(find(read, "data.tokenizer")->text, s("bpe:2048"));
}

TEST(ConfigText, KeepsWhatAPersonTyped) {
  const SettingsText read = readSettings(s("a: 1e-3\nb: 0256\nc: \"1e-3\"\nd: on\ne: ~\nf:\n"));
  EXPECT_EQ(find(read, "a")->flow, s("1e-3"));
  EXPECT_EQ(find(read, "b")->text, s("0256"));
  EXPECT_EQ(find(read, "c")->flow, s("\"1e-3\""));
  EXPECT_EQ(find(read, "c")->text, s("1e-3"));
  EXPECT_EQ(find(read, "d")->text, s("on"));
  EXPECT_EQ(find(read, "e")->flow, s("null"));
  EXPECT_EQ(find(read, "f")->flow, s("null"));
}

TEST(ConfigText, SetsTheSweepApart) {
  const SettingsText read = readSettings(
      s("sweep:\n  optim.learning_rate: [1e-4, 3e-4]\n  model: {preset: [nano, small]}\n"));
  ASSERT_EQ(read.sweep.size(), 2U);
  EXPECT_EQ(read.sweep[0].field, s("optim.learning_rate"));
  EXPECT_EQ(read.sweep[0].text, s("1e-4, 3e-4"));
  EXPECT_EQ(read.sweep[1].field, s("model.preset"));
  EXPECT_TRUE(read.settings.empty());
}

TEST(ConfigText, SaysTheLineOfAnError) {
  const SettingsText read = readSettings(s("type: pretrain\nmodel: {layers: 2\ntrain: [\n"));
  EXPECT_NE(read.error, QString());
  EXPECT_GE(read.line, 2);
  EXPECT_EQ(readSettings(s("- a\n- b\n")).line, 1);
}

TEST(ConfigText, RefusesWhatIsNoConfig) {
  EXPECT_NE(readSettings(QString(2 << 20, QLatin1Char('a'))).error, QString());
  QString bomb = s("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
  for (int i = 1; i < 12; ++i) {
    const QString before = QStringLiteral("*a%1").arg(i - 1);
    bomb += QStringLiteral("a%1: &a%1 {").arg(i);
    for (int j = 0; j < 10; ++j) {
      bomb += QStringLiteral("k%1: ").arg(j) + before + QStringLiteral(", ");
    }
    bomb += s("}\n");
  }
  EXPECT_NE(readSettings(bomb).error, QString());
}

// Every text that a person may want as a prompt or a name comes back as it was.
TEST(ConfigText, WritesStringsThatReadBack) {
  const char* const texts[] = {"",
                               "Once",
                               "Once upon a time",
                               "on",
                               "Off",
                               "yes",
                               "null",
                               "~",
                               "1e-3",
                               "600",
                               ".5",
                               "0x1F",
                               "true",
                               ".inf",
                               ".nan",
                               "a: b",
                               "a:",
                               "bpe:2048",
                               "# no comment",
                               "a #b",
                               "- a",
                               "[a]",
                               "{a: b}",
                               "*star",
                               "&amp",
                               "27+385=",
                               "line one\nline two\n",
                               " lead",
                               "trail ",
                               "tab\there",
                               "\"q\"",
                               "back\\slash",
                               "it's",
                               "ünïcode → ✓",
                               "<|endoftext|>",
                               "/home/a b/text.txt",
                               "./text.txt",
                               "x\x01y",
                               "\xe2\x80\xa8",
                               "%",
                               "@",
                               "`",
                               "!tag",
                               "|",
                               ">",
                               "a, b",
                               "2026-11-23"};
  for (const char* text : texts) {
    const QString yaml = writeSettings({{s("sample.prompt"), s(text), yamlString(s(text))}}, {});
    const SettingsText read = readSettings(yaml);
    ASSERT_EQ(read.error, QString()) << utf8(yaml);
    ASSERT_EQ(read.settings.size(), 1U) << utf8(yaml);
    EXPECT_EQ(read.settings[0].text, s(text)) << utf8(yaml);
    EXPECT_NE(read.settings[0].flow, s("null")) << utf8(yaml);
  }
}

TEST(ConfigText, QuotesWhatOtherReadersTakeForNoText) {
  for (const char* text : {"on", "No", "1e-3", "0256", "null", "y", ".5"}) {
    EXPECT_TRUE(yamlString(s(text)).startsWith(QLatin1Char('"'))) << text;
  }
  EXPECT_EQ(yamlString(s("bpe:2048")), s("bpe:2048"));
}

TEST(ConfigText, WritesSectionsOnce) {
  EXPECT_EQ(writeSettings({{s("type"), {}, s("pretrain")},
                           {s("model.layers"), {}, s("4")},
                           {s("data.validation.fraction"), {}, s("0.2")},
                           {s("model.layers"), {}, s("6")},
                           {s("model.heads"), {}, s("2")}},
                          {{s("optim.learning_rate"), {}, s("[1e-3, 3e-3]")}}),
            s("type: pretrain\nmodel:\n  layers: 6\n  heads: 2\ndata:\n  validation:\n"
              "    fraction: 0.2\nsweep:\n  optim.learning_rate: [1e-3, 3e-3]\n"));
}

TEST(ConfigText, WritesListsByKind) {
  EXPECT_EQ(yamlList(s("1e-3, 3e-3"), true), s("[1e-3, 3e-3]"));
  EXPECT_EQ(yamlList(s("nano, small"), true), s("[nano, small]"));
  EXPECT_EQ(yamlList(s("1, \"a, b\""), false), s("[\"1\", \"a, b\"]"));
  EXPECT_EQ(yamlList(s("a ] b"), false), s("[\"a ] b\"]"));
}

TEST(ConfigText, ReadsOverrides) {
  EXPECT_EQ(readOverride(s("optim.learning_rate=1e-4")).text, s("1e-4"));
  EXPECT_EQ(readOverride(s("sample.prompt=\"a = b\"")).text, s("a = b"));
  EXPECT_EQ(readOverride(s("sample.prompt=Hello: you")).text, s("Hello: you"));
}

}  // namespace
}  // namespace lab::gui
