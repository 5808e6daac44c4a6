#pragma once

// labd as a process, for tests that kill, stop and ask it.

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/places.h"
#include "lab/v1/catalog.grpc.pb.h"
#include "lab/v1/job_service.grpc.pb.h"
#include "lab/v1/metric.grpc.pb.h"
#include "tests/support/temp_dir.h"

extern char** environ;

namespace lab {

inline bool Eventually(const std::function<bool()>& condition, double seconds = 30) {
  auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

// A labd process with the stand-in worker, on a home of its own.
class DaemonTest : public ::testing::Test {
 protected:
  using Job = v1::Job;

  DaemonTest() {
    std::string home = dir_.path().string();
    places_ =
        *FindPlaces([home](const std::string& name) { return name == "LAB_HOME" ? home : ""; });
    ::setenv("LAB_HOME", home.c_str(), 1);
    ::setenv("LAB_WORKER", LAB_FAKE_WORKER, 1);
  }
  ~DaemonTest() override {
    if (pid_ > 0) Kill();
  }

  // Starts a labd process and waits until it answers.
  void Start() { StartInto(dir_.path() / "labd.err"); }
  void StartInto(const std::filesystem::path& errors) {
    pid_ = Spawn(errors);
    ASSERT_GT(pid_, 0);
    channel_ = grpc::CreateChannel("unix:" + places_.socket().string(),
                                   grpc::InsecureChannelCredentials());
    ASSERT_TRUE(
        channel_->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(30)));
    jobs_ = v1::JobService::NewStub(channel_);
    auto catalog = v1::CatalogService::NewStub(channel_);
    ASSERT_TRUE(Eventually([&] {
      grpc::ClientContext context;
      v1::Catalog answer;
      return catalog->GetCatalog(&context, {}, &answer).ok();
    }));
  }
  pid_t Spawn(const std::filesystem::path& errors, std::vector<std::string> words = {}) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 2, errors.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                       0600);
    words.insert(words.begin(), LAB_LABD);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t pid = -1;
    int error = ::posix_spawn(&pid, LAB_LABD, &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    return error == 0 ? pid : -1;
  }
  int Wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }
  int Terminate() {
    ::kill(pid_, SIGTERM);
    return Wait();
  }
  void Kill() {
    ::kill(pid_, SIGKILL);
    Wait();
  }

  int64_t Submit(const std::string& behaviour) {
    grpc::ClientContext context;
    v1::CreateJobRequest request;
    request.mutable_config()->set_text("type: pretrain\n" + behaviour);
    request.mutable_config()->set_base("/");
    request.mutable_config()->set_override_base("/");
    v1::CreateJobResponse response;
    grpc::Status status = jobs_->CreateJob(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.job_ids_size() == 1 ? response.job_ids(0) : 0;
  }
  Job Get(int64_t id) {
    grpc::ClientContext context;
    v1::GetJobRequest request;
    request.set_job_id(id);
    Job job;
    jobs_->GetJob(&context, request, &job);
    return job;
  }
  bool AwaitState(int64_t id, Job::State state) {
    bool reached = Eventually([&] { return Get(id).state() == state; });
    if (!reached) ADD_FAILURE() << "job " << id << " is " << Get(id).ShortDebugString();
    return reached;
  }
  bool AwaitStep(int64_t id, int64_t step) {
    return Eventually([&] { return Get(id).progress().step() >= step; });
  }
  grpc::Status Do(grpc::Status (v1::JobService::Stub::*verb)(grpc::ClientContext*,
                                                             const v1::JobRequest&, Job*),
                  int64_t id) {
    grpc::ClientContext context;
    v1::JobRequest request;
    request.set_job_id(id);
    Job job;
    return (jobs_.get()->*verb)(&context, request, &job);
  }
  // The steps of the visible train/loss points; values must be 1/step.
  std::vector<int64_t> LossSteps(int64_t id) {
    auto metrics = v1::MetricService::NewStub(channel_);
    grpc::ClientContext context;
    v1::ReadMetricsRequest request;
    request.set_job_id(id);
    auto stream = metrics->ReadMetrics(&context, request);
    std::vector<int64_t> steps;
    v1::SeriesPart part;
    while (stream->Read(&part)) {
      for (int i = 0; i < part.step_size(); ++i) {
        steps.push_back(part.step(i));
        EXPECT_EQ(part.value(i), 1.0 / static_cast<double>(part.step(i)));
      }
    }
    EXPECT_TRUE(stream->Finish().ok());
    return steps;
  }
  static std::vector<int64_t> UpTo(int64_t last) {
    std::vector<int64_t> steps;
    for (int64_t step = 1; step <= last; ++step) steps.push_back(step);
    return steps;
  }

  TempDir dir_;
  Places places_;
  pid_t pid_ = -1;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::JobService::Stub> jobs_;
};

}  // namespace lab
