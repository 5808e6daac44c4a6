// What the lab takes of the disk, what may go, when no job may start, and what is wrong.

#include <atomic>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <utime.h>

#include "daemon/storage/diagnose.h"
#include "daemon/storage/disk_use.h"
#include "daemon/storage/forecast.h"
#include "daemon/storage/leftovers.h"
#include "daemon/storage/usage.h"
#include "lab/v1/storage.grpc.pb.h"
#include "tests/daemon/service_harness.h"

namespace lab {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Names(const PrunePlan& plan) {
  std::vector<std::string> names;
  for (const Prunable& one : plan.items) {
    names.push_back(std::to_string(one.item.job_id()) + "/" + one.item.name());
  }
  return names;
}

void MakeOld(const fs::path& path) {
  struct utimbuf times {
    1'000'000, 1'000'000
  };
  ASSERT_EQ(::utime(path.c_str(), &times), 0);
}

class Storage : public ::testing::Test {
 protected:
  // A job with full checkpoints at 1 and 3 and weights at 2, val/loss best at 1.
  int64_t AddJob(v1::Job::State state) {
    int64_t id = lab_.AddRunningJob();
    WorkerBatch batch;
    batch.items.emplace_back(std::vector<DeclaredMetric>{{0, "val/loss", "nats", "min"}});
    WorkerPoints points;
    points.first = 1;
    for (uint64_t step : {1, 2, 3}) {
      points.points.push_back({0, step, 1.0, static_cast<double>(step)});
    }
    batch.items.emplace_back(points);
    batch.event_count = batch.last_number = 3;
    lab_.store->Append(id, 1, std::move(batch));
    lab_.AddCheckpoint(id, 4, 1, "full");
    lab_.AddCheckpoint(id, 5, 2, "weights");
    fs::remove_all(CheckpointFolder(lab_.places, id, "step-000002") / "trainer");
    lab_.AddCheckpoint(id, 6, 3, "full");
    if (state == v1::Job::PAUSED || state == v1::Job::CANCELLED) {
      lab_.SetState(id, v1::Job::STOPPING);
    }
    if (state != v1::Job::RUNNING) lab_.SetState(id, state);
    return id;
  }
  PrunePlan Plan(v1::PruneStorageRequest request = {}) {
    auto plan = PlanPrune(*lab_.store, lab_.places, request, lab_.clock.UnixMillis());
    EXPECT_TRUE(plan.ok()) << plan.status();
    return plan.ok() ? *std::move(plan) : PrunePlan();
  }

  ServiceLab lab_;
};

TEST_F(Storage, PruneKeepsTheNewestAndTheBest) {
  AddJob(v1::Job::SUCCEEDED);
  EXPECT_THAT(Names(Plan()), ElementsAre("1/step-000002"));
  v1::PruneStorageRequest all;
  all.set_keep_last(3);
  EXPECT_THAT(Names(Plan(all)), IsEmpty());
}

TEST_F(Storage, PruneKeepsWhatAResumeNeeds) {
  int64_t id = AddJob(v1::Job::PAUSED);
  lab_.SetState(id, v1::Job::QUEUED);
  lab_.SetState(id, v1::Job::RUNNING);
  lab_.AddCheckpoint(id, 7, 4, "weights");
  lab_.SetState(id, v1::Job::STOPPING);
  lab_.SetState(id, v1::Job::PAUSED);
  // 4 is the newest, 3 what a resume goes on from, 1 the best.
  EXPECT_THAT(Names(Plan()), ElementsAre("1/step-000002"));
}

TEST_F(Storage, PruneKeepsTheParentsOfUnfinishedJobs) {
  AddJob(v1::Job::SUCCEEDED);
  NewJob child;
  child.type = "pretrain";
  child.hold = true;
  child.parent.emplace();
  child.parent->set_job_id(1);
  child.parent->set_step(2);
  auto created = lab_.store->CreateJobs({child}, "", "");
  EXPECT_THAT(Names(Plan()), IsEmpty());
  lab_.SetState(created->ids[0], v1::Job::CANCELLED);
  EXPECT_THAT(Names(Plan()), ElementsAre("1/step-000002"));
}

TEST_F(Storage, PruneLeavesRunningJobsAloneAndSaysSo) {
  AddJob(v1::Job::RUNNING);
  PrunePlan plan = Plan();
  EXPECT_THAT(plan.items, IsEmpty());
  EXPECT_THAT(plan.notes, ElementsAre(HasSubstr("job 1 is running")));
  v1::PruneStorageRequest named;
  named.add_checkpoints("1@2");
  auto refused = PlanPrune(*lab_.store, lab_.places, named, 0);
  EXPECT_EQ(ReasonOf(refused.status()), "CHECKPOINT_IN_USE");
}

TEST_F(Storage, PruneTakesOnlyWhatIsOldAndOfTheJobsAskedFor) {
  AddJob(v1::Job::SUCCEEDED);
  AddJob(v1::Job::FAILED);
  v1::PruneStorageRequest request;
  request.set_older_than_seconds(3600);
  EXPECT_THAT(Names(Plan(request)), IsEmpty());
  request.Clear();
  request.add_job_ids(2);
  EXPECT_THAT(Names(Plan(request)), ElementsAre("2/step-000002"));
  request.add_job_ids(9);
  EXPECT_TRUE(absl::IsNotFound(PlanPrune(*lab_.store, lab_.places, request, 0).status()));
}

TEST_F(Storage, PruneTakesByNameWhatIsNeededOrGone) {
  AddJob(v1::Job::PAUSED);
  fs::remove_all(CheckpointFolder(lab_.places, 1, "step-000002"));
  v1::PruneStorageRequest request;
  request.add_checkpoints("1@3");
  request.add_checkpoints("1@2");
  PrunePlan plan = Plan(request);
  EXPECT_THAT(Names(plan), ElementsAre("1/step-000003", "1/step-000002"));
  v1::PruneStorageResponse done = ExecutePrune(lab_.store.get(), plan);
  EXPECT_EQ(done.items_size(), 2);
  EXPECT_EQ(lab_.store->GetJob(1)->checkpoints_size(), 1);
}

TEST_F(Storage, FreedBytesAreWhatTheDiskGotBack) {
  AddJob(v1::Job::SUCCEEDED);
  WriteText(lab_.places.cache / "tokens" / "abc.tokens", std::string(100'000, 't'));
  const fs::path left = lab_.places.jobs() / "000099";
  WriteText(left / "log", "of a job that is gone");
  MakeOld(left);
  const fs::path partial = lab_.places.job(1) / "checkpoints" / ".writing-step-000009";
  WriteText(partial / "model.safetensors", std::string(50'000, 'w'));
  MakeOld(partial);
  v1::PruneStorageRequest request;
  request.set_cache(true);
  PrunePlan plan = Plan(request);
  EXPECT_EQ(plan.items.size(), 4u);
  auto used = [&] {
    return AllocatedBytes(lab_.places.jobs()) + AllocatedBytes(lab_.places.cache);
  };
  const int64_t before = used();
  auto measured = MeasureStorage(*lab_.store, lab_.places);
  ASSERT_TRUE(measured.ok());
  EXPECT_GE(measured->leftover_bytes(), 50'000);
  EXPECT_EQ(measured->cache_file_count(), 1);
  v1::PruneStorageResponse done = ExecutePrune(lab_.store.get(), plan);
  EXPECT_EQ(done.items_size(), 4);
  EXPECT_THAT(done.notes(), IsEmpty());
  EXPECT_EQ(done.freed_bytes(), before - used());
  EXPECT_FALSE(fs::exists(left) || fs::exists(partial));
}

TEST_F(Storage, WhatMayBeAtWorkIsNoLeftover) {
  AddJob(v1::Job::RUNNING);
  WriteText(lab_.places.job(1) / "checkpoints" / ".writing-step-000009" / "x", "x");
  WriteText(lab_.places.jobs() / ".importing-now" / "x", "x");
  EXPECT_THAT(FindLeftovers(lab_.places, {1}, {1}, 600), IsEmpty());
  EXPECT_EQ(FindLeftovers(lab_.places, {1}, {}, 0).size(), 2u);
  RemoveBrokenImports(lab_.places);
  EXPECT_FALSE(fs::exists(lab_.places.jobs() / ".importing-now"));
  EXPECT_TRUE(fs::exists(lab_.places.job(1) / "checkpoints" / ".writing-step-000009"));
}

TEST_F(Storage, TheServiceTellsBeforeItDeletes) {
  AddJob(v1::Job::SUCCEEDED);
  auto stub = v1::StorageService::NewStub(lab_.Channel());
  v1::PruneStorageRequest request;
  v1::PruneStorageResponse told, done;
  request.set_dry_run(true);
  {
    grpc::ClientContext context;
    ASSERT_TRUE(stub->PruneStorage(&context, request, &told).ok());
  }
  EXPECT_TRUE(fs::exists(CheckpointFolder(lab_.places, 1, "step-000002")));
  request.set_dry_run(false);
  {
    grpc::ClientContext context;
    ASSERT_TRUE(stub->PruneStorage(&context, request, &done).ok());
  }
  EXPECT_EQ(told.freed_bytes(), done.freed_bytes());
  EXPECT_GT(done.freed_bytes(), 1000);
  EXPECT_FALSE(fs::exists(CheckpointFolder(lab_.places, 1, "step-000002")));
  v1::Storage storage;
  grpc::ClientContext context;
  ASSERT_TRUE(stub->GetStorage(&context, {}, &storage).ok());
  ASSERT_EQ(storage.jobs_size(), 1);
  EXPECT_EQ(storage.jobs(0).full_count(), 2);
  EXPECT_EQ(storage.jobs(0).weights_count(), 0);
  EXPECT_GT(storage.disk_bytes(), storage.disk_free_bytes());
}

// --- limits

class Guard : public Storage {
 protected:
  std::unique_ptr<StorageGuard> Make(int64_t min_free, int64_t max_bytes = 0) {
    StorageOptions options;
    options.min_free_bytes = min_free;
    options.max_bytes = max_bytes;
    options.poll_seconds = 0.01;
    return std::make_unique<StorageGuard>(options, lab_.store.get(), lab_.places,
                                          [this](const fs::path&) {
                                            return DiskFigures{1'000'000, free_.load()};
                                          });
  }
  std::atomic<int64_t> free_{500'000};
};

TEST_F(Guard, KeepsAReserveAndSaysWhyNothingStarts) {
  auto guard = Make(-1);
  EXPECT_EQ(guard->min_free_bytes(), 20'000) << "a fiftieth";
  EXPECT_EQ(guard->Trouble(), "");
  free_ = 19'000;
  EXPECT_THAT(guard->Trouble(), HasSubstr("19.0 kB free, 20.0 kB must stay free"));
  EXPECT_THAT(guard->Trouble(), HasSubstr("labctl storage prune"));
  EXPECT_EQ(Make(0)->Trouble(), "");
}

TEST_F(Guard, RefusesWhatWillNotFit) {
  auto guard = Make(100'000);
  EXPECT_TRUE(guard->CheckNeed(400'000).ok());
  absl::Status refused = guard->CheckNeed(400'001);
  EXPECT_EQ(ReasonOf(refused), reason::kDiskBudget);
  EXPECT_THAT(std::string(MessageOf(refused)), HasSubstr("500 kB that are free 100 kB must stay"));
  EXPECT_TRUE(Make(0)->CheckNeed(int64_t{1} << 50).ok());
}

TEST_F(Guard, KeepsTheLabWithinItsLimit) {
  AddJob(v1::Job::SUCCEEDED);
  auto guard = Make(0, 10'000);
  guard->Start([](int64_t) { return absl::OkStatus(); });
  EXPECT_THAT(guard->Trouble(), HasSubstr("at most 10.0 kB is allowed"));
  EXPECT_EQ(ReasonOf(guard->CheckNeed(1)), reason::kDiskBudget);
}

TEST_F(Guard, PausesAJobOnceWithAMarkWhileItsCheckpointStillFits) {
  int64_t id = AddJob(v1::Job::RUNNING);
  auto guard = Make(5'000);
  std::vector<int64_t> paused;
  auto pause = [&](int64_t job) {
    paused.push_back(job);
    return absl::OkStatus();
  };
  free_ = 5'000 + 1'017;
  guard->CheckJobs(pause);
  EXPECT_THAT(paused, IsEmpty());
  free_ = 5'000 + 1'016;
  guard->CheckJobs(pause);
  guard->CheckJobs(pause);
  EXPECT_THAT(paused, ElementsAre(id));
  auto history = lab_.store->ReadEventsAfter(id, 0, {"mark"}, 100);
  ASSERT_EQ(history->events.size(), 1u);
  EXPECT_THAT(history->events[0].mark().text(), HasSubstr("paused: the disk has 6.02 kB free"));
  EXPECT_EQ(history->events[0].mark().kind(), "note");
  // When it runs again and there is still no room, it is asked again.
  lab_.SetState(id, v1::Job::STOPPING);
  lab_.SetState(id, v1::Job::PAUSED);
  guard->CheckJobs(pause);
  lab_.SetState(id, v1::Job::QUEUED);
  lab_.SetState(id, v1::Job::RUNNING);
  guard->CheckJobs(pause);
  EXPECT_THAT(paused, ElementsAre(id, id));
}

TEST_F(Guard, AQueuedJobWaitsWhileTheDiskIsNearlyFull) {
  auto guard = Make(100'000);
  free_ = 1'000;
  SchedulerWiring wiring(lab_.store.get(), lab_.supervisor.get(), lab_.places, guard.get());
  Scheduler::Options options;
  options.retry_seconds = 0.01;
  Scheduler scheduler(options, &wiring);
  ASSERT_TRUE(scheduler.Start().ok());
  NewJob job;
  job.type = "pretrain";
  ASSERT_TRUE(scheduler.Create({job}, "", "").ok());
  while (!scheduler.waiting()) std::this_thread::yield();
  EXPECT_THAT(scheduler.trouble(), HasSubstr("is nearly full"));
  EXPECT_EQ(lab_.store->GetJob(1)->state(), v1::Job::QUEUED);
  scheduler.Stop();
}

TEST(ForecastDisk, FollowsTheCheckpointSettings) {
  v1::Forecast forecast;
  EXPECT_FALSE(ForecastDiskBytes(forecast, "checkpoint: {every: 10}"));
  forecast.set_parameter_count(1'000'000);
  forecast.set_total_steps(100);
  auto need = [&](const std::string& settings) {
    return *ForecastDiskBytes(forecast, "checkpoint: {" + settings + "}\n");
  };
  const int64_t none = need("every: 10, keep: none, keep_last: 3");
  EXPECT_GT(none, 4 * 12'000'000) << "three that can be resumed and one in the making";
  EXPECT_LT(none, 5 * 12'000'000 + 2 * 4'000'000);
  EXPECT_GT(need("every: 10, keep: all, keep_last: 3"), none + 9 * 4'000'000);
  EXPECT_GT(need("every: 10, keep: log, keep_last: 3"), none);
  EXPECT_GT(need("every: 1, keep: none, keep_last: 50"), 50 * 12'000'000);
  EXPECT_LT(need("every: 0, keep: none, keep_last: 50"), 3 * 12'000'000);
  // bf16 weights of half the size, with fp32 masters beside the moments.
  const int64_t masters = *ForecastDiskBytes(
      forecast, "checkpoint: {every: 10, keep: none, keep_last: 3}\ntrain: {precision: bf16}\n");
  EXPECT_GT(masters, 4 * 14'000'000);
  EXPECT_LT(masters, 5 * 14'000'000 + 2 * 2'000'000);
}

// --- faults

std::string VerdictOf(const v1::DiagnoseResponse& response, const std::string& check) {
  for (const v1::Finding& finding : response.findings()) {
    if (finding.check() == check) return finding.verdict() + ": " + finding.message();
  }
  return "";
}

class DiagnoseHome : public Storage {
 protected:
  v1::DiagnoseResponse Look(bool deep = false) {
    return Diagnose(lab_.places, deep, lab_.clock.UnixMillis());
  }
};

TEST_F(DiagnoseHome, FindsNothingWhereAllIsWell) {
  AddJob(v1::Job::SUCCEEDED);
  v1::DiagnoseResponse all = Look(true);
  for (const v1::Finding& finding : all.findings()) {
    EXPECT_EQ(finding.verdict(), kFine) << finding.DebugString();
    EXPECT_EQ(finding.advice(), "");
  }
}

TEST_F(DiagnoseHome, FindsFoldersWithoutJobsAndJobsWithout) {
  AddJob(v1::Job::SUCCEEDED);
  fs::rename(lab_.places.job(1), lab_.places.job(5));
  v1::DiagnoseResponse found = Look();
  EXPECT_THAT(VerdictOf(found, "job_folders"),
              HasSubstr("problem: jobs without their folder: job 1"));
  EXPECT_THAT(VerdictOf(found, "leftovers"), HasSubstr("000005 (a folder without a job)"));
  EXPECT_THAT(VerdictOf(found, "checkpoints"), HasSubstr("1's step-000001 is gone"));
}

TEST_F(DiagnoseHome, ComparesContentOnlyWhenAskedTo) {
  int64_t id = lab_.AddRunningJob();
  const fs::path folder = CheckpointFolder(lab_.places, id, "step-000001");
  WriteText(folder / "model.safetensors", "weights");
  const std::string manifest =
      R"({"files": [{"file": "model.safetensors", "sha256": ")" + Sha256("weights") + "\"}]}";
  WriteText(folder / "manifest.json", manifest);
  RecordedCheckpoint recorded;
  recorded.checkpoint.set_name("step-000001");
  recorded.checkpoint.set_step(1);
  recorded.checkpoint.set_kind("weights");
  recorded.checkpoint.set_sha256(Sha256(manifest));
  WorkerEvent event;
  event.number = 1;
  event.data = recorded;
  lab_.AppendEvent(id, event);
  ASSERT_TRUE(lab_.store->Flush().ok());
  lab_.SetState(id, v1::Job::SUCCEEDED);
  EXPECT_THAT(VerdictOf(Look(true), "checkpoints"), HasSubstr("ok"));
  WriteText(folder / "model.safetensors", "other weights");
  EXPECT_THAT(VerdictOf(Look(false), "checkpoints"), HasSubstr("ok"));
  EXPECT_THAT(VerdictOf(Look(true), "checkpoints"), HasSubstr("has a changed model.safetensors"));
  WriteText(folder / "manifest.json", "{}");
  EXPECT_THAT(VerdictOf(Look(true), "checkpoints"), HasSubstr("another manifest"));
}

TEST_F(DiagnoseHome, TellsADamagedDatabaseWithoutTouchingIt) {
  Places places = lab_.places;
  places.state = lab_.dir.path() / "broken";
  WriteText(places.database(), std::string(8192, 'x'));
  v1::DiagnoseResponse found = Diagnose(places, false, 0);
  EXPECT_THAT(VerdictOf(found, "database"), HasSubstr("problem"));
  EXPECT_EQ(*ReadFile(places.database()), std::string(8192, 'x'));
  places.state = lab_.dir.path() / "empty";
  EXPECT_THAT(VerdictOf(Diagnose(places, false, 0), "database"), HasSubstr("not there yet"));
  EXPECT_FALSE(fs::exists(places.state));
}

}  // namespace
}  // namespace lab
