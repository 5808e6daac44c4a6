#include "gui/pages/system_page.h"

#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QTabWidget>

#include "core/base/version.h"
#include "gui/models/system_words.h"
#include "gui/widgets/storage_cleaner.h"
#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

class SystemPageTest : public LabFixture {
 protected:
  SystemPageTest() {
    fake_.system.set_processor("a processor");
    fake_.system.set_memory_bytes(16000000000);
    v1::JobStorage& job = *fake_.storage.add_jobs();
    job.set_full_bytes(1000);
    job.set_full_count(2);
    fake_.log = "one\ntwo <b>bold</b>\n";
    v1::Finding& finding = *fake_.diagnosis.add_findings();
    finding.set_check("database");
    finding.set_verdict("warning");
    finding.set_message("the database is large");
    finding.set_advice("prune it");
    v1::PruneItem& item = *fake_.pruned.add_items();
    item.set_kind("leftover");
    item.set_size_bytes(2000);
    fake_.pruned.set_freed_bytes(2000);
  }

  void open(SystemPage* page, const char* tab) {
    connectLab();
    page->resize(1000, 760);
    page->show();
    page->visit({QStringLiteral("system"), 0, QLatin1String(tab)});
    ASSERT_TRUE(until([page] { return page->settled(); }));
  }

  static QString shown(const QWidget& page) {
    QStringList texts;
    for (QLabel* label : page.findChildren<QLabel*>()) texts << label->text();
    return texts.join(QLatin1Char('\n'));
  }
};

TEST_F(SystemPageTest, ShowsMachineDaemonAndDisk) {
  SystemPage page(&lab_);
  open(&page, "storage");
  EXPECT_FALSE(page.failed());
  const QString texts = shown(page);
  EXPECT_TRUE(texts.contains(QStringLiteral("a processor")));
  EXPECT_TRUE(texts.contains(QStringLiteral("9.8.7")));
  EXPECT_TRUE(texts.contains(bytes(1000) + QStringLiteral(" (2)")));
}

TEST_F(SystemPageTest, FollowsTheLogOnlyWhileItIsInView) {
  SystemPage page(&lab_);
  open(&page, "log");
  QPlainTextEdit* log = nullptr;
  for (QPlainTextEdit* one : page.findChildren<QPlainTextEdit*>()) {
    if (one->accessibleName() == QStringLiteral("labd's log")) log = one;
  }
  ASSERT_NE(log, nullptr);
  ASSERT_TRUE(until([log] { return log->toPlainText().contains(QStringLiteral("two")); }));
  EXPECT_EQ(log->toPlainText(), QStringLiteral("one\ntwo <b>bold</b>"));
}

TEST_F(SystemPageTest, ShowsFindingsWithTheirAdvice) {
  SystemPage page(&lab_);
  open(&page, "health");
  const QString texts = shown(page);
  EXPECT_TRUE(texts.contains(QStringLiteral("the database is large")));
  EXPECT_TRUE(texts.contains(QStringLiteral("prune it")));
  EXPECT_TRUE(texts.contains(QStringLiteral("warning")));
}

TEST_F(SystemPageTest, CleanerDeletesOnlyWhatWasShown) {
  connectLab();
  StorageStore store(&lab_.session);
  StorageCleaner cleaner(&store);
  QPushButton* go = button(cleaner, "Delete these");
  ASSERT_NE(go, nullptr);
  EXPECT_FALSE(go->isEnabled());
  button(cleaner, "See what would go")->click();
  ASSERT_TRUE(until([go] { return go->isEnabled(); }));
  EXPECT_TRUE(go->text().contains(bytes(2000)));
  EXPECT_TRUE(now(&testing::FakeLab::prunes)[0].dry_run());
  go->click();
  ASSERT_TRUE(until([this] { return now(&testing::FakeLab::prunes).size() == 2; }));
  EXPECT_FALSE(now(&testing::FakeLab::prunes)[1].dry_run());
  EXPECT_FALSE(go->isEnabled());
}

TEST(SystemWords, TellAnotherVersionAndWhatKeepsJobsFromStarting) {
  v1::System system;
  system.set_version("0.0.1");
  system.set_trouble("the disk is full");
  bool version = false, trouble = false;
  for (const Fact& fact : daemonFacts(system, {})) {
    version =
        version || (fact.tone == Tone::kWarning && fact.value.contains(QLatin1String("0.0.1")));
    trouble =
        trouble || (fact.tone == Tone::kBad && fact.value.contains(QLatin1String("disk is full")));
  }
  EXPECT_TRUE(version);
  EXPECT_TRUE(trouble);
  system.set_version(std::string(kLabVersion));
  for (const Fact& fact : daemonFacts(system, {})) EXPECT_NE(fact.tone, Tone::kWarning);
}

}  // namespace
}  // namespace lab::gui
