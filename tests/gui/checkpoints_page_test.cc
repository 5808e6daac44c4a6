#include "gui/pages/checkpoints_page.h"

#include <QAbstractItemModelTester>
#include <QFile>
#include <QMessageBox>
#include <QSignalSpy>
#include <QTreeView>

#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

using ::testing::ElementsAre;

class CheckpointsPageTest : public LabFixture {
 protected:
  CheckpointsPageTest() {
    addRun(12, {100, 200});
    addRun(13, {50});
    fake_.pruned.set_freed_bytes(35000000);
    v1::PruneItem& item = *fake_.pruned.add_items();
    item.set_job_id(12);
    item.set_kind("checkpoint");
    item.set_name("step-000100");
    item.set_size_bytes(35000000);
    fake_.archive = {"abc", "defg"};
  }

  void addRun(int64_t id, const std::vector<int64_t>& steps) {
    v1::Job& job = fake_.AddJob(id, v1::Job::PAUSED);
    job.set_name("run");
    job.mutable_progress()->set_step(steps.back());
    for (int64_t step : steps) {
      v1::Checkpoint& checkpoint = *job.add_checkpoints();
      checkpoint.set_step(step);
      checkpoint.set_kind("full");
      checkpoint.set_size_bytes(1000);
    }
  }

  void open(CheckpointsPage* page) {
    connectLab();
    page->resize(1000, 760);
    page->show();
    page->activateWindow();
    page->visit({QStringLiteral("checkpoints")});
    ASSERT_TRUE(until([page] { return page->settled(); }));
  }

  static QTreeView* view(const QWidget& page) { return page.findChild<QTreeView*>(); }

  static void select(const CheckpointsPage& page, const char* reference) {
    auto* tree = static_cast<const CheckpointTree*>(view(page)->model());
    const QModelIndex index = tree->find(QLatin1String(reference));
    ASSERT_TRUE(index.isValid()) << reference;
    view(page)->setCurrentIndex(index);
    // Its keys are for whoever has the focus.
    view(page)->setFocus();
    ASSERT_TRUE(QTest::qWaitForWindowActive(view(page), kPatienceMs));
  }
};

TEST_F(CheckpointsPageTest, TreeHoldsCheckpointsUnderTheirRuns) {
  connectLab();
  CheckpointTree tree(&lab_.checkpoints, &lab_.jobs);
  QAbstractItemModelTester tester(&tree, QAbstractItemModelTester::FailureReportingMode::Fatal);
  lab_.checkpoints.refresh();
  ASSERT_TRUE(until([this] { return lab_.checkpoints.loaded(); }));
  EXPECT_EQ(tree.run_count(), 2);
  EXPECT_EQ(tree.checkpointCount(), 3);
  EXPECT_EQ(tree.sizeBytes(), 3000);
  const QModelIndex run = tree.index(1, 0);  // newest run first
  EXPECT_EQ(tree.reference(run), QStringLiteral("12"));
  EXPECT_EQ(tree.reference(tree.index(0, 0, run)), QStringLiteral("12@200"));
  EXPECT_TRUE(tree.newest(tree.index(0, 0, run)));
  EXPECT_EQ(tree.find(QStringLiteral("12@100")), tree.index(1, 0, run));
  EXPECT_FALSE(tree.find(QStringLiteral("12@7")).isValid());
  EXPECT_EQ(tree.index(0, CheckpointTree::kLoss, run).data().toString(),
            QStringLiteral("not measured"));
}

TEST_F(CheckpointsPageTest, TellsWhatADeletionFreesBeforeItDeletes) {
  CheckpointsPage page(&lab_);
  open(&page);
  select(page, "12@100");
  QTest::keyClick(view(page), Qt::Key_Delete);
  QMessageBox* box = nullptr;
  ASSERT_TRUE(until([&] { return (box = page.findChild<QMessageBox*>()) != nullptr; }));
  EXPECT_TRUE(box->text().contains(bytes(35000000))) << utf8(box->text());
  auto prunes = now(&testing::FakeLab::prunes);
  ASSERT_EQ(prunes.size(), 1u);
  EXPECT_TRUE(prunes[0].dry_run());
  EXPECT_THAT(prunes[0].checkpoints(), ElementsAre("12@100"));
  button(*box, "Delete")->click();
  ASSERT_TRUE(until([this] { return now(&testing::FakeLab::prunes).size() == 2; }));
  prunes = now(&testing::FakeLab::prunes);
  EXPECT_FALSE(prunes[1].dry_run());
  EXPECT_THAT(prunes[1].checkpoints(), ElementsAre("12@100"));
}

TEST_F(CheckpointsPageTest, ARunStandsForAllOfItsOwn) {
  CheckpointsPage page(&lab_);
  open(&page);
  select(page, "12");
  EXPECT_EQ(page.selected(), (QStringList{QStringLiteral("12@200"), QStringLiteral("12@100")}));
}

TEST_F(CheckpointsPageTest, ResumesTheNewestAndForksFromAnOlderOne) {
  CheckpointsPage page(&lab_);
  open(&page);
  select(page, "12@200");
  ASSERT_NE(button(page, "Resume"), nullptr);
  select(page, "12@100");
  QPushButton* fork = button(page, "Resume as a new job");
  ASSERT_NE(fork, nullptr);
  fork->click();
  ASSERT_TRUE(until([this] { return !now(&testing::FakeLab::duplicated).empty(); }));
  const v1::DuplicateJobRequest asked = now(&testing::FakeLab::duplicated)[0];
  EXPECT_EQ(asked.job_id(), 12);
  EXPECT_THAT(asked.overrides(), ElementsAre("resume=12@100"));
}

TEST_F(CheckpointsPageTest, ReturnOpensGenerateWithTheReference) {
  CheckpointsPage page(&lab_);
  open(&page);
  Route gone;
  QObject::connect(&page, &Page::go, [&gone](const Route& route) { gone = route; });
  select(page, "13@50");
  QTest::keyClick(view(page), Qt::Key_Return);
  EXPECT_EQ(gone.page, QStringLiteral("generate"));
  EXPECT_EQ(gone.argument, QStringLiteral("13@50"));
}

TEST_F(CheckpointsPageTest, ExportsWholeOrNotAtAll) {
  connectLab();
  JobExport out(&lab_.session);
  QSignalSpy finished(&out, &JobExport::finished);
  const QString file = q((fake_.folder() / "run.tar").string());
  out.start(12, v1::ExportJobsRequest::WEIGHTS, file);
  ASSERT_TRUE(until([&] { return finished.count() == 1; }));
  QFile written(file);
  ASSERT_TRUE(written.open(QIODevice::ReadOnly));
  EXPECT_EQ(written.readAll(), QByteArray("abcdefg"));
  EXPECT_EQ(out.bytes_done(), 7);
  EXPECT_EQ(now(&testing::FakeLab::exports)[0].checkpoints(), v1::ExportJobsRequest::WEIGHTS);
  {
    std::lock_guard lock(fake_.mutex);
    fake_.archive_breaks = true;
    fake_.archive = {"x"};
  }
  out.start(12, v1::ExportJobsRequest::ALL, file + QStringLiteral("2"));
  ASSERT_TRUE(until([&] { return finished.count() == 2; }));
  EXPECT_FALSE(QFile::exists(file + QStringLiteral("2")));
  // A place where no file can be.
  out.start(12, v1::ExportJobsRequest::ALL, QStringLiteral("/nowhere/at/all.tar"));
  ASSERT_TRUE(until([&] { return finished.count() == 3; }));
  EXPECT_THAT(finished[2][0].value<absl::Status>().ToString(),
              ::testing::HasSubstr("/nowhere/at/all.tar"));
}

}  // namespace
}  // namespace lab::gui
