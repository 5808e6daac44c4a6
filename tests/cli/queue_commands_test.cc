// The commands about the queue: what they ask of labd and how they tell it.

#include "tests/cli/labctl_fixture.h"

namespace lab::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Dependency& Needs(v1::Job& job, int64_t id, v1::Dependency::Standing standing,
                      v1::Job::State state) {
  v1::Dependency& one = *job.add_dependencies();
  one.set_job_id(id);
  one.set_standing(standing);
  one.set_state(state);
  return one;
}

TEST_F(LabctlTest, AVerbTakesIdsGroupsAndListsOfThem) {
  for (int id : {1, 2, 3, 4}) lab_.AddJob(id, v1::Job::QUEUED);
  lab_.jobs[2].set_group("rates");
  lab_.jobs[3].set_group("rates");
  EXPECT_EQ(Labctl({"tag", "rates,4", "good", "paper"}).out,
            "job 2 is tagged good paper\njob 3 is tagged good paper\njob 4 is tagged good paper\n");
  EXPECT_EQ(Labctl({"tag", "--remove", "4", "good"}).out, "job 4 has no tags\n");
  EXPECT_EQ(Labctl({"hold", "1,3", "4"}).out, "job 1 queued\njob 3 queued\njob 4 queued\n");
  EXPECT_EQ(Labctl({"hold", "1,nothing"}).code, 3);
}

TEST_F(LabctlTest, ACommaMayStandInTheNameOfAGroup) {
  lab_.AddJob(1, v1::Job::QUEUED).set_group("a,b");
  EXPECT_EQ(Labctl({"priority", "a,b", "3"}).out, "job 1 has priority 3\n");
}

TEST_F(LabctlTest, NamesNotesAndPriorities) {
  lab_.AddJob(1, v1::Job::SUCCEEDED);
  EXPECT_EQ(Labctl({"rename", "1", "a", "new", "name"}).out, "job 1 is called a new name\n");
  EXPECT_EQ(Labctl({"note", "1", "try a lower rate"}).out, "job 1: try a lower rate\n");
  EXPECT_EQ(LabctlJson({"note", "1", ""})["jobs"][0]["note"], "");
  EXPECT_EQ(Labctl({"priority", "1", "-5"}).out, "job 1 has priority -5\n");
  EXPECT_EQ(Labctl({"priority", "1", "high"}).code, 2);
  EXPECT_EQ(Labctl({"priority", "1", "1", "2"}).code, 2);
  EXPECT_EQ(Labctl({"rename", "9", "x"}).code, 3);
  EXPECT_EQ(Labctl({"rename", "1"}).code, 2);
}

TEST_F(LabctlTest, MoveSaysWhereTo) {
  for (int id : {1, 2, 3}) lab_.AddJob(id, v1::Job::QUEUED);
  lab_.jobs[3].set_priority(2);
  EXPECT_EQ(Labctl({"move", "3", "1", "--top"}).out,
            "job 3 moved to the top (priority 2)\njob 1 moved to the top\n");
  EXPECT_THAT(lab_.moved.back().job_ids(), ElementsAre(3, 1));
  EXPECT_EQ(Labctl({"move", "3", "--before", "2"}).code, 0);
  EXPECT_EQ(lab_.moved.back().before_job_id(), 2);
  EXPECT_EQ(Labctl({"move", "3", "--bottom"}).code, 0);
  EXPECT_EQ(lab_.moved.back().place(), v1::MoveJobsRequest::BOTTOM);
  EXPECT_EQ(Labctl({"move", "3"}).code, 2);
  EXPECT_EQ(Labctl({"move", "3", "--top", "--bottom"}).code, 2);
  EXPECT_EQ(LabctlJson({"move", "3", "--top"})["jobs"][0]["id"], 3);
}

TEST_F(LabctlTest, SubmitAfterNamesWhatItWaitsFor) {
  lab_.catalog.add_job_types()->set_name("pretrain");
  for (int id : {1, 2, 3}) lab_.AddJob(id, v1::Job::RUNNING).set_group(id > 1 ? "seeds" : "");
  EXPECT_EQ(
      Labctl({"submit", "pretrain", "--after", "1", "--after", "seeds", "--priority", "4"}).out,
      "job 4 queued, waits for jobs 1, 2, 3\n");
  EXPECT_THAT(lab_.created.back().after(), ElementsAre(1, 2, 3));
  EXPECT_EQ(lab_.created.back().priority(), 4);
  EXPECT_EQ(Labctl({"submit", "pretrain", "--after-any", "3"}).out, "job 5 queued\n");
  EXPECT_THAT(lab_.created.back().after_any(), ElementsAre(3));
  EXPECT_EQ(Labctl({"submit", "pretrain", "--after", "nothing"}).code, 3);
}

TEST_F(LabctlTest, DuplicateSendsTheChanges) {
  lab_.AddJob(1, v1::Job::SUCCEEDED).set_group("rates");
  lab_.AddJob(2, v1::Job::SUCCEEDED).set_group("rates");
  Outcome outcome = Labctl({"duplicate", "2", "--set", "optim.learning_rate=1e-4", "--name",
                            "slower", "--hold", "--after", "1"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const v1::DuplicateJobRequest& request = lab_.duplicated.back();
  EXPECT_EQ(request.job_id(), 2);
  EXPECT_THAT(request.overrides(), ElementsAre("optim.learning_rate=1e-4"));
  EXPECT_EQ(request.name(), "slower");
  EXPECT_TRUE(request.hold());
  EXPECT_THAT(request.after(), ElementsAre(1));
  EXPECT_NE(request.request_id(), "");
  EXPECT_EQ(request.override_base(), std::filesystem::current_path().string());
  EXPECT_EQ(LabctlJson({"duplicate", "rates"})["jobs"].size(), 2u);
  EXPECT_EQ(Labctl({"duplicate", "1", "--set", "nonsense"}).code, 2);
  EXPECT_EQ(Labctl({"duplicate", "77"}).code, 3);
}

TEST_F(LabctlTest, DiffIsATableOrJson) {
  v1::SettingRow& row = *lab_.compared.add_rows();
  row.set_field("optim.learning_rate");
  for (const char* value : {"0.001", "0.003"}) {
    row.add_settings()->set_value(value);
    row.mutable_settings()->rbegin()->set_present(true);
  }
  row.mutable_settings(0)->set_origin("run.yaml:3");
  v1::SettingRow& other = *lab_.compared.add_rows();
  other.set_field("data.filter");
  other.add_settings();
  other.add_settings()->set_value("none");
  other.mutable_settings(1)->set_present(true);
  lab_.compared.set_same_count(40);
  EXPECT_EQ(Labctl({"diff", "1", "2"}).out,
            "FIELD                JOB 1  JOB 2\n"
            "optim.learning_rate  0.001  0.003\n"
            "data.filter          -      none\n");
  EXPECT_THAT(Labctl({"diff", "1", "2", "--origins"}).out,
              HasSubstr("0.001 (run.yaml:3)  0.003 (default)"));
  EXPECT_EQ(LabctlJson({"diff", "1,2"}).dump(),
            R"({"schema_version":1,"jobs":[1,2],"differences":[{"field":"optim.learning_rate",)"
            R"("settings":[{"value":"0.001","origin":"run.yaml:3"},)"
            R"({"value":"0.003","origin":null}]},{"field":"data.filter",)"
            R"("settings":[{"value":null,"origin":null},{"value":"none","origin":null}]}],)"
            R"("same":40})");
  EXPECT_EQ(Labctl({"diff", "1"}).code, 2);
  lab_.compared.clear_rows();
  EXPECT_EQ(Labctl({"diff", "1", "2"}).out, "");
}

TEST_F(LabctlTest, ListShowsWhatAJobWaitsForAndItsBestValue) {
  v1::Job& done = lab_.AddJob(1, v1::Job::SUCCEEDED);
  v1::MetricSummary& loss = *done.add_summary();
  loss.set_metric("val/loss");
  loss.set_last(1.5);
  loss.set_best(1.25);
  loss.set_best_step(300);
  EXPECT_THAT(Labctl({"list"}).out, Not(HasSubstr("WAITS FOR")));
  v1::Job& waiting = lab_.AddJob(2, v1::Job::QUEUED);
  Needs(waiting, 7, v1::Dependency::WAITING, v1::Job::RUNNING);
  Needs(waiting, 1, v1::Dependency::MET, v1::Job::SUCCEEDED);
  v1::Job& held = lab_.AddJob(3, v1::Job::HELD);
  Needs(held, 6, v1::Dependency::BROKEN, v1::Job::FAILED);
  held.mutable_error()->set_reason("DEPENDENCY_FAILED");
  held.mutable_error()->set_message("job 6 has failed");
  std::string out = Labctl({"list"}).out;
  for (const char* text : {"WAITS FOR", "job 7", "job 6 failed", "1.2500 @300", "BEST"}) {
    EXPECT_THAT(out, HasSubstr(text));
  }
  Json job = LabctlJson({"list"})["jobs"][1];
  EXPECT_EQ(job["waits_for"].dump(), "[7]");
  EXPECT_EQ(job["dependencies"][1].dump(),
            R"({"job":1,"any":false,"standing":"met","state":"succeeded"})");
  EXPECT_THAT(Labctl({"show", "2"}).out, HasSubstr("job 7 (running); job 1 (succeeded)"));
  EXPECT_THAT(Labctl({"show", "3"}).out, HasSubstr("job 6 has failed (DEPENDENCY_FAILED)"));
  EXPECT_EQ(Labctl({"release", "3"}).out, "job 3 held: job 6 has failed (DEPENDENCY_FAILED)\n");
  Labctl({"list", "--tag", "good", "--tag", "paper"});
  EXPECT_THAT(lab_.listed.back().tags(), ElementsAre("good", "paper"));
}

}  // namespace
}  // namespace lab::cli
