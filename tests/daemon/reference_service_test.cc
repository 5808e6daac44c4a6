// What a reference to a model means, and what is said where it means nothing.

#include <limits>

#include <gmock/gmock.h>

#include "lab/v1/artifact.grpc.pb.h"
#include "lab/v1/inspect.grpc.pb.h"
#include "tests/daemon/service_harness.h"

namespace lab {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ReferenceService : public testing::Test {
 protected:
  absl::StatusOr<ModelLocation> Resolve(std::string_view reference) {
    return ResolveReference(*lab.store, lab.places, reference);
  }
  std::string Refusal(std::string_view reference) {
    auto location = Resolve(reference);
    EXPECT_EQ(location.status().code(), absl::StatusCode::kNotFound) << location.status();
    return std::string(MessageOf(location.status()));
  }
  void AppendLosses(int64_t id, int64_t first, std::vector<std::pair<int64_t, double>> losses) {
    WorkerBatch batch;
    batch.items.emplace_back(std::vector<DeclaredMetric>{{0, "val/loss", "nats", "min"}});
    WorkerPoints points;
    points.first = first;
    for (auto [step, loss] : losses) {
      points.points.push_back({0, static_cast<uint64_t>(step), 1.0, loss});
    }
    batch.event_count = static_cast<int64_t>(losses.size());
    batch.last_number = first + batch.event_count - 1;
    batch.items.emplace_back(std::move(points));
    lab.store->Append(id, 1, std::move(batch));
    EXPECT_TRUE(lab.store->Flush().ok());
  }
  void SetStep(int64_t id, int64_t step, int64_t total) {
    v1::Progress progress;
    progress.set_step(step);
    progress.set_total_steps(total);
    lab.store->SetProgress(id, progress);
  }

  ServiceLab lab;
};

TEST(ParseReference, KnowsItsForms) {
  EXPECT_EQ(ParseReference("12")->which, Reference::Which::kNewest);
  EXPECT_EQ(ParseReference("12@500")->step, 500);
  EXPECT_EQ(ParseReference("12@best")->which, Reference::Which::kBest);
  EXPECT_EQ(ParseReference("12@final")->which, Reference::Which::kFinal);
  EXPECT_EQ(ParseReference("/a/b/../c")->folder, "/a/c");
  for (const char* wrong : {"", "0", "-1", "12@", "@5", "12@last", "12@-5", "12@5@6", "a/b", "gpt2",
                            "99999999999999999999", "12@99999999999999999999", " 12"}) {
    EXPECT_EQ(ParseReference(wrong).status().code(), absl::StatusCode::kInvalidArgument) << wrong;
  }
}

TEST(NextCheckpointStep, FollowsTheConfig) {
  EXPECT_EQ(NextCheckpointStep("checkpoint: {every: 50, keep: all}", 40, 600), 50);
  EXPECT_EQ(NextCheckpointStep("checkpoint: {every: 50, keep: all}", 50, 600), 100);
  EXPECT_EQ(NextCheckpointStep("checkpoint: {every: 50, keep: log}", 40, 600), 50);
  EXPECT_EQ(NextCheckpointStep("checkpoint: {every: 50, keep: log}", 50, 600), 64);
  EXPECT_EQ(NextCheckpointStep("checkpoint: {every: 500, keep: all}", 550, 600), 600);
  EXPECT_EQ(NextCheckpointStep("checkpoint: {every: 0, keep: none}", 40, 600), std::nullopt);
  EXPECT_EQ(NextCheckpointStep("type: tokenize", 40, 600), std::nullopt);
}

TEST_F(ReferenceService, ServesNewestAndNamedSteps) {
  int64_t id = lab.AddRunningJob();
  lab.AddCheckpoint(id, 1, 0, "weights");
  lab.AddCheckpoint(id, 2, 100);
  std::string job = std::to_string(id);
  auto newest = Resolve(job);
  ASSERT_TRUE(newest.ok()) << newest.status();
  EXPECT_EQ(newest->step, 100);
  EXPECT_EQ(newest->job, id);
  EXPECT_EQ(newest->folder, lab.places.job(id) / "checkpoints" / "step-000100");
  EXPECT_EQ(Resolve(job + "@0")->step, 0);
}

TEST_F(ReferenceService, SaysWhatExistsAndWhenTheNextComes) {
  int64_t id = lab.AddRunningJob("checkpoint: {every: 50, keep: all}\n");
  SetStep(id, 130, 600);
  std::string job = std::to_string(id);
  EXPECT_THAT(Refusal(job), AllOf(HasSubstr("job " + job + " has no checkpoint yet"),
                                  HasSubstr("at step 130"), HasSubstr("next comes at step 150")));
  lab.AddCheckpoint(id, 1, 50);
  lab.AddCheckpoint(id, 2, 100);
  EXPECT_THAT(Refusal(job + "@70"), AllOf(HasSubstr("no checkpoint of step 70"),
                                          HasSubstr("steps 50, 100"), HasSubstr("at step 150")));
  EXPECT_THAT(Refusal(job + "@final"), AllOf(HasSubstr("no final checkpoint: it is running"),
                                             HasSubstr("at step 130"), HasSubstr("50, 100")));
  EXPECT_THAT(Refusal(job + "@best"), HasSubstr("has not been evaluated yet"));
}

TEST_F(ReferenceService, SaysThatAJobHasNotStarted) {
  int64_t id = lab.AddHeldJob();
  EXPECT_THAT(Refusal(std::to_string(id)), HasSubstr("it is held and has not started"));
  EXPECT_EQ(Refusal(std::to_string(id + 1)), "job " + std::to_string(id + 1) + " does not exist");
}

TEST_F(ReferenceService, ShortensALongListOfSteps) {
  int64_t id = lab.AddRunningJob();
  for (int64_t i = 1; i <= 30; ++i) lab.AddCheckpoint(id, i, i * 10);
  EXPECT_THAT(Refusal(std::to_string(id) + "@5"),
              HasSubstr("10, 20, 30, 40, 50, …, 260, 270, 280, 290, 300"));
}

TEST_F(ReferenceService, FinalIsTheLastOfASuccess) {
  int64_t id = lab.AddRunningJob();
  lab.AddCheckpoint(id, 1, 100);
  lab.SetState(id, v1::Job::CANCELLED);
  EXPECT_THAT(Refusal(std::to_string(id) + "@final"), HasSubstr("cancelled"));
  int64_t done = lab.AddRunningJob();
  lab.AddCheckpoint(done, 1, 50);
  lab.AddCheckpoint(done, 2, 60);
  lab.SetState(done, v1::Job::SUCCEEDED);
  EXPECT_EQ(Resolve(std::to_string(done) + "@final")->step, 60);
}

TEST_F(ReferenceService, BestIsTheLowestLossOfThoseThatExist) {
  int64_t id = lab.AddRunningJob();
  std::string best = std::to_string(id) + "@best";
  AppendLosses(id, 1,
               {{0, 5.0},
                {50, std::numeric_limits<double>::quiet_NaN()},
                {100, 2.0},
                {150, 1.0},
                {200, 2.5}});
  EXPECT_THAT(Refusal(best), HasSubstr("no checkpoint at a step that was evaluated"));
  lab.AddCheckpoint(id, 6, 0);
  lab.AddCheckpoint(id, 7, 50);
  lab.AddCheckpoint(id, 8, 100);
  lab.AddCheckpoint(id, 9, 200);
  auto found = Resolve(best);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->step, 100);  // step 150 was better but was not kept, 50 is not a number
}

TEST_F(ReferenceService, ACheckpointWithoutItsFolderDoesNotExist) {
  int64_t id = lab.AddRunningJob();
  lab.AddCheckpoint(id, 1, 10);
  lab.AddCheckpoint(id, 2, 20);
  std::filesystem::remove_all(CheckpointFolder(lab.places, id, "step-000020"));
  EXPECT_EQ(Resolve(std::to_string(id))->step, 10);
  EXPECT_THAT(Refusal(std::to_string(id) + "@20"), HasSubstr("those of steps 10"));
}

TEST_F(ReferenceService, TheListingMarksWhatReferencesMean) {
  int64_t done = lab.AddRunningJob();
  AppendLosses(done, 1, {{50, 2.0}, {100, 1.0}, {150, 0.5}, {200, 3.0}});
  for (int64_t step : {50, 100, 200}) lab.AddCheckpoint(done, 4 + step / 50, step);
  lab.SetState(done, v1::Job::SUCCEEDED);
  int64_t running = lab.AddRunningJob();
  lab.AddCheckpoint(running, 1, 10);
  int64_t lost = lab.AddRunningJob();
  lab.AddCheckpoint(lost, 1, 10);
  std::filesystem::remove_all(CheckpointFolder(lab.places, lost, "step-000010"));
  auto stub = v1::ArtifactService::NewStub(lab.Channel());
  auto list = [&](std::vector<int64_t> ids) {
    grpc::ClientContext context;
    v1::ListCheckpointsRequest request;
    request.mutable_job_ids()->Add(ids.begin(), ids.end());
    v1::ListCheckpointsResponse response;
    EXPECT_TRUE(stub->ListCheckpoints(&context, request, &response).ok());
    return response;
  };
  v1::ListCheckpointsResponse all = list({});
  ASSERT_EQ(all.jobs_size(), 2);
  EXPECT_EQ(all.jobs(1).job_id(), running);
  // Every mark, and the lack of each, is what the reference says.
  for (const v1::JobCheckpoints& job : all.jobs()) {
    const std::string id = std::to_string(job.job_id());
    auto best = Resolve(id + "@best");
    auto final = Resolve(id + "@final");
    for (const v1::MeasuredCheckpoint& one : job.checkpoints()) {
      const int64_t step = one.checkpoint().step();
      EXPECT_EQ(one.best(), best.ok() && best->step == step) << id << " " << step;
      EXPECT_EQ(one.final(), final.ok() && final->step == step) << id << " " << step;
    }
  }
  EXPECT_EQ(Resolve(std::to_string(done) + "@best")->step, 100);
  EXPECT_EQ(all.jobs(0).checkpoints(0).val_loss(), 2.0);
  EXPECT_FALSE(all.jobs(1).checkpoints(0).has_val_loss());
  EXPECT_EQ(list({running, 4711}).jobs_size(), 1);
  EXPECT_EQ(list({4711}).jobs_size(), 0);
}

TEST_F(ReferenceService, ServesFoldersThatHoldAModel) {
  WriteText(lab.dir.path() / "model" / "config.json", "{}");
  auto found = Resolve((lab.dir.path() / "model").string());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->job, 0);
  EXPECT_THAT(Refusal(lab.dir.path().string()), HasSubstr("no config.json"));
  EXPECT_THAT(Refusal("/no/such/folder"), HasSubstr("no such folder"));
}

TEST_F(ReferenceService, OpenPassesTheReasonOn) {
  int64_t id = lab.AddHeldJob();
  auto stub = v1::InspectService::NewStub(lab.Channel());
  grpc::ClientContext context;
  v1::OpenRequest request;
  request.set_reference(std::to_string(id));
  v1::OpenResponse response;
  grpc::Status status = stub->Open(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::NOT_FOUND);
  EXPECT_EQ(ReasonIn(context), "CHECKPOINT_MISSING");
}

}  // namespace
}  // namespace lab
