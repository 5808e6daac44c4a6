// storage, storage prune and doctor as people and scripts see them.

#include <chrono>

#include "cli/health.h"
#include "cli/programs.h"
#include "core/base/file.h"
#include "core/base/version.h"
#include "tests/cli/labctl_fixture.h"

namespace lab::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Storage : public LabctlTest {
 protected:
  Storage() {
    v1::JobStorage& job = *lab_.storage.add_jobs();
    job.set_job_id(3);
    job.set_name("a run");
    job.set_state(v1::Job::SUCCEEDED);
    job.set_full_bytes(3'000'000);
    job.set_full_count(2);
    lab_.storage.set_total_bytes(5'000'000);
    lab_.storage.set_min_free_bytes(1'000'000);
    v1::PruneItem& item = *lab_.pruned.add_items();
    item.set_job_id(3);
    item.set_kind("checkpoint");
    item.set_name("step-000002");
    item.set_size_bytes(1'500'000);
    lab_.pruned.set_freed_bytes(1'500'000);
    lab_.pruned.add_notes("job 4 is running");
  }
};

TEST_F(Storage, ShowsJobsAndSums) {
  Outcome outcome = Labctl({"storage"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("3.00 MB (2)"));
  EXPECT_THAT(outcome.out, HasSubstr("no job starts below 1.00 MB"));
  Json document = LabctlJson({"storage"});
  EXPECT_EQ(document["jobs"][0]["full_bytes"], 3'000'000);
  EXPECT_EQ(document["max_bytes"], nullptr);
}

TEST_F(Storage, TellsBeforeItDeletesAndAsks) {
  Outcome nobody = Labctl({"storage", "prune"});
  EXPECT_EQ(nobody.code, 2);
  EXPECT_THAT(nobody.out, HasSubstr("step-000002"));
  EXPECT_THAT(nobody.err, HasSubstr("say --yes"));
  EXPECT_THAT(nobody.err, HasSubstr("job 4 is running"));
  terminal_.in_is_tty = terminal_.err_is_tty = true;
  input_ = "n\n";
  EXPECT_EQ(Labctl({"storage", "prune"}).code, 1);
  for (const auto& request : lab_.prunes) EXPECT_TRUE(request.dry_run());
  input_ = "y\n";
  Outcome yes = Labctl({"storage", "prune"});
  EXPECT_EQ(yes.code, 0) << yes.err;
  EXPECT_THAT(yes.out, HasSubstr("freed 1.50 MB (1500000 bytes)"));
  EXPECT_FALSE(lab_.prunes.back().dry_run());
}

TEST_F(Storage, SendsWhatWasAsked) {
  Outcome outcome = Labctl({"storage", "prune", "--older-than", "2h", "--keep-last", "4", "--jobs",
                            "3,5", "--cache", "--yes"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const v1::PruneStorageRequest& request = lab_.prunes.back();
  EXPECT_EQ(request.older_than_seconds(), 7200);
  EXPECT_EQ(request.keep_last(), 4);
  EXPECT_TRUE(request.cache());
  EXPECT_THAT(request.job_ids(), ElementsAre(3, 5));
  EXPECT_EQ(Labctl({"storage", "prune", "--older-than", "soon", "--yes"}).code, 2);
  EXPECT_EQ(Labctl({"storage", "prune", "--keep-last", "0", "--yes"}).code, 2);
  EXPECT_EQ(LabctlJson({"storage", "prune", "--dry-run"})["freed_bytes"], 1'500'000);
  EXPECT_EQ(Labctl({"storage", "prune", "--checkpoint", "3@2", "--yes"}).code, 0);
  EXPECT_THAT(lab_.prunes.back().checkpoints(), ElementsAre("3@2"));
}

TEST_F(Storage, DoctorTellsVersionsAndWhatLabdFound) {
  lab_.system.set_version(kLabVersion);
  v1::Finding& finding = *lab_.diagnosis.add_findings();
  finding.set_check("database");
  finding.set_verdict(kFine);
  finding.set_message("sound");
  Outcome fine = Labctl({"doctor"});
  EXPECT_EQ(fine.code, 0) << fine.out;
  EXPECT_THAT(fine.out, HasSubstr("ok  database: sound\n"));
  EXPECT_THAT(fine.out, HasSubstr("0 problems, 0 warnings\n"));
  lab_.system.set_version("9.8.7");
  finding.set_verdict(kProblem);
  finding.set_advice("put a copy back");
  Outcome bad = Labctl({"doctor"});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.out, HasSubstr("problem  labd: labd is of version 9.8.7"));
  EXPECT_THAT(bad.out, HasSubstr("problem  database: sound\n    put a copy back\n"));
  Outcome json = Labctl({"doctor", "--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_EQ(Json::parse(json.out)["problems"], 2);
}

TEST(Health, SaysWhatIsWrongWithAHome) {
  testing::FakeLab lab;
  Places places;
  places.data = places.state = places.cache = places.config = places.run = lab.folder() / "new";
  EXPECT_EQ(CheckHome(places).at(0).verdict(), kFine) << "it can be made";
  EXPECT_FALSE(std::filesystem::exists(places.data)) << "looking makes nothing";
  places.cache = "/proc/nothing";
  EXPECT_EQ(CheckHome(places).at(0).verdict(), kProblem);
  EXPECT_THAT(CheckHome(places).at(0).message(), HasSubstr("/proc"));
  ASSERT_TRUE(WriteFileAtomically(lab.folder() / "file", "x").ok());
  places.cache = lab.folder() / "file";
  EXPECT_THAT(CheckHome(places).at(0).message(), HasSubstr("is no folder"));
  places.run = lab.folder() / std::string(120, 'x');
  EXPECT_EQ(CheckSocket(places).at(0).verdict(), kProblem);
}

TEST(Health, TellsASocketThatNobodyServes) {
  testing::FakeLab lab;
  Places places;
  places.run = lab.folder();
  for (const auto& finding : CheckSocket(places)) EXPECT_NE(finding.verdict(), kProblem);
  lab.Stop();
  ASSERT_TRUE(WriteFileAtomically(places.socket(), "").ok());
  EXPECT_THAT(CheckSocket(places).back().message(), HasSubstr("left by a labd that is gone"));
}

TEST(Programs, GivesExitStatusAndBothStreams) {
  auto end = RunProgram({"/bin/sh", "-c", "echo out; echo err >&2; exit 7"}, 60);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->code, 7);
  EXPECT_EQ(end->out, "out\n");
  EXPECT_EQ(end->err, "err\n");
  EXPECT_TRUE(absl::IsNotFound(RunProgram({"/no/such/program"}, 60).status()));
  EXPECT_TRUE(absl::IsDeadlineExceeded(RunProgram({"/bin/sleep", "600"}, 0.05).status()));
}

}  // namespace
}  // namespace lab::cli
