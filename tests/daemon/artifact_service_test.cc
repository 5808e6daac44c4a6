// What jobs left, over gRPC: artifacts, logs, samples, metrics, records; and the system's figures.

#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <thread>

#include <unistd.h>

#include <gmock/gmock.h>

#include "core/base/log_file.h"
#include "core/base/strings.h"
#include "lab/v1/artifact.grpc.pb.h"
#include "lab/v1/catalog.grpc.pb.h"
#include "lab/v1/metric.grpc.pb.h"
#include "lab/v1/system.grpc.pb.h"
#include "tests/daemon/service_harness.h"

namespace lab {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ArtifactService : public testing::Test {
 protected:
  std::vector<v1::Artifact> List(int64_t id) {
    grpc::ClientContext context;
    v1::ListArtifactsRequest request;
    request.set_job_id(id);
    v1::ListArtifactsResponse response;
    EXPECT_TRUE(artifacts->ListArtifacts(&context, request, &response).ok());
    return {response.artifacts().begin(), response.artifacts().end()};
  }
  grpc::Status Read(int64_t id, const std::string& name, std::map<std::string, std::string>* files,
                    std::map<std::string, std::string>* hashes = nullptr) {
    grpc::ClientContext context;
    v1::ReadArtifactRequest request;
    request.set_job_id(id);
    request.set_name(name);
    auto reader = artifacts->ReadArtifact(&context, request);
    v1::FileChunk chunk;
    while (reader->Read(&chunk)) {
      std::string& file = (*files)[chunk.path()];
      EXPECT_EQ(chunk.offset(), static_cast<int64_t>(file.size()));
      file += chunk.data();
      if (hashes && !chunk.sha256().empty()) (*hashes)[chunk.path()] = chunk.sha256();
    }
    return reader->Finish();
  }
  grpc::Status Delete(int64_t id, const std::string& name, int64_t* freed = nullptr) {
    grpc::ClientContext context;
    v1::DeleteArtifactRequest request;
    request.set_job_id(id);
    request.set_name(name);
    v1::DeleteArtifactResponse response;
    grpc::Status status = artifacts->DeleteArtifact(&context, request, &response);
    if (freed) *freed = response.freed_bytes();
    return status;
  }

  ServiceLab lab;
  std::unique_ptr<v1::ArtifactService::Stub> artifacts =
      v1::ArtifactService::NewStub(lab.Channel());
};

TEST_F(ArtifactService, ListsCheckpointsByStepThenFiles) {
  int64_t id = lab.AddRunningJob();
  lab.AddCheckpoint(id, 1, 2);
  lab.AddCheckpoint(id, 2, 10);
  WriteText(lab.places.job(id) / "tokenizer.json", "{}");
  WriteText(lab.places.job(id) / "log", "hello\n");
  WriteText(lab.places.job(id) / "lock", "1");
  std::vector<std::string> names;
  for (const v1::Artifact& artifact : List(id)) names.push_back(artifact.name());
  EXPECT_THAT(names, ElementsAre("step-000002", "step-000010", "log", "tokenizer.json"));
  v1::Artifact checkpoint = List(id)[1];
  EXPECT_EQ(checkpoint.kind(), "checkpoint");
  EXPECT_EQ(checkpoint.step(), 10);
  EXPECT_EQ(checkpoint.size_bytes(), 2 + 1000 + 20);
}

TEST_F(ArtifactService, StreamsAFolderWithHashes) {
  int64_t id = lab.AddRunningJob();
  lab.AddCheckpoint(id, 1, 2);
  std::string large(5 << 20, '\xfe');
  WriteText(CheckpointFolder(lab.places, id, "step-000002") / "model.safetensors", large);
  std::map<std::string, std::string> files, hashes;
  EXPECT_TRUE(Read(id, "step-000002", &files, &hashes).ok());
  EXPECT_EQ(files.size(), 3u);
  EXPECT_EQ(files["model.safetensors"], large);
  EXPECT_EQ(files["trainer/state"], "state of step-000002");
  EXPECT_EQ(hashes["model.safetensors"], Sha256(large));
}

TEST_F(ArtifactService, NeverLeavesTheJobsFolder) {
  int64_t id = lab.AddRunningJob();
  lab.AddCheckpoint(id, 1, 2);
  WriteText(lab.places.data / "secret", "not yours");
  std::filesystem::create_symlink(lab.places.data / "secret",
                                  lab.places.job(id) / "tokenizer.json");
  std::filesystem::create_symlink(lab.places.data / "secret",
                                  CheckpointFolder(lab.places, id, "step-000002") / "extra");
  std::map<std::string, std::string> files;
  for (std::string name :
       {"../../secret", "/etc/passwd", "", ".", "..", "checkpoints", "checkpoints/step-000002",
        "step-000002/../../../../secret", "step-000002/config.json", "tokenizer.json"}) {
    EXPECT_EQ(Read(id, name, &files).error_code(), grpc::NOT_FOUND) << name;
    EXPECT_EQ(Delete(id, name).error_code(), grpc::NOT_FOUND) << name;
  }
  EXPECT_TRUE(files.empty());
  EXPECT_TRUE(Read(id, "step-000002", &files).ok());
  EXPECT_EQ(files.count("extra"), 0u);
  EXPECT_TRUE(std::filesystem::exists(lab.places.data / "secret"));
}

TEST_F(ArtifactService, DeletesACheckpointThatNobodyNeeds) {
  int64_t id = lab.AddRunningJob();
  lab.AddCheckpoint(id, 1, 2);
  lab.AddCheckpoint(id, 2, 10);
  EXPECT_EQ(Delete(id, "step-000002").error_code(), grpc::FAILED_PRECONDITION);  // it runs
  lab.SetState(id, v1::Job::PAUSED);
  EXPECT_EQ(Delete(id, "step-000010").error_code(), grpc::FAILED_PRECONDITION);  // for the resume
  int64_t freed = 0;
  grpc::Status status = Delete(id, "step-000002", &freed);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(freed, 2 + 1000 + 20);
  EXPECT_FALSE(std::filesystem::exists(CheckpointFolder(lab.places, id, "step-000002")));
  EXPECT_EQ(List(id).size(), 1u);
  EXPECT_EQ(lab.store->GetJob(id)->checkpoints_size(), 1);
  EXPECT_EQ(Delete(id, "step-000002").error_code(), grpc::NOT_FOUND);
  lab.SetState(id, v1::Job::CANCELLED);
  EXPECT_TRUE(Delete(id, "step-000010").ok());
}

TEST_F(ArtifactService, KeepsTheCheckpointThatAWaitingJobBeginsFrom) {
  int64_t id = lab.AddRunningJob();
  lab.AddCheckpoint(id, 1, 2);
  lab.SetState(id, v1::Job::SUCCEEDED);
  NewJob child;
  child.name = child.type = "pretrain";
  child.hold = true;
  child.parent.emplace();
  child.parent->set_job_id(id);
  child.parent->set_step(2);
  auto created = lab.store->CreateJobs({child}, "", "");
  ASSERT_TRUE(created.ok());
  grpc::Status status = Delete(id, "step-000002");
  EXPECT_EQ(status.error_code(), grpc::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(),
              HasSubstr("job " + std::to_string(created->ids[0]) + " will begin from"));
  WriteText(lab.places.job(id) / "log", "hello\n");
  EXPECT_EQ(Delete(id, "log").error_code(), grpc::INVALID_ARGUMENT);
}

TEST_F(ArtifactService, ReadsALogAndFollowsItToTheEnd) {
  int64_t id = lab.AddRunningJob();
  auto path = lab.places.job(id) / "log";
  auto read = [&](bool follow, int64_t tail, std::string* text) {
    grpc::ClientContext context;
    v1::ReadLogRequest request;
    request.set_job_id(id);
    request.set_follow(follow);
    request.set_tail_lines(tail);
    auto reader = lab.jobs->ReadLog(&context, request);
    v1::LogChunk chunk;
    while (reader->Read(&chunk)) *text += chunk.text();
    return reader->Finish();
  };
  std::string none;
  EXPECT_TRUE(read(false, 0, &none).ok());  // there is no file yet
  EXPECT_EQ(none, "");
  WriteText(path, "one\ntwo \xff\n");
  std::string tail;
  EXPECT_TRUE(read(false, 1, &tail).ok());
  EXPECT_EQ(tail, "two \xff\n");
  std::thread writer([&] {
    while (lab.services->open_streams() == 0) std::this_thread::yield();
    for (int i = 0; i < 5; ++i) {
      std::ofstream(path, std::ios::app) << i << "\n";
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    lab.SetState(id, v1::Job::SUCCEEDED);
  });
  std::string followed;
  EXPECT_TRUE(read(true, 0, &followed).ok());
  writer.join();
  EXPECT_EQ(followed, "one\ntwo \xff\n0\n1\n2\n3\n4\n");
  std::string refused;
  EXPECT_EQ(read(false, -1, &refused).error_code(), grpc::INVALID_ARGUMENT);
}

TEST_F(ArtifactService, GoesOnWithALogWhereACallEnded) {
  int64_t id = lab.AddRunningJob();
  auto path = lab.places.job(id) / "log";
  v1::LogPosition end;
  auto read = [&](const v1::LogPosition* from) {
    grpc::ClientContext context;
    v1::ReadLogRequest request;
    request.set_job_id(id);
    request.set_tail_lines(1);
    if (from) *request.mutable_from() = *from;
    auto reader = lab.jobs->ReadLog(&context, request);
    std::string text;
    v1::LogChunk chunk;
    while (reader->Read(&chunk)) {
      text += chunk.text();
      end = chunk.end();
    }
    grpc::Status status = reader->Finish();
    return status.ok() ? text : StrCat("failed: ", status.error_message());
  };
  WriteText(path, "one\ntwo\n");
  EXPECT_EQ(read(nullptr), "two\n");
  EXPECT_EQ(end.offset(), 8);
  const v1::LogPosition there = end;
  EXPECT_EQ(read(&there), "");
  std::ofstream(path, std::ios::app) << "three\n";
  EXPECT_EQ(read(&there), "three\n");
  // Rotated meanwhile: what is in the old file and what came after it.
  ASSERT_TRUE(RotateLog(path, 1).ok());
  WriteText(path, "four\n");
  EXPECT_EQ(read(&there), "three\nfour\n");
  EXPECT_NE(end.file(), there.file());
  // Gone: what there is, from its start, whatever tail_lines says.
  ASSERT_TRUE(RotateLog(path, 1).ok());
  WriteText(path, "five\n");
  EXPECT_EQ(read(&there), "four\nfive\n");
  v1::LogPosition nowhere;
  nowhere.set_offset(-1);
  EXPECT_THAT(read(&nowhere), HasSubstr("from.offset"));
}

TEST_F(ArtifactService, SamplesKeepTheirBytes) {
  int64_t id = lab.AddRunningJob();
  v1::Sample sample;
  sample.set_step(3);
  sample.set_prompt("Once");
  sample.set_text("upon \xc3");  // the first half of a character
  WorkerEvent event;
  event.number = 1;
  event.step = 3;
  event.data = sample;
  lab.AppendEvent(id, event);
  ASSERT_TRUE(lab.store->Flush().ok());
  grpc::ClientContext context;
  v1::ListSamplesRequest request;
  request.set_job_id(id);
  v1::ListSamplesResponse response;
  ASSERT_TRUE(lab.jobs->ListSamples(&context, request, &response).ok());
  ASSERT_EQ(response.samples_size(), 1);
  EXPECT_EQ(response.samples(0).text(), "upon \xc3");
}

TEST_F(ArtifactService, UnknownJobsAndIdsAreNamed) {
  auto get = [&](int64_t id, std::string* reason) {
    grpc::ClientContext context;
    v1::GetJobRequest request;
    request.set_job_id(id);
    v1::Job job;
    grpc::Status status = lab.jobs->GetJob(&context, request, &job);
    *reason = ReasonIn(context);
    return status;
  };
  std::string reason;
  grpc::Status status = get(12, &reason);
  EXPECT_EQ(status.error_code(), grpc::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "job 12 does not exist");
  EXPECT_EQ(reason, "NOT_FOUND");
  EXPECT_EQ(get(0, &reason).error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(get(-4, &reason).error_message(), "job_id must be at least 1, is -4");
  grpc::ClientContext context;
  v1::JobRequest request;
  request.set_job_id(12);
  v1::Job job;
  status = lab.jobs->PauseJob(&context, request, &job);
  EXPECT_EQ(status.error_message(), "job 12 does not exist");
}

TEST_F(ArtifactService, VerbsGoToTheScheduler) {
  int64_t id = lab.AddHeldJob();
  v1::JobRequest request;
  request.set_job_id(id);
  v1::Job job;
  grpc::ClientContext pause;
  grpc::Status status = lab.jobs->PauseJob(&pause, request, &job);
  EXPECT_EQ(status.error_code(), grpc::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("held"));
  grpc::ClientContext cancel;
  EXPECT_TRUE(lab.jobs->CancelJob(&cancel, request, &job).ok());
  EXPECT_EQ(job.state(), v1::Job::CANCELLED);
  grpc::ClientContext remove;
  v1::RemoveJobResponse removed;
  EXPECT_TRUE(lab.jobs->RemoveJob(&remove, request, &removed).ok());
}

TEST_F(ArtifactService, ListsJobsInPages) {
  for (int i = 0; i < 5; ++i) lab.AddHeldJob();
  std::string token;
  std::vector<int64_t> ids;
  for (int pages = 0; pages < 10; ++pages) {
    grpc::ClientContext context;
    v1::ListJobsRequest request;
    request.set_page_size(2);
    request.set_page_token(token);
    v1::ListJobsResponse response;
    ASSERT_TRUE(lab.jobs->ListJobs(&context, request, &response).ok());
    EXPECT_LE(response.jobs_size(), 2);
    for (const v1::Job& job : response.jobs()) ids.push_back(job.id());
    token = response.next_page_token();
    if (token.empty()) break;
  }
  EXPECT_THAT(ids, testing::UnorderedElementsAre(1, 2, 3, 4, 5));
  auto refused = [&](auto change) {
    grpc::ClientContext context;
    v1::ListJobsRequest request;
    change(request);
    v1::ListJobsResponse response;
    return lab.jobs->ListJobs(&context, request, &response).error_code();
  };
  EXPECT_EQ(refused([](auto& r) { r.set_page_size(-1); }), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(refused([](auto& r) { r.add_states(static_cast<v1::Job::State>(77)); }),
            grpc::INVALID_ARGUMENT);
  EXPECT_EQ(refused([](auto& r) { r.set_page_token("nonsense"); }), grpc::INVALID_ARGUMENT);
}

TEST_F(ArtifactService, ReadsMetricsRawThinnedAndByName) {
  int64_t id = lab.AddRunningJob();
  lab.AppendPoints(id, 1, 60'000);
  ASSERT_TRUE(lab.store->Flush().ok());
  auto stub = v1::MetricService::NewStub(lab.Channel());
  int64_t largest = 0;
  auto read = [&](const std::string& name, int64_t max_points, std::vector<double>* values) {
    grpc::ClientContext context;
    v1::ReadMetricsRequest request;
    request.set_job_id(id);
    if (!name.empty()) request.add_names(name);
    request.set_max_points(max_points);
    auto reader = stub->ReadMetrics(&context, request);
    v1::SeriesPart part;
    while (reader->Read(&part)) {
      largest = std::max<int64_t>(largest, static_cast<int64_t>(part.ByteSizeLong()));
      values->insert(values->end(), part.value().begin(), part.value().end());
    }
    return reader->Finish();
  };
  std::vector<double> raw, thinned, none;
  EXPECT_TRUE(read("", 0, &raw).ok());
  ASSERT_EQ(raw.size(), 60'000u);
  EXPECT_EQ(raw[59'999], 30'000);
  EXPECT_LE(largest, 1 << 20);
  EXPECT_TRUE(read("train/loss", 100, &thinned).ok());
  EXPECT_LE(thinned.size(), 100u);
  EXPECT_GT(thinned.size(), 10u);
  grpc::Status status = read("train/los", 0, &none);
  EXPECT_EQ(status.error_code(), grpc::NOT_FOUND);
  EXPECT_THAT(status.error_message(), HasSubstr("did you mean train/loss?"));
  EXPECT_EQ(read("", -1, &none).error_code(), grpc::INVALID_ARGUMENT);
}

TEST_F(ArtifactService, ReadsMetricsOfARangeOfSteps) {
  int64_t id = lab.AddRunningJob();
  lab.AppendPoints(id, 1, 1000);
  ASSERT_TRUE(lab.store->Flush().ok());
  auto stub = v1::MetricService::NewStub(lab.Channel());
  auto read = [&](int64_t from, std::optional<int64_t> to, std::vector<int64_t>* steps) {
    grpc::ClientContext context;
    v1::ReadMetricsRequest request;
    request.set_job_id(id);
    request.set_from_step(from);
    if (to) request.set_to_step(*to);
    auto reader = stub->ReadMetrics(&context, request);
    v1::SeriesPart part;
    steps->clear();
    while (reader->Read(&part)) steps->assign(part.step().begin(), part.step().end());
    return reader->Finish();
  };
  std::vector<int64_t> steps;
  EXPECT_TRUE(read(0, std::nullopt, &steps).ok());
  EXPECT_EQ(steps.size(), 1000u);
  EXPECT_TRUE(read(998, std::nullopt, &steps).ok());
  EXPECT_THAT(steps, ElementsAre(998, 999, 1000));
  EXPECT_TRUE(read(499, 501, &steps).ok());
  EXPECT_THAT(steps, ElementsAre(499, 500, 501));
  EXPECT_TRUE(read(0, 0, &steps).ok());
  EXPECT_THAT(steps, ElementsAre());
  grpc::Status refused = read(10, 9, &steps);
  EXPECT_EQ(refused.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(refused.error_message(), HasSubstr("to_step"));
}

TEST_F(ArtifactService, SystemCountsTheChangesOfJobs) {
  auto stub = v1::SystemService::NewStub(lab.Channel());
  auto revision = [&] {
    grpc::ClientContext context;
    v1::System system;
    EXPECT_TRUE(stub->GetSystem(&context, {}, &system).ok());
    return system.jobs_revision();
  };
  const int64_t before = revision();
  EXPECT_EQ(revision(), before);  // looking is no change
  lab.AddHeldJob();
  EXPECT_GT(revision(), before);
}

TEST_F(ArtifactService, SystemTellsWhatItMeasured) {
  auto stub = v1::SystemService::NewStub(lab.Channel());
  grpc::ClientContext context;
  v1::System system;
  ASSERT_TRUE(stub->GetSystem(&context, {}, &system).ok());
  EXPECT_EQ(system.pid(), ::getpid());
  EXPECT_EQ(system.version(), "0.0.0-test");
  EXPECT_EQ(system.address(), lab.Address());
  EXPECT_GT(system.memory_bytes(), system.resident_bytes());
  EXPECT_GT(system.database_bytes(), 0);
  EXPECT_GE(system.processor_load(), 0);
  EXPECT_LE(system.processor_load(), 1);
  grpc::ClientContext watch_context;
  v1::WatchSystemRequest request;
  request.set_interval_seconds(0.5);
  auto reader = stub->WatchSystem(&watch_context, request);
  EXPECT_TRUE(reader->Read(&system));
  EXPECT_TRUE(reader->Read(&system));
  lab.services->Shutdown();
  while (reader->Read(&system)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::UNAVAILABLE);
}

TEST_F(ArtifactService, SystemRefusesHastyWatchesAndPassesShutdownOn) {
  auto stub = v1::SystemService::NewStub(lab.Channel());
  grpc::ClientContext context;
  v1::WatchSystemRequest request;
  request.set_interval_seconds(0.01);
  auto reader = stub->WatchSystem(&context, request);
  v1::System system;
  EXPECT_FALSE(reader->Read(&system));
  EXPECT_EQ(reader->Finish().error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_FALSE(lab.shutdown_requested);
  grpc::ClientContext shutdown;
  v1::ShutdownResponse response;
  EXPECT_TRUE(stub->Shutdown(&shutdown, {}, &response).ok());
  EXPECT_TRUE(lab.shutdown_requested);
}

TEST_F(ArtifactService, CatalogIsUnavailableUntilAWorkerSpoke) {
  auto stub = v1::CatalogService::NewStub(lab.Channel());
  grpc::ClientContext context;
  v1::Catalog catalog;
  EXPECT_EQ(stub->GetCatalog(&context, {}, &catalog).error_code(), grpc::UNAVAILABLE);
}

}  // namespace
}  // namespace lab
