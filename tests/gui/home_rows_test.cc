#include "gui/models/home_rows.h"

#include <gmock/gmock.h>

#include <QPushButton>

#include "gui/widgets/run_rows.h"

namespace lab::gui {
namespace {

v1::Job jobOf(int64_t id, v1::Job::State state, const std::string& group = "", double loss = 0) {
  v1::Job job;
  job.set_id(id);
  job.set_name(group.empty() ? "run" : group);
  job.set_state(state);
  job.set_group(group);
  if (!group.empty()) job.set_member("seed=" + std::to_string(id));
  if (loss > 0) {
    v1::MetricSummary* summary = job.add_summary();
    summary->set_metric("val/loss");
    summary->set_unit("nats");
    summary->set_last(loss);
  }
  return job;
}

TEST(QueueRows, SayWhatIsNextAndWhatWaitsForWhat) {
  v1::Job waits = jobOf(5, v1::Job::QUEUED);
  waits.add_dependencies()->set_job_id(4);
  waits.mutable_dependencies(0)->set_standing(v1::Dependency::WAITING);
  const auto rows = queueRows({jobOf(1, v1::Job::RUNNING), jobOf(7, v1::Job::HELD),
                               jobOf(2, v1::Job::QUEUED, "sweep"), waits,
                               jobOf(3, v1::Job::QUEUED, "sweep"), jobOf(4, v1::Job::QUEUED),
                               jobOf(6, v1::Job::QUEUED), jobOf(9, v1::Job::SUCCEEDED)});
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[0].right, QStringLiteral("held"));
  EXPECT_EQ(rows[1].right, QStringLiteral("next"));
  EXPECT_EQ(rows[1].id, QStringLiteral("2 – 3"));
  EXPECT_EQ(rows[1].beside, QStringLiteral("2 runs"));
  EXPECT_EQ(rows[2].right, QStringLiteral("after job 4"));
  EXPECT_EQ(rows[3].right, QStringLiteral("then"));
  EXPECT_EQ(rows[4].right, QString()) << "the order says the rest";
}

TEST(FinishedRows, TakeAGroupTogetherAndOpenItsBest) {
  const auto rows = finishedRows(
      {jobOf(9, v1::Job::SUCCEEDED, "sweep", 2.5), jobOf(8, v1::Job::SUCCEEDED, "sweep", 1.5),
       jobOf(7, v1::Job::SUCCEEDED, "", 3)},
      8);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].job, 8);
  EXPECT_EQ(rows[0].id, QStringLiteral("8 – 9"));
  EXPECT_EQ(rows[0].text, QStringLiteral("val/loss 1.5000 nats/token, best of them seed=8"));
  EXPECT_EQ(rows[1].job, 7);
}

TEST(FinishedRows, HideNoFailureBehindTheBest) {
  const auto rows = finishedRows(
      {jobOf(9, v1::Job::FAILED, "sweep"), jobOf(8, v1::Job::SUCCEEDED, "sweep", 1.5)}, 8);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].tone, Tone::kWarning);
  EXPECT_TRUE(rows[0].text.endsWith(QStringLiteral("(1 failed, 1 succeeded)")))
      << utf8(rows[0].text);
}

TEST(FinishedRows, KeepToTheirNumber) {
  std::vector<v1::Job> jobs;
  for (int64_t id = 20; id > 0; --id) jobs.push_back(jobOf(id, v1::Job::SUCCEEDED));
  const auto rows = finishedRows(jobs, 8);
  ASSERT_EQ(rows.size(), 8u);
  EXPECT_EQ(rows[0].job, 20);
}

// The sanitizer sees whether either kind leaves something behind.
TEST(RunRows, OpenTheJobOfTheRowThatIsPressed) {
  for (RunRows::Kind kind : {RunRows::Kind::kOneLine, RunRows::Kind::kWithCurve}) {
    RunRows rows(kind);
    rows.setRows(queueRows({jobOf(2, v1::Job::QUEUED), jobOf(3, v1::Job::HELD)}));
    std::vector<qint64> opened;
    QObject::connect(&rows, &RunRows::opened, &rows, [&](qint64 job) { opened.push_back(job); });
    for (QPushButton* row : rows.findChildren<QPushButton*>()) row->click();
    EXPECT_THAT(opened, testing::ElementsAre(2, 3));
  }
}

}  // namespace
}  // namespace lab::gui
