// Groups and comparisons: show, metrics and compare of several runs, one of which diverged.

#include <cmath>
#include <filesystem>

#include "core/base/strings.h"
#include "tests/cli/labctl_fixture.h"

namespace lab::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

void AddLoss(v1::Job& job, double last, double best) {
  v1::MetricSummary& loss = *job.add_summary();
  loss.set_metric("train/loss");
  loss.set_unit("nats");
  loss.set_goal("min");
  loss.set_last(last);
  loss.set_step(3);
  loss.set_best(best);
  loss.set_best_step(2);
}

// Group "trio" of jobs 1, 2, 3; the last diverged at step 2.
class GroupsTest : public LabctlTest {
 protected:
  GroupsTest() {
    v1::GridPoint& point = *lab_.group.add_points();
    lab_.group.set_name("trio");
    for (int id = 1; id <= 3; ++id) {
      v1::Job& job = lab_.AddJob(id, id == 3 ? v1::Job::FAILED : v1::Job::SUCCEEDED);
      job.set_group("trio");
      job.set_member(StrCat("seed=", id));
      job.set_seed(id);
      job.mutable_progress()->set_step(3);
      job.mutable_progress()->set_total_steps(3);
      AddLoss(job, id, id - 0.5);
      *point.add_members() = job;
    }
    lab_.jobs[3].mutable_error()->set_reason("LOSS_NOT_FINITE");
    *point.mutable_members(2) = lab_.jobs[3];
    v1::GroupMetric& metric = *point.add_metrics();
    metric.set_metric("train/loss");
    metric.set_unit("nats");
    metric.set_goal("min");
    metric.mutable_tally()->set_members(3);
    metric.mutable_tally()->set_counted(2);
    metric.mutable_tally()->set_diverged(1);
    Set(metric.mutable_last(), 1.5, 0.5);
    Set(metric.mutable_best(), 1, 0.5);
    metric.set_first_step(3);
    metric.set_last_step(3);
    metric.mutable_best_member()->set_job_id(1);
    metric.mutable_best_member()->set_value(0.5);
    metric.mutable_best_member()->set_step(2);
    v1::GroupPart& part = lab_.group_series.emplace_back();
    part.set_name("train/loss");
    part.set_unit("nats");
    part.set_raw_count(3);
    part.set_members(3);
    AddRow(part, 1, 3, 0, 2, 0.5);
    AddRow(part, 2, 2, 1, 1.75, 0.25);
    AddRow(part, 3, 1, 1, 0.1 + 0.2, std::nan(""));
  }

  static void Set(v1::Statistic* statistic, double mean, double error) {
    statistic->set_mean(mean);
    statistic->set_standard_error(error);
    statistic->set_low(mean - error);
    statistic->set_high(mean + error);
  }
  static void AddRow(v1::GroupPart& part, int64_t step, int64_t n, int64_t diverged, double mean,
                     double error) {
    part.add_step(step);
    part.add_seconds(static_cast<double>(step));
    part.add_n(n);
    part.add_diverged(diverged);
    part.add_mean(mean);
    part.add_standard_error(error);
  }
  void AddSeries(const std::vector<double>& values) {
    v1::SeriesPart& part = lab_.series.emplace_back();
    part.set_name("train/loss");
    part.set_unit("nats");
    part.set_raw_count(static_cast<int64_t>(values.size()));
    for (double value : values) {
      part.add_step(part.step_size() + 1);
      part.add_seconds(part.step_size() * 0.5);
      part.add_value(value);
      part.add_attempt(1);
    }
  }
};

TEST_F(GroupsTest, ShowSaysWhatTheMembersComeTo) {
  EXPECT_EQ(Labctl({"show", "trio"}).out, R"(group trio  3 members: 2 succeeded, 1 failed

JOB  MEMBER  STATE      STEP  train/loss    BEST  AT STEP  ERROR
  1  seed=1  succeeded   3/3           1  0.5000        2
  2  seed=2  succeeded   3/3           2  1.5000        2
  3  seed=3  failed      3/3           3  2.5000        2  LOSS_NOT_FINITE

mean +/- standard error over the seeds
METRIC      N                   LAST           AT STEP  BEST           BEST MEMBER
train/loss  2 of 3, 1 diverged  1.50 +/- 0.50        3  1.00 +/- 0.50  job 1: 0.5000 at step 2

best train/loss: job 1: 0.5000 at step 2
)");
  terminal_.unicode = true;
  EXPECT_THAT(Labctl({"show", "trio"}).out, HasSubstr("1.50 ± 0.50"));
  EXPECT_EQ(Labctl({"show", "nobody"}).code, 3);
}

TEST_F(GroupsTest, ShowOfASweepHasARowForEachPoint) {
  lab_.group.mutable_points(0)->set_label("a=1");
  v1::GridPoint& second = *lab_.group.add_points();
  second = lab_.group.points(0);
  second.set_label("a=2");
  second.mutable_metrics(0)->mutable_last()->clear_standard_error();
  second.mutable_metrics(0)->mutable_best_member()->set_value(0.25);
  second.mutable_metrics(0)->mutable_best_member()->set_job_id(2);
  std::string out = Labctl({"show", "trio"}).out;
  EXPECT_THAT(out, HasSubstr("train/loss by grid point"));
  EXPECT_THAT(out, HasSubstr("a=1    2 of 3, 1 diverged  1.50 +/- 0.50"));
  EXPECT_THAT(out, HasSubstr("a=2    2 of 3, 1 diverged  1.5000 +/- undefined"));
  EXPECT_THAT(out, HasSubstr("best train/loss: job 2: 0.2500 at step 2"));
}

TEST_F(GroupsTest, ShowAsJsonHasNullForWhatIsUndefined) {
  lab_.group.mutable_points(0)->mutable_metrics(0)->mutable_last()->clear_standard_error();
  Json group = LabctlJson({"show", "trio"})["group"];
  EXPECT_EQ(group["name"], "trio");
  EXPECT_EQ(group["points"][0]["members"].size(), 3u);
  EXPECT_EQ(group["points"][0]["members"][2]["id"], 3);
  EXPECT_EQ(group["points"][0]["metrics"]["train/loss"].dump(),
            R"({"unit":"nats","goal":"min","n":2,"members":3,"diverged":1,"failed":0,)"
            R"("cancelled":0,"running":0,"waiting":0,"without":0,)"
            R"("last":{"mean":1.5,"standard_error":null,"low":1.0,"high":2.0},)"
            R"("best":{"mean":1.0,"standard_error":0.5,"low":0.5,"high":1.5},)"
            R"("first_step":3,"last_step":3,"best_member":{"job":1,"value":0.5,"step":2}})");
}

TEST_F(GroupsTest, MetricsOfAGroupShowWhoIsInTheMeanAtEachStep) {
  EXPECT_EQ(Labctl({"metrics", "trio", "train/loss"}).out,
            R"(group trio, mean +/- standard error of 3 members
STEP  SECONDS  train/loss            N
   1        1  2.00 +/- 0.50         3 of 3
   2        2  1.75 +/- 0.25         2 of 3, 1 diverged
   3        3  0.3000 +/- undefined  1 of 3, 1 diverged, 1 without a point
)");
  EXPECT_EQ(lab_.read_groups.back().names(0), "train/loss");
  EXPECT_THAT(Labctl({"metrics", "trio"}).out, HasSubstr("CURVE"));
  EXPECT_EQ(lab_.read_groups.back().max_points(), 200);
}

TEST_F(GroupsTest, MetricsOfAGroupReadBackFromCsvAndJson) {
  EXPECT_EQ(Labctl({"metrics", "trio", "--csv"}).out,
            "group,point,metric,step,seconds,members,n,diverged,mean,standard_error\n"
            "trio,,train/loss,1,1,3,3,0,2,0.5\n"
            "trio,,train/loss,2,2,3,2,1,1.75,0.25\n"
            "trio,,train/loss,3,3,3,1,1,0.30000000000000004,\n");
  EXPECT_EQ(Labctl({"metrics", "trio", "--json"}).out,
            R"({"schema_version":1,"group":"trio","grid":[{"label":"","members":3,"series":)"
            R"([{"name":"train/loss","unit":"nats","points":[[1,1.0,3,0,2.0,0.5],)"
            R"([2,2.0,2,1,1.75,0.25],[3,3.0,1,1,0.30000000000000004,null]],)"
            R"("raw_count":3,"thinned":false}]}]})"
            "\n");
  EXPECT_THAT(Labctl({"metrics", "trio", "--jsonl"}).out,
              HasSubstr(R"({"schema_version":1,"group":"trio","point":"","name":"train/loss",)"
                        R"("unit":"nats","step":3,"seconds":3.0,"members":3,"n":1,"diverged":1,)"
                        R"("mean":0.30000000000000004,"standard_error":null})"
                        "\n"));
}

TEST_F(GroupsTest, MetricsTakeSeveralRunsAndTheMembersOfAGroup) {
  AddSeries({2, std::nan("")});
  EXPECT_EQ(Labctl({"metrics", "1", "2", "train/loss", "--csv"}).out,
            "job,metric,step,seconds,value\n1,train/loss,1,0.5,2\n1,train/loss,2,1,NaN\n"
            "2,train/loss,1,0.5,2\n2,train/loss,2,1,NaN\n");
  Json runs = LabctlJson({"metrics", "1", "trio"})["runs"];
  EXPECT_EQ(runs[0]["job"], 1);
  EXPECT_EQ(runs[1]["group"], "trio");
  EXPECT_EQ(Labctl({"metrics", "1", "trio", "--csv"}).code, 2);
  EXPECT_EQ(LabctlJson({"metrics", "trio", "--members"})["runs"].size(), 3u);
  EXPECT_THAT(Labctl({"metrics", "1", "--jsonl"}).out,
              HasSubstr(R"("step":2,"seconds":1.0,"value":"NaN","attempt":1})"));
  Outcome wrong = Labctl({"metrics", "1", "2", "train/los"});
  EXPECT_EQ(wrong.code, 3);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean train/loss"));
  EXPECT_EQ(Labctl({"metrics", "1", "nobody", "--csv", "--jsonl"}).code, 2);
}

TEST_F(GroupsTest, MetricsWriteEventFilesForEveryMemberAndTheMean) {
  AddSeries({2, 1});
  const auto folder = lab_.folder() / "board";
  Json json = LabctlJson({"metrics", "trio", "1", "--tensorboard", folder.string()});
  std::vector<std::string> runs;
  for (const Json& run : json["runs"]) runs.push_back(run["run"]);
  EXPECT_THAT(runs, ElementsAre("trio/seed=1", "trio/seed=2", "trio/seed=3", "trio/mean", "job-1"));
  EXPECT_EQ(json["runs"][0]["points"], 2);
  EXPECT_EQ(json["runs"][3]["points"], 12);  // mean, lower, upper and n at three steps
  auto files = [&] {
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      count += entry.is_regular_file();
    }
    return count;
  };
  EXPECT_EQ(files(), 5);
  LabctlJson({"metrics", "trio", "1", "--tensorboard", folder.string()});
  EXPECT_EQ(files(), 5);  // replaced, not added
}

TEST_F(GroupsTest, CompareIntoAPipeIsATable) {
  AddSeries({3, 2, 1});
  EXPECT_EQ(Labctl({"compare", "1", "trio"}).out,
            R"(   RUN                                LAST  AT STEP           BEST  AT STEP  STATE
a  1 pretrain seed=1                     1        3         0.5000        2  succeeded
b  trio               0.3000 +/- undefined        3  1.00 +/- 0.50           1 of 3, 1 diverged, 1 without a point
)");
}

TEST_F(GroupsTest, CompareListsTheSettingsThatDiffer) {
  AddSeries({3, 2, 1});
  v1::SettingRow& row = *lab_.compared.add_rows();
  row.set_field("optim.learning_rate");
  for (const char* value : {"0.001", "0.003", "0.001"}) {
    v1::Setting& setting = *row.add_settings();
    setting.set_present(true);
    setting.set_value(value);
  }
  EXPECT_THAT(Labctl({"compare", "1", "2", "3"}).out,
              HasSubstr("\nSETTING              VALUES\n"
                        "optim.learning_rate  0.001 (a c), 0.003 (b)\n"));
  EXPECT_EQ(LabctlJson({"compare", "1", "2", "3"})["differences"].dump(),
            R"([{"field":"optim.learning_rate","values":["0.001","0.003","0.001"]}])");
}

TEST_F(GroupsTest, CompareDrawsOnATerminal) {
  AddSeries({3, 2, 1});
  terminal_.out_is_tty = true;
  terminal_.unicode = true;
  terminal_.fixed_columns = 70;
  Outcome outcome = Labctl({"compare", "1", "2", "--smooth", "0.5", "--x", "time"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("train/loss, nats, smoothed by 0.5000\n"));
  EXPECT_THAT(outcome.out, HasSubstr("┤"));
  EXPECT_THAT(outcome.out, HasSubstr("running time, seconds"));
  EXPECT_EQ(lab_.read_metrics.back().max_points(), 0);  // an average needs every point
  outcome = Labctl({"compare", "1", "2", "--color", "always"});
  EXPECT_THAT(outcome.out, HasSubstr("\x1b[38;5;32ma\x1b[0m"));
  EXPECT_EQ(lab_.read_metrics.back().max_points(), 560);
  terminal_.unicode = false;
  outcome = Labctl({"compare", "1", "2"});
  for (char c : outcome.out) EXPECT_GE(c, 0);
}

TEST_F(GroupsTest, CompareOfManySaysWhatItLeavesOut) {
  AddSeries({3, 2, 1});
  std::vector<std::string> words = {"compare", "--width", "60"};
  for (int id = 11; id <= 30; ++id) {
    AddLoss(lab_.AddJob(id, v1::Job::SUCCEEDED), id, 100 - id);
    words.push_back(std::to_string(id));
  }
  std::string out = Labctl(words).out;
  EXPECT_THAT(out, HasSubstr("the chart shows the 8 best of 20; left out, their letters in "
                             "brackets: 12 (--curves N draws more)"));
  EXPECT_THAT(out, HasSubstr("\nm    23 pretrain"));
  EXPECT_THAT(out, HasSubstr("\n(l)  22 pretrain"));
  words.insert(words.end(), {"--curves", "20"});
  EXPECT_THAT(Labctl(words).out, Not(HasSubstr("left out")));
}

TEST_F(GroupsTest, CompareRefusesWhatItCannot) {
  AddSeries({3, 2, 1});
  EXPECT_EQ(Labctl({"compare", "1", "--x", "epochs"}).code, 2);
  EXPECT_EQ(Labctl({"compare", "1", "--smooth", "1"}).code, 2);
  EXPECT_EQ(Labctl({"compare", "1", "--width", "7"}).code, 2);
  EXPECT_EQ(Labctl({"compare", "9"}).code, 3);
  Outcome outcome = Labctl({"compare", "1", "2", "--metric", "train/los"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("none of them has logged train/los; did you mean train/loss"));
  lab_.AddJob(4, v1::Job::QUEUED);
  outcome = Labctl({"compare", "4"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("nothing to compare"));
  outcome = Labctl({"compare", "1", "4"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("job 4 has not logged train/loss: left out"));
}

TEST_F(GroupsTest, CompareAsJsonHasEveryPoint) {
  AddSeries({3, 2, 0.1 + 0.2});
  Json json = LabctlJson({"compare", "1", "trio"});
  EXPECT_EQ(json["metric"], "train/loss");
  EXPECT_EQ(json["curves"][0]["points"].dump(), "[[1.0,3.0],[2.0,2.0],[3.0,0.30000000000000004]]");
  EXPECT_EQ(json["curves"][1]["group"], "trio");
  EXPECT_EQ(json["curves"][1]["points"][2].dump(), "[3.0,0.30000000000000004,null,1,1]");
  EXPECT_EQ(json["curves"][1]["best_standard_error"], 0.5);
}

}  // namespace
}  // namespace lab::cli
