#include "gui/pages/system_page.h"

#include <QPlainTextEdit>
#include <QRegularExpression>
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

TEST(MachineFacts, TellSensorsWhereThereAreAny) {
  v1::System system;
  auto rows = [&] {
    QStringList list;
    for (const Fact& fact : machineFacts(system, {})) {
      list << fact.name + QStringLiteral(": ") + fact.value;
    }
    return list;
  };
  EXPECT_TRUE(rows().filter(QRegularExpression(QStringLiteral("GPU|temperature"))).isEmpty());
  system.set_processor_celsius(61.4);
  system.add_gpus()->set_name("Silent GPU");
  EXPECT_TRUE(rows().contains(QStringLiteral("temperature: 61 °C")));
  EXPECT_TRUE(rows().contains(QStringLiteral("GPU: Silent GPU")));
  EXPECT_EQ(rows().filter(QStringLiteral("GPU")).size(), 1) << "what it does not tell has no row";
  v1::Gpu& gpu = *system.add_gpus();
  gpu.set_name("Fake GPU 9000");
  gpu.set_memory_bytes(16000);
  gpu.set_utilization(0);
  gpu.set_celsius(70);
  gpu.set_watts(180.4);
  const QStringList all = rows();
  EXPECT_TRUE(all.contains(QStringLiteral("GPU 0: Silent GPU")));
  EXPECT_TRUE(all.contains(QStringLiteral("GPU memory 1: ") + bytes(0) +
                           QStringLiteral(" used of ") + bytes(16000)));
  EXPECT_TRUE(all.contains(QStringLiteral("GPU utilisation 1: 0 % busy")));
  EXPECT_TRUE(all.contains(QStringLiteral("GPU temperature 1: 70 °C")));
  EXPECT_TRUE(all.contains(QStringLiteral("GPU power 1: 180 W")));
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
