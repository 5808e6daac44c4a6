#include "gui/models/job_tree_model.h"

#include <gmock/gmock.h>

#include <QAbstractItemModelTester>
#include <QItemSelectionModel>
#include <QMimeData>
#include <QSignalSpy>
#include <algorithm>
#include <memory>
#include <random>

#include "gui/models/job_filter.h"

namespace lab::gui {
namespace {

using ::testing::ElementsAre;

v1::Job jobOf(int64_t id, v1::Job::State state, const std::string& group = "") {
  v1::Job job;
  job.set_id(id);
  job.set_name("run " + std::to_string(id));
  job.set_type("pretrain");
  job.set_state(state);
  job.set_group(group);
  if (!group.empty()) job.set_member("seed=" + std::to_string(id));
  return job;
}

void setLoss(v1::Job* job, double best) {
  v1::MetricSummary* loss = job->add_summary();
  loss->set_metric("val/loss");
  loss->set_last(best);
  loss->set_best(best);
}

class JobTree : public ::testing::Test {
 protected:
  void set(const std::vector<v1::Job>& jobs) {
    std::vector<uint64_t> prints;
    for (const v1::Job& job : jobs)
      prints.push_back(std::hash<std::string>()(job.SerializeAsString()));
    model_.setJobs(jobs, prints);
  }
  QString cell(int64_t id, int column) const {
    return model_.indexOf(id).siblingAtColumn(column).data().toString();
  }
  QString groupCell(int row, int column) const {
    return model_.index(row, column).data().toString();
  }
  // Ids in the order of the rows, groups opened.
  std::vector<int64_t> shown() const {
    std::vector<int64_t> ids;
    for (int row = 0; row < model_.rowCount(); ++row) {
      const QModelIndex top = model_.index(row, 0);
      if (const v1::Job* job = model_.job(top)) ids.push_back(job->id());
      for (int member = 0; member < model_.rowCount(top); ++member) {
        ids.push_back(model_.job(model_.index(member, 0, top))->id());
      }
    }
    return ids;
  }

  JobTreeModel model_;
  QAbstractItemModelTester tester_{&model_, QAbstractItemModelTester::FailureReportingMode::Fatal};
};

TEST_F(JobTree, GathersTheMembersOfAGroupWhereItsFirstOneStands) {
  set({jobOf(5, v1::Job::RUNNING), jobOf(6, v1::Job::RUNNING, "g"), jobOf(8, v1::Job::QUEUED),
       jobOf(7, v1::Job::QUEUED, "g"), jobOf(1, v1::Job::SUCCEEDED)});
  EXPECT_EQ(model_.rowCount(), 4);
  EXPECT_THAT(shown(), ElementsAre(5, 6, 7, 8, 1));
  EXPECT_EQ(groupCell(1, JobTreeModel::kName), QStringLiteral("run 6, 2 runs"));
  EXPECT_EQ(groupCell(1, JobTreeModel::kProgress), QStringLiteral("1 running, 1 queued"));
  EXPECT_EQ(cell(7, JobTreeModel::kName), QStringLiteral("seed=7"));
}

TEST_F(JobTree, KeepsSelectionOverAnyRefreshAndResetsNever) {
  std::mt19937 random(3);
  std::vector<v1::Job> all;
  for (int64_t id = 1; id <= 40; ++id) {
    all.push_back(jobOf(id, v1::Job::QUEUED, id % 3 == 0 ? "g" + std::to_string(id % 4) : ""));
  }
  set(all);
  QItemSelectionModel selection(&model_);
  const auto rows = QItemSelectionModel::Select | QItemSelectionModel::Rows;
  selection.select(model_.indexOf(7), rows);
  selection.select(model_.indexOf(9), rows);
  QSignalSpy resets(&model_, &QAbstractItemModel::modelReset);
  for (int round = 0; round < 200; ++round) {
    std::shuffle(all.begin(), all.end(), random);
    std::vector<v1::Job> some;
    for (const v1::Job& job : all) {
      if (job.id() == 7 || job.id() == 9 || random() % 4 > 0) some.push_back(job);
    }
    set(some);
    const std::vector<v1::Job> chosen = model_.jobsOf(selection.selectedRows());
    ASSERT_EQ(chosen.size(), 2u);
    ASSERT_EQ(chosen[0].id() + chosen[1].id(), 16);
    ASSERT_EQ(shown().size(), some.size());
  }
  EXPECT_EQ(resets.count(), 0);
}

TEST_F(JobTree, TellsOnlyTheRowsThatDiffer) {
  std::vector<v1::Job> jobs = {jobOf(3, v1::Job::RUNNING), jobOf(2, v1::Job::SUCCEEDED),
                               jobOf(1, v1::Job::SUCCEEDED)};
  set(jobs);
  QSignalSpy changes(&model_, &QAbstractItemModel::dataChanged);
  set(jobs);
  EXPECT_EQ(changes.count(), 0);
  jobs[0].mutable_progress()->set_step(5);
  set(jobs);
  ASSERT_EQ(changes.count(), 1);
  EXPECT_EQ(changes[0][0].toModelIndex().row(), 0);
}

TEST_F(JobTree, TouchesOneRowOfThousandsWhenOneJobMoves) {
  std::vector<v1::Job> jobs;
  for (int64_t id = 5000; id > 0; --id) {
    jobs.push_back(jobOf(id, v1::Job::SUCCEEDED, id % 2 == 0 ? "g" + std::to_string(id / 10) : ""));
  }
  JobTreeModel model;  // without the tester, which walks over all rows at every change
  auto set = [&] {
    std::vector<uint64_t> prints;
    for (const v1::Job& job : jobs) {
      prints.push_back(static_cast<uint64_t>(job.id() * 16 + job.state()));
    }
    model.setJobs(jobs, prints);
  };
  set();
  QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
  QSignalSpy moves(&model, &QAbstractItemModel::rowsMoved);
  std::rotate(jobs.begin(), jobs.begin() + 1, jobs.begin() + 2500);
  jobs[0].set_state(v1::Job::FAILED);
  set();
  EXPECT_LE(changes.count(), 2) << "a job, and its group";
  EXPECT_LE(moves.count(), 4) << "the row, and its member";
}

TEST_F(JobTree, NamesTheBestMemberAndTheMeanOnceItIsKnown) {
  v1::Job first = jobOf(1, v1::Job::SUCCEEDED, "g"), second = jobOf(2, v1::Job::SUCCEEDED, "g");
  setLoss(&first, 1.5);
  setLoss(&second, 1.25);
  set({first, second});
  EXPECT_EQ(groupCell(0, JobTreeModel::kResult), QStringLiteral("best 1.2500 by seed=2"));
  v1::Group group;
  group.set_name("g");
  v1::GroupMetric* loss = group.add_points()->add_metrics();
  loss->set_metric("val/loss");
  loss->mutable_tally()->set_members(2);
  loss->mutable_tally()->set_counted(2);
  loss->mutable_last()->set_mean(1.375);
  loss->mutable_last()->set_standard_error(0.125);
  model_.setGroup(group);
  EXPECT_THAT(utf8(groupCell(0, JobTreeModel::kResult)), ::testing::HasSubstr("± 0.1"));
  // One run has no spread: none is claimed.
  loss->mutable_tally()->set_counted(1);
  loss->mutable_last()->clear_standard_error();
  model_.setGroup(group);
  EXPECT_THAT(utf8(groupCell(0, JobTreeModel::kResult)), ::testing::Not(::testing::HasSubstr("±")));
}

TEST_F(JobTree, AsksForWhatWasTypedAndNothingElse) {
  v1::Job job = jobOf(4, v1::Job::QUEUED);
  job.add_tags("old");
  job.add_tags("stays");
  set({job});
  QSignalSpy wanted(&model_, &JobTreeModel::updateWanted);
  const QModelIndex at = model_.indexOf(4);
  EXPECT_TRUE(model_.setData(at.siblingAtColumn(JobTreeModel::kTags),
                             QStringLiteral(" stays  new "), Qt::EditRole));
  EXPECT_FALSE(model_.setData(at.siblingAtColumn(JobTreeModel::kName), QStringLiteral("run 4"),
                              Qt::EditRole));
  EXPECT_FALSE(model_.setData(at, QStringLiteral("9"), Qt::EditRole));
  ASSERT_EQ(wanted.count(), 1);
  const auto request = wanted[0][0].value<v1::UpdateJobRequest>();
  EXPECT_THAT(request.add_tags(), ElementsAre("new"));
  EXPECT_THAT(request.remove_tags(), ElementsAre("old"));
  EXPECT_FALSE(request.has_name());
}

TEST_F(JobTree, DropsBeforeTheNextJobThatWaits) {
  set({jobOf(1, v1::Job::RUNNING), jobOf(2, v1::Job::QUEUED), jobOf(3, v1::Job::HELD, "g"),
       jobOf(4, v1::Job::QUEUED, "g"), jobOf(5, v1::Job::QUEUED), jobOf(9, v1::Job::FAILED)});
  QSignalSpy wanted(&model_, &JobTreeModel::moveWanted);
  auto drop = [&](std::vector<int64_t> ids, int row, const QModelIndex& parent = {}) {
    QModelIndexList rows;
    for (int64_t id : ids) rows << model_.indexOf(id);
    const std::unique_ptr<QMimeData> data(model_.mimeData(rows));
    if (data == nullptr) return v1::MoveJobsRequest();
    EXPECT_TRUE(model_.dropMimeData(data.get(), Qt::MoveAction, row, 0, parent));
    return wanted.takeLast()[0].value<v1::MoveJobsRequest>();
  };
  EXPECT_EQ(drop({5}, 0).before_job_id(), 2);
  EXPECT_EQ(drop({5}, 2).before_job_id(), 3);
  EXPECT_EQ(drop({2}, 1, model_.index(2, 0)).before_job_id(), 4);
  // Onto itself or its own group: before what follows.
  EXPECT_EQ(drop({3, 4}, -1, model_.index(2, 0)).before_job_id(), 5);
  EXPECT_EQ(drop({2}, -1).place(), v1::MoveJobsRequest::BOTTOM);
  EXPECT_EQ(drop({2}, 4).place(), v1::MoveJobsRequest::BOTTOM);
  EXPECT_THAT(drop({5, 2}, 0).job_ids(), ElementsAre(2, 5)) << "in the queue's order";
  // What does not wait has no place in the queue.
  EXPECT_EQ(model_.mimeData({model_.indexOf(1), model_.indexOf(9)}), nullptr);
}

TEST_F(JobTree, NeverTakesWhatPeopleWroteForMarkup) {
  v1::Job job = jobOf(1, v1::Job::QUEUED);
  job.set_name("<b>bold</b>");
  set({job});
  EXPECT_EQ(model_.indexOf(1).siblingAtColumn(JobTreeModel::kName).data(Qt::ToolTipRole).toString(),
            QStringLiteral("&lt;b&gt;bold&lt;/b&gt;"));
}

class Filter : public JobTree {
 protected:
  std::vector<int64_t> through() {
    std::vector<int64_t> ids;
    QModelIndexList rows;
    for (int row = 0; row < filter_.rowCount(); ++row) rows << filter_.index(row, 0);
    for (const v1::Job& job : filter_.jobsOf(rows)) ids.push_back(job.id());
    return ids;
  }
  JobFilter filter_{&model_};
  QAbstractItemModelTester filter_tester_{&filter_,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal};
};

TEST_F(Filter, LetsThroughWhatMatchesInAllWays) {
  v1::Job tagged = jobOf(2, v1::Job::FAILED, "g");
  tagged.add_tags("keep");
  tagged.set_note("Learning Rate too high");
  set({jobOf(1, v1::Job::QUEUED), tagged, jobOf(3, v1::Job::QUEUED, "g")});
  EXPECT_THAT(through(), ElementsAre(1, 2, 3));
  filter_.setWords(QStringLiteral("learning high"));
  EXPECT_THAT(through(), ElementsAre(2)) << "its group comes along, other members do not";
  filter_.setStates({v1::Job::QUEUED});
  EXPECT_EQ(filter_.rowCount(), 0);
  filter_.setWords({});
  EXPECT_THAT(through(), ElementsAre(1, 3));
  filter_.setStates({});
  filter_.setTag(QStringLiteral("keep"));
  EXPECT_THAT(through(), ElementsAre(2));
  filter_.setTag({});
  filter_.setType(QStringLiteral("tokenize"));
  EXPECT_EQ(filter_.rowCount(), 0);
}

TEST_F(Filter, FollowsAJobThatChangesIntoOrOutOfIt) {
  filter_.setStates({v1::Job::FAILED});
  set({jobOf(1, v1::Job::RUNNING, "g"), jobOf(2, v1::Job::RUNNING)});
  EXPECT_EQ(filter_.rowCount(), 0);
  set({jobOf(1, v1::Job::FAILED, "g"), jobOf(2, v1::Job::FAILED)});
  EXPECT_THAT(through(), ElementsAre(1, 2));
  set({jobOf(1, v1::Job::QUEUED, "g"), jobOf(2, v1::Job::FAILED)});
  EXPECT_THAT(through(), ElementsAre(2));
}

TEST_F(Filter, SortsByLossWithWhatHasNoneLast) {
  v1::Job good = jobOf(1, v1::Job::SUCCEEDED), bad = jobOf(2, v1::Job::SUCCEEDED);
  setLoss(&good, 1.5);
  setLoss(&bad, 2.5);
  set({jobOf(3, v1::Job::QUEUED), bad, good});
  filter_.sort(JobTreeModel::kResult);
  std::vector<int64_t> ids;
  for (int row = 0; row < filter_.rowCount(); ++row)
    ids.push_back(filter_.job(filter_.index(row, 0))->id());
  EXPECT_THAT(ids, ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace lab::gui
