// labd as a whole, with the stand-in worker: kills, restarts, stops.

#include <chrono>
#include <csignal>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/places.h"
#include "core/base/strings.h"
#include "daemon/daemon.h"
#include "daemon/job_folder.h"
#include "daemon/recovery.h"
#include "daemon/store/store.h"
#include "lab/v1/catalog.grpc.pb.h"
#include "lab/v1/job_service.grpc.pb.h"
#include "lab/v1/metric.grpc.pb.h"
#include "lab/v1/system.grpc.pb.h"
#include "tests/daemon/daemon_fixture.h"

namespace lab {
namespace {

using Job = v1::Job;

v1::SetJobRequest Setting(int64_t id, const std::string& assignment) {
  v1::SetJobRequest request;
  request.set_job_id(id);
  request.add_overrides(assignment);
  return request;
}

TEST_F(DaemonTest, AChangeActsIsRecordedAndActsAgainAtItsStepAfterACrash) {
  Start();
  // The worker crashes once, after the change acted.
  int64_t id = Submit(
      "steps: 3000\nstep_ms: 2\ncheckpoint_every: 5\ncrash_at: 600\ncrash_until_attempt: 1\n");
  ASSERT_TRUE(AwaitStep(id, 3));
  grpc::ClientContext context;
  v1::SetJobResponse answer;
  ASSERT_TRUE(jobs_->SetJob(&context, Setting(id, "optim.learning_rate=1e-4"), &answer).ok());
  ASSERT_EQ(answer.changes_size(), 1);
  EXPECT_FALSE(answer.changes(0).has_step());
  ASSERT_TRUE(Eventually([&] { return Get(id).changes(0).has_step(); }));
  const int64_t step = Get(id).changes(0).step();
  EXPECT_GE(step, 3);
  // The same value again changes nothing.
  grpc::ClientContext again;
  ASSERT_TRUE(jobs_->SetJob(&again, Setting(id, "optim.learning_rate=1e-4"), &answer).ok());
  EXPECT_EQ(answer.changes_size(), 0);
  ASSERT_TRUE(Eventually([&] { return Get(id).attempt() == 2; }));
  ASSERT_TRUE(AwaitStep(id, 605));
  EXPECT_EQ(Get(id).changes_size(), 1);
  EXPECT_EQ(Get(id).changes(0).step(), step);
  grpc::ClientContext asked;
  v1::GetJobRequest request;
  request.set_job_id(id);
  v1::JobConfig config;
  ASSERT_TRUE(jobs_->GetJobConfig(&asked, request, &config).ok());
  EXPECT_EQ(config.resolved().find("learning_rate"), std::string::npos);
  EXPECT_NE(config.current().find("optim.learning_rate: 1e-4"), std::string::npos);
}

TEST_F(DaemonTest, AChangeBeforeTheStartOutlivesLabdAndActsAtStepZero) {
  Start();
  int64_t blocker = Submit("steps: 100000\nstep_ms: 5\n");
  int64_t id = Submit("steps: 3\n");
  ASSERT_TRUE(AwaitState(blocker, Job::RUNNING));
  grpc::ClientContext context;
  v1::SetJobResponse answer;
  ASSERT_TRUE(jobs_->SetJob(&context, Setting(id, "sample.every=7"), &answer).ok());
  Kill();
  Start();
  ASSERT_EQ(Get(id).changes_size(), 1);
  EXPECT_FALSE(Get(id).changes(0).has_step());
  EXPECT_TRUE(Do(&v1::JobService::Stub::CancelJob, blocker).ok());
  ASSERT_TRUE(AwaitState(id, Job::SUCCEEDED));
  EXPECT_EQ(Get(id).changes(0).step(), 0);
}

TEST_F(DaemonTest, RefusesAChangeOfWhatIsNotLiveAndOfWhatHasSucceeded) {
  Start();
  int64_t id = Submit("steps: 3\n");
  ASSERT_TRUE(AwaitState(id, Job::SUCCEEDED));
  v1::SetJobResponse answer;
  grpc::ClientContext late;
  grpc::Status status = jobs_->SetJob(&late, Setting(id, "sample.every=7"), &answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_NE(status.error_message().find("duplicate"), std::string::npos) << status.error_message();
  int64_t other = Submit("steps: 100000\nstep_ms: 5\n");
  grpc::ClientContext fixed;
  status = jobs_->SetJob(&fixed, Setting(other, "model.layers=7"), &answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
  EXPECT_EQ(Get(other).changes_size(), 0);
}

TEST_F(DaemonTest, RunsAJobToItsEnd) {
  Start();
  int64_t id = Submit("steps: 50\n");
  ASSERT_TRUE(AwaitState(id, Job::SUCCEEDED));
  EXPECT_EQ(LossSteps(id), UpTo(50));
  EXPECT_EQ(Get(id).attempt(), 1);
  EXPECT_TRUE(std::filesystem::exists(places_.job(id) / "config.yaml"));
  EXPECT_NE(ReadFile(places_.job(id) / "log")->find("starting at step 0"), std::string::npos);
  EXPECT_EQ(*ReadFile(places_.pid()), StrCat(pid_, "\n"));
  struct stat info = {};
  ASSERT_EQ(::stat(places_.run.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  EXPECT_EQ(Terminate(), 0);
  EXPECT_FALSE(std::filesystem::exists(places_.pid()));
}

TEST_F(DaemonTest, ASecondLabdOnOneHomeIsRefusedAndDoesNoHarm) {
  Start();
  pid_t second = Spawn(dir_.path() / "second.err");
  int status = 0;
  ASSERT_EQ(::waitpid(second, &status, 0), second);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 4);
  std::string said = *ReadFile(dir_.path() / "second.err");
  EXPECT_NE(said.find(StrCat("process ", pid_)), std::string::npos) << said;
  int64_t id = Submit("steps: 3\n");
  EXPECT_TRUE(AwaitState(id, Job::SUCCEEDED));
}

TEST_F(DaemonTest, ACleanStopGoesOnAtTheNextStartInTheSameAttempt) {
  Start();
  int64_t id = Submit("steps: 300\nstep_ms: 5\n");
  ASSERT_TRUE(AwaitStep(id, 10));
  EXPECT_EQ(Terminate(), 0);
  Start();
  ASSERT_TRUE(AwaitState(id, Job::SUCCEEDED));
  EXPECT_EQ(LossSteps(id), UpTo(300));
  EXPECT_EQ(Get(id).attempt(), 1);
}

TEST_F(DaemonTest, ASecondSignalLeavesAtOnce) {
  Start();
  int64_t id = Submit("steps: 100000\nstep_ms: 1\nignore_stop: 1\nignore_terminate: 1\n");
  ASSERT_TRUE(AwaitStep(id, 3));
  ASSERT_TRUE(Eventually([&] { return Get(id).worker_pid() > 0; }));
  pid_t worker = static_cast<pid_t>(Get(id).worker_pid());
  ::kill(pid_, SIGTERM);
  ::kill(pid_, SIGINT);
  EXPECT_EQ(Wait(), 0);
  EXPECT_NE(::kill(worker, 0), 0);
  Start();
  ASSERT_TRUE(Eventually([&] { return Get(id).worker_pid() > 0; }));
  EXPECT_EQ(Get(id).state(), Job::RUNNING);
  ::kill(static_cast<pid_t>(Get(id).worker_pid()), SIGKILL);  // it would not leave by itself
  Kill();
}

TEST_F(DaemonTest, AKilledLabdTakesInTheFarewellAtTheNextStart) {
  Start();
  int64_t id = Submit("steps: 400\nstep_ms: 5\n");
  ASSERT_TRUE(AwaitStep(id, 20));
  Kill();
  Start();
  ASSERT_TRUE(AwaitState(id, Job::SUCCEEDED));
  Job job = Get(id);
  EXPECT_EQ(LossSteps(id), UpTo(400));
  EXPECT_EQ(job.attempt(), 2);
  ASSERT_GE(job.checkpoints_size(), 1);
  EXPECT_GE(job.checkpoints(0).step(), 20);
  // It went on where it was: nothing was done twice.
  EXPECT_NE(ReadFile(places_.job(id) / "log")
                ->find(StrCat("starting at step ", job.checkpoints(0).step())),
            std::string::npos);
}

TEST_F(DaemonTest, AKilledWorkerIsStartedAgainFromTheLastCheckpoint) {
  Start();
  int64_t id = Submit("steps: 300\nstep_ms: 2\ncheckpoint_every: 10\n");
  ASSERT_TRUE(AwaitStep(id, 25));
  ASSERT_TRUE(Eventually([&] { return Get(id).worker_pid() > 0; }));
  ::kill(static_cast<pid_t>(Get(id).worker_pid()), SIGKILL);
  ASSERT_TRUE(AwaitState(id, Job::SUCCEEDED));
  EXPECT_EQ(Get(id).attempt(), 2);
  EXPECT_EQ(LossSteps(id), UpTo(300));
}

TEST_F(DaemonTest, BothKilledGoOnFromTheLastRecordedCheckpoint) {
  Start();
  int64_t id = Submit("steps: 300\nstep_ms: 2\ncheckpoint_every: 10\n");
  ASSERT_TRUE(AwaitStep(id, 25));
  ASSERT_TRUE(Eventually([&] { return Get(id).worker_pid() > 0; }));
  pid_t worker = static_cast<pid_t>(Get(id).worker_pid());
  ::kill(pid_, SIGSTOP);
  ::kill(worker, SIGKILL);
  Kill();
  Start();
  ASSERT_TRUE(AwaitState(id, Job::SUCCEEDED));
  EXPECT_EQ(LossSteps(id), UpTo(300));
}

TEST_F(DaemonTest, ThreeCrashesFailWithTheReason) {
  Start();
  int64_t id = Submit("steps: 10\ncrash_at: 3\n");
  int64_t next = Submit("steps: 3\n");
  ASSERT_TRUE(AwaitState(id, Job::FAILED));
  Job job = Get(id);
  EXPECT_EQ(job.error().reason(), "WORKER_CRASHED");
  EXPECT_NE(job.error().message().find("SIGSEGV"), std::string::npos);
  EXPECT_EQ(job.attempt(), 3);
  EXPECT_TRUE(AwaitState(next, Job::SUCCEEDED));  // the queue goes on
}

TEST_F(DaemonTest, CrashesThatEndAreSurvived) {
  Start();
  int64_t id = Submit("steps: 10\ncrash_at: 3\ncrash_until_attempt: 2\n");
  ASSERT_TRUE(AwaitState(id, Job::SUCCEEDED));
  EXPECT_EQ(Get(id).attempt(), 3);
  EXPECT_EQ(LossSteps(id), UpTo(10));
}

TEST_F(DaemonTest, FailuresAndHostileFramesFailAtOnce) {
  Start();
  int64_t nan = Submit("fail_at: 2\nfail_reason: LOSS_NOT_FINITE\n");
  int64_t hostile = Submit("hostile_at: 2\nsteps: 100000\nstep_ms: 1\n");
  ASSERT_TRUE(AwaitState(nan, Job::FAILED));
  EXPECT_EQ(Get(nan).error().reason(), "LOSS_NOT_FINITE");
  EXPECT_EQ(Get(nan).attempt(), 1);
  ASSERT_TRUE(AwaitState(hostile, Job::FAILED));
  EXPECT_EQ(Get(hostile).error().reason(), "WORKER_PROTOCOL");
}

TEST_F(DaemonTest, PausedJobsResumeWithoutAGap) {
  Start();
  int64_t id = Submit("steps: 200\nstep_ms: 5\n");
  ASSERT_TRUE(AwaitStep(id, 5));
  EXPECT_TRUE(Do(&v1::JobService::Stub::PauseJob, id).ok());
  ASSERT_TRUE(AwaitState(id, Job::PAUSED));
  EXPECT_EQ(Get(id).device(), "");
  EXPECT_EQ(Get(id).worker_pid(), 0);
  EXPECT_TRUE(Do(&v1::JobService::Stub::ResumeJob, id).ok());
  ASSERT_TRUE(AwaitState(id, Job::SUCCEEDED));
  EXPECT_EQ(Get(id).attempt(), 2);
  EXPECT_EQ(LossSteps(id), UpTo(200));
}

TEST_F(DaemonTest, AJobIsCancelledWhileItTokenises) {
  Start();
  int64_t id = Submit("tokenise_forever: 1\n");
  ASSERT_TRUE(Eventually([&] { return Get(id).progress().phase() == "tokenising"; }));
  EXPECT_TRUE(Do(&v1::JobService::Stub::CancelJob, id).ok());
  ASSERT_TRUE(AwaitState(id, Job::CANCELLED));
  EXPECT_TRUE(Do(&v1::JobService::Stub::ResumeJob, id).ok());
  EXPECT_TRUE(AwaitState(id, Job::RUNNING));
}

TEST_F(DaemonTest, AStoppingJobOfAKilledLabdBecomesPaused) {
  Start();
  int64_t id = Submit("steps: 100000\nstep_ms: 1\nstop_ms: 500\n");
  ASSERT_TRUE(AwaitStep(id, 5));
  EXPECT_TRUE(Do(&v1::JobService::Stub::PauseJob, id).ok());
  Kill();
  Start();
  EXPECT_TRUE(AwaitState(id, Job::PAUSED));
}

TEST_F(DaemonTest, ShutdownByCallLeavesAsASignalDoes) {
  Start();
  auto system = v1::SystemService::NewStub(channel_);
  grpc::ClientContext context;
  v1::ShutdownResponse response;
  ASSERT_TRUE(system->Shutdown(&context, {}, &response).ok());
  EXPECT_EQ(Wait(), 0);
}

TEST_F(DaemonTest, AnIdleLabdLeavesWhenToldTo) {
  pid_ = Spawn(dir_.path() / "labd.err", {"--idle-exit", "0.01"});
  EXPECT_EQ(Wait(), 0);
}

TEST_F(DaemonTest, RemoveDeletesTheFolder) {
  Start();
  int64_t id = Submit("steps: 3\n");
  ASSERT_TRUE(AwaitState(id, Job::SUCCEEDED));
  grpc::ClientContext context;
  v1::JobRequest request;
  request.set_job_id(id);
  v1::RemoveJobResponse response;
  ASSERT_TRUE(jobs_->RemoveJob(&context, request, &response).ok());
  EXPECT_GT(response.freed_bytes(), 0);
  EXPECT_FALSE(std::filesystem::exists(places_.job(id)));
}

TEST_F(DaemonTest, AWrongLabdYamlStartsNothingAndSaysAllThatIsWrong) {
  std::filesystem::create_directories(places_.config);
  std::filesystem::path file = places_.config / "labd.yaml";
  ASSERT_TRUE(
      WriteFileAtomically(file, "listn: 1\nlog: {level: loud}\nstorage:\n  max_bytes: -1\n").ok());
  pid_ = Spawn(dir_.path() / "wrong.err");
  int status = Wait();
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 2);
  std::string said = *ReadFile(dir_.path() / "wrong.err");
  EXPECT_NE(said.find(StrCat(file.string(), ":1: listn: unknown key")), std::string::npos) << said;
  EXPECT_NE(said.find("did you mean listen?"), std::string::npos) << said;
  EXPECT_NE(said.find(StrCat(file.string(), ":2: log.level: must be one of")), std::string::npos);
  EXPECT_NE(said.find(StrCat(file.string(), ":4: storage.max_bytes: ")), std::string::npos) << said;
  EXPECT_FALSE(std::filesystem::exists(places_.database()));
}

TEST_F(DaemonTest, SettingsOfTheFileHold) {
  std::filesystem::create_directories(places_.config);
  ASSERT_TRUE(WriteFileAtomically(places_.config / "labd.yaml", "worker: {max_crashes: 1}\n").ok());
  Start();
  int64_t id = Submit("steps: 10\ncrash_at: 3\n");
  ASSERT_TRUE(AwaitState(id, Job::FAILED));
  EXPECT_EQ(Get(id).attempt(), 1);
}

TEST_F(DaemonTest, AnEmptyQueueDoesNotTouchTheFoldersOfALostDatabase) {
  Start();
  int64_t lost = Submit("steps: 3\n");
  ASSERT_TRUE(AwaitState(lost, Job::SUCCEEDED));
  EXPECT_EQ(Terminate(), 0);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(places_.database().string() + suffix);
  }
  const std::string config = *ReadFile(places_.job(lost) / "config.yaml");
  Start();
  int64_t id = Submit("steps: 4\n");
  EXPECT_EQ(id, lost + 1);
  ASSERT_TRUE(AwaitState(id, Job::SUCCEEDED));
  EXPECT_EQ(*ReadFile(places_.job(lost) / "config.yaml"), config);
}

TEST_F(DaemonTest, BadFlagsAndBadHomesAreExplained) {
  pid_t bad = Spawn(dir_.path() / "bad.err", {"--idle-exit", "never"});
  int status = 0;
  ::waitpid(bad, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 2);
  EXPECT_NE(ReadFile(dir_.path() / "bad.err")->find("never"), std::string::npos);
  std::string long_home = (dir_.path() / std::string(120, 'h')).string();
  ::setenv("LAB_HOME", long_home.c_str(), 1);
  bad = Spawn(dir_.path() / "long.err");
  ::waitpid(bad, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_NE(ReadFile(dir_.path() / "long.err")->find("107"), std::string::npos);
}

}  // namespace
}  // namespace lab
