#include <QAbstractItemModelTester>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QTableView>

#include "gui/models/corpus_words.h"
#include "gui/models/tokenization.h"
#include "gui/pages/corpora_page.h"
#include "gui/widgets/tokenizer_view.h"
#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

using ::testing::ElementsAre;

class CorporaTest : public LabFixture {
 protected:
  CorporaTest() {
    v1::Corpus& stories = *fake_.corpora.add_corpora();
    stories.set_name("stories");
    stories.set_kind("generated");
    stories.set_known_entropy(true);
    v1::Corpus& own = *fake_.corpora.add_corpora();
    own.set_name("letters");
    own.set_kind("local");
    own.set_path("/texts/letters.txt");
    own.set_state("changed");
    own.set_document_count(1234);
    own.set_size_bytes(5000);
    for (const v1::Corpus& corpus : fake_.corpora.corpora()) {
      v1::CorpusPreview& preview = fake_.previews[corpus.name()];
      *preview.mutable_corpus() = corpus;
      preview.add_documents()->set_text("Once there was " + corpus.name());
    }
    fake_.previews["stories"].set_entropy(12.5);
    v1::EntropyPart& part = *fake_.previews["stories"].add_parts();
    part.set_name("question");
    part.set_nats(12.5);
    addToken(5, "caf", false);
    addToken(195, "\xC3", false);
    addToken(169, "\xA9", false);
    addToken(0, "<|end|>", true);
  }

  void addToken(int id, const std::string& text, bool special) {
    v1::TextToken& token = *fake_.tokenized.add_tokens();
    token.set_id(id);
    token.set_text(text);
    token.set_special(special);
  }

  void open(CorporaPage* page) {
    connectLab();
    page->resize(1000, 760);
    page->show();
    page->visit({QStringLiteral("corpora")});
    ASSERT_TRUE(until([page] { return page->settled(); }));
  }

  static QStringList column(const QAbstractItemModel& model, int column) {
    QStringList texts;
    for (int row = 0; row < model.rowCount(); ++row) {
      texts << model.index(row, column).data().toString();
    }
    return texts;
  }
};

TEST_F(CorporaTest, TableSaysWhatIsNotKnownInWords) {
  connectLab();
  CorpusStore store(&lab_.session);
  CorpusTable table(&store);
  QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::Fatal);
  store.refresh();
  ASSERT_TRUE(until([&] { return store.loaded(); }));
  EXPECT_EQ(column(table, CorpusTable::kDocuments),
            (QStringList{QStringLiteral("not counted"), grouped(1234)}));
  EXPECT_EQ(column(table, CorpusTable::kSize),
            (QStringList{QStringLiteral("not made yet"), bytes(5000)}));
  EXPECT_EQ(column(table, CorpusTable::kState),
            (QStringList{QStringLiteral("built in"), QStringLiteral("changed")}));
  EXPECT_EQ(table.index(1, CorpusTable::kState).data(CorpusTable::kToneRole).toString(),
            QStringLiteral("warning"));
}

TEST_F(CorporaTest, TableKeepsRowsThatStay) {
  connectLab();
  CorpusStore store(&lab_.session);
  CorpusTable table(&store);
  QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::Fatal);
  store.refresh();
  ASSERT_TRUE(until([&] { return store.loaded(); }));
  const QPersistentModelIndex letters = table.indexOf("letters");
  QSignalSpy resets(&table, &QAbstractItemModel::modelReset);
  {
    std::lock_guard lock(fake_.mutex);
    v1::ListCorporaResponse other;
    other.add_corpora()->set_name("first");
    *other.add_corpora() = fake_.corpora.corpora(1);
    other.add_corpora()->set_name("last");
    fake_.corpora = other;
  }
  store.refresh();
  ASSERT_TRUE(until([&] { return table.rowCount() == 3; }));
  EXPECT_EQ(
      column(table, CorpusTable::kName),
      (QStringList{QStringLiteral("first"), QStringLiteral("letters"), QStringLiteral("last")}));
  EXPECT_TRUE(letters.isValid());
  EXPECT_EQ(letters.row(), 1);
  EXPECT_EQ(resets.count(), 0);
}

TEST_F(CorporaTest, PageShowsALookAtTheSelectedOne) {
  CorporaPage page(&lab_);
  open(&page);
  EXPECT_FALSE(page.failed());
  QPlainTextEdit* documents = nullptr;
  for (QPlainTextEdit* one : page.findChildren<QPlainTextEdit*>()) {
    if (one->isReadOnly()) documents = one;
  }
  ASSERT_NE(documents, nullptr);
  EXPECT_TRUE(documents->toPlainText().contains(QStringLiteral("Once there was stories")));
  EXPECT_FALSE(button(page, "Remove")->isEnabled());  // it is built in
  page.visit({QStringLiteral("corpora"), 0, QStringLiteral("letters")});
  ASSERT_TRUE(until([&] { return documents->toPlainText().contains(QStringLiteral("letters")); }));
  EXPECT_TRUE(button(page, "Remove")->isEnabled());
  EXPECT_TRUE(button(page, "Register again")->isVisible());
}

TEST_F(CorporaTest, PageAddsAndForgets) {
  CorporaPage page(&lab_);
  open(&page);
  QSignalSpy said(&page, &Page::said);
  page.add(QStringLiteral("/texts/new.txt"));
  ASSERT_TRUE(until([&] { return !now(&testing::FakeLab::added).empty(); }));
  EXPECT_EQ(now(&testing::FakeLab::added)[0].path(), "/texts/new.txt");
  page.visit({QStringLiteral("corpora"), 0, QStringLiteral("letters")});
  button(page, "Remove")->click();
  EXPECT_TRUE(until([&] { return !now(&testing::FakeLab::previews).contains("letters"); }));
}

TEST_F(CorporaTest, TokenizationCountsBytesAndJoinsPartsOfCharacters) {
  connectLab();
  Tokenization tokens(&lab_.session);
  tokens.set("caf\xC3\xA9", "byte");
  ASSERT_TRUE(until([&] { return tokens.settled(); }));
  ASSERT_TRUE(tokens.status().ok()) << tokens.status();
  ASSERT_EQ(tokens.cells().size(), 3u);
  EXPECT_EQ(tokens.cells()[1].text, QString::fromUtf8("é"));
  EXPECT_EQ(tokens.cells()[1].count, 2);
  EXPECT_TRUE(tokens.cells()[2].apart);
  EXPECT_DOUBLE_EQ(tokens.bytesPerToken(), 5.0 / 4);
}

TEST_F(CorporaTest, TokenizationAsksForTheNewestTextOnly) {
  connectLab();
  Tokenization tokens(&lab_.session);
  for (const char* text : {"a", "ab", "abc"}) tokens.set(text, "byte");
  ASSERT_TRUE(until([&] { return tokens.settled(); }));
  ASSERT_EQ(now(&testing::FakeLab::tokenizations).size(), 1u);
  EXPECT_EQ(now(&testing::FakeLab::tokenizations)[0].text(), "abc");
}

TEST_F(CorporaTest, TokenizationRefusesWhatIsTooLong) {
  connectLab();
  Tokenization tokens(&lab_.session);
  QSignalSpy changed(&tokens, &Tokenization::changed);
  tokens.set(std::string(Tokenization::kMostBytes + 1, 'x'), "byte");
  ASSERT_TRUE(until([&] { return changed.count() > 0; }));
  EXPECT_THAT(std::string(tokens.status().message()), ::testing::HasSubstr("65,537"));
  EXPECT_TRUE(now(&testing::FakeLab::tokenizations).empty());
}

TEST_F(CorporaTest, WordsTellEntropyAndWhereItIsNotKnown) {
  auto value = [](const std::vector<Fact>& facts, const char* name) {
    for (const Fact& fact : facts) {
      if (fact.name == QLatin1String(name)) return utf8(fact.value);
    }
    return std::string("no such fact");
  };
  EXPECT_EQ(value(corpusFacts(fake_.previews["stories"]), "entropy"),
            "12.500 nats a document = 12.500 question, in closed form from its generator");
  EXPECT_EQ(value(corpusFacts(fake_.previews["letters"]), "entropy"), "unknown");
}

}  // namespace
}  // namespace lab::gui
