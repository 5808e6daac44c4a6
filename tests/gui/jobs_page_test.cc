// The page of jobs against a labd that answers from a table.

#include "gui/pages/jobs_page.h"

#include <gmock/gmock.h>

#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QTest>

#include "gui/widgets/duplicate_dialog.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/job_commands.h"
#include "gui/widgets/job_table.h"
#include "tests/client/fake_lab.h"
#include "tests/gui/events.h"

namespace lab::gui {
namespace {

using ::testing::ElementsAre;

class JobsPageTest : public ::testing::Test {
 protected:
  JobsPageTest() {
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, q(fake_.folder().string()));
    QSettings::setDefaultFormat(QSettings::IniFormat);
    fake_.AddJob(1, v1::Job::QUEUED).set_name("first");
    fake_.AddJob(2, v1::Job::HELD).set_name("second");
    fake_.AddJob(3, v1::Job::SUCCEEDED).set_name("third");
    fake_.on_verb = [this](grpc::ServerContext*, const std::string& verb, v1::Job& job) {
      verbs_.push_back(verb + " " + std::to_string(job.id()));
      return grpc::Status::OK;
    };
  }
  // Shows the page with the fake lab's jobs.
  void open() {
    lab_ = std::make_unique<Lab>();
    page_ = std::make_unique<JobsPage>(lab_.get());
    page_->resize(1100, 800);
    page_->setVisible(true);
    lab_->session.connectTo(q(fake_.address()));
    ASSERT_TRUE(awaitEvents([&] { return page_->settled(); }));
    table_ = page_->findChild<JobTable*>();
    ASSERT_NE(table_, nullptr);
    table_->setFocus();
  }
  bool enabled(JobCommands::What what) { return table_->commands()->action(what)->isEnabled(); }
  std::vector<std::string> verbs() {
    std::lock_guard lock(fake_.mutex);
    return verbs_;
  }
  template <class Dialog>
  Dialog* dialog() {
    Dialog* found = nullptr;
    awaitEvents([&] {
      found = page_->findChild<Dialog*>();
      return found != nullptr && found->isVisible();
    });
    return found;
  }

  testing::FakeLab fake_;
  std::vector<std::string> verbs_;  // guarded by fake_.mutex
  std::unique_ptr<Lab> lab_;
  std::unique_ptr<JobsPage> page_;
  JobTable* table_ = nullptr;
};

TEST_F(JobsPageTest, OffersWhatFitsTheSelection) {
  ASSERT_NO_FATAL_FAILURE(open());
  table_->select(3);
  EXPECT_TRUE(enabled(JobCommands::kRemove));
  EXPECT_FALSE(enabled(JobCommands::kHold));
  EXPECT_FALSE(enabled(JobCommands::kCancel));
  table_->select(2);
  EXPECT_EQ(table_->commands()->action(JobCommands::kHold)->text(), QStringLiteral("Release"));
  table_->selectAll();
  EXPECT_FALSE(enabled(JobCommands::kRename)) << "one at a time";
  EXPECT_EQ(table_->commands()->jobs().size(), 3u);
}

TEST_F(JobsPageTest, ActsOnAllThatFitByAction) {
  ASSERT_NO_FATAL_FAILURE(open());
  table_->selectAll();
  table_->commands()->action(JobCommands::kCancel)->trigger();
  auto* box = dialog<QMessageBox>();
  ASSERT_NE(box, nullptr);
  EXPECT_TRUE(box->text().contains(QStringLiteral("2 jobs"))) << "the third has ended";
  for (QAbstractButton* button : box->buttons()) {
    if (box->buttonRole(button) == QMessageBox::AcceptRole) button->click();
  }
  ASSERT_TRUE(awaitEvents([&] { return verbs().size() == 2; }));
  EXPECT_THAT(verbs(), ElementsAre("cancel 1", "cancel 2"));
}

TEST_F(JobsPageTest, AsksBeforeRemovingAndSaysWhatItFrees) {
  v1::JobStorage* storage = fake_.storage.add_jobs();
  storage->set_job_id(3);
  storage->set_full_bytes(3'000'000);
  storage->set_log_bytes(500'000);
  ASSERT_NO_FATAL_FAILURE(open());
  table_->select(3);
  table_->commands()->action(JobCommands::kRemove)->trigger();
  auto* box = dialog<QMessageBox>();
  ASSERT_NE(box, nullptr);
  EXPECT_EQ(box->textFormat(), Qt::PlainText);
  const QString frees = QStringLiteral("It frees ") + bytes(3'500'000);
  ASSERT_TRUE(awaitEvents([&] { return box->informativeText().startsWith(frees); }))
      << utf8(box->informativeText());
  EXPECT_TRUE(verbs().empty());
  for (QAbstractButton* button : box->buttons()) {
    if (box->buttonRole(button) == QMessageBox::AcceptRole) button->click();
  }
  ASSERT_TRUE(awaitEvents([&] { return table_->filter()->rowCount() == 2; }));
  EXPECT_THAT(verbs(), ElementsAre("remove 3"));
}

TEST_F(JobsPageTest, MovesByKeyBeforeTheOneAbove) {
  ASSERT_NO_FATAL_FAILURE(open());
  table_->select(2);
  table_->commands()->action(JobCommands::kUp)->trigger();
  auto moved = [&] {
    std::lock_guard lock(fake_.mutex);
    return fake_.moved;
  };
  ASSERT_TRUE(awaitEvents([&] { return moved().size() == 1; }));
  EXPECT_THAT(moved()[0].job_ids(), ElementsAre(2));
  EXPECT_EQ(moved()[0].before_job_id(), 1);
  // The last one stays where it is, and nothing is asked.
  table_->commands()->action(JobCommands::kDown)->trigger();
  table_->commands()->action(JobCommands::kBottom)->trigger();
  ASSERT_TRUE(awaitEvents([&] { return moved().size() == 2; }));
  EXPECT_EQ(moved()[1].place(), v1::MoveJobsRequest::BOTTOM);
}

TEST_F(JobsPageTest, DuplicatesWithOneChange) {
  ASSERT_NO_FATAL_FAILURE(open());
  table_->select(3);
  table_->commands()->action(JobCommands::kDuplicate)->trigger();
  auto* asked = dialog<DuplicateDialog>();
  ASSERT_NE(asked, nullptr);
  const QList<QLineEdit*> edits = asked->findChildren<QLineEdit*>();
  ASSERT_GE(edits.size(), 3);
  edits[0]->setText(QStringLiteral("optim.learning_rate"));
  auto press = [&] {
    for (QPushButton* button : asked->findChildren<QPushButton*>()) {
      if (button->isDefault()) button->click();
    }
  };
  press();
  EXPECT_TRUE(asked->isVisible()) << "a setting without a value is no change";
  edits[1]->setText(QStringLiteral("1e-4"));
  press();
  auto duplicated = [&] {
    std::lock_guard lock(fake_.mutex);
    return fake_.duplicated;
  };
  ASSERT_TRUE(awaitEvents([&] { return duplicated().size() == 1; }));
  EXPECT_THAT(duplicated()[0].overrides(), ElementsAre("optim.learning_rate=1e-4"));
  EXPECT_FALSE(duplicated()[0].request_id().empty());
  ASSERT_TRUE(awaitEvents([&] { return table_->filter()->rowCount() == 4; }));
}

TEST_F(JobsPageTest, SaysThatNothingMatchesAndHowToSeeAll) {
  ASSERT_NO_FATAL_FAILURE(open());
  auto* words = page_->findChild<QLineEdit*>();
  words->setText(QStringLiteral("no such job"));
  auto* faces = page_->findChild<Faces*>(QString(), Qt::FindDirectChildrenOnly);
  ASSERT_NE(faces, nullptr);
  EXPECT_EQ(faces->face(), Faces::Face::kEmpty);
  for (QPushButton* button : faces->findChildren<QPushButton*>()) {
    if (button->text() == QStringLiteral("Show all")) button->click();
  }
  EXPECT_EQ(faces->face(), Faces::Face::kContent);
  EXPECT_EQ(table_->filter()->rowCount(), 3);
}

}  // namespace
}  // namespace lab::gui
