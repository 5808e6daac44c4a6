#include "proto/client/lab_client.h"

#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/client/channel.h"
#include "tests/client/fake_lab.h"

namespace lab {
namespace {

using testing::FakeLab;
using ::testing::HasSubstr;

LabClient ClientOf(const FakeLab& lab, double deadline = 10) {
  return LabClient(OpenChannel(Address{lab.socket(), false}), deadline);
}

TEST(LabClient, ReadsAllPagesOfTheList) {
  FakeLab lab;
  for (int id = 1; id <= 5; ++id) lab.AddJob(id, v1::Job::QUEUED);
  auto jobs = ClientOf(lab).ListJobs();
  ASSERT_TRUE(jobs.ok()) << jobs.status();
  ASSERT_EQ(jobs->jobs_size(), 5);
  EXPECT_EQ(jobs->jobs(4).id(), 5);
}

TEST(LabClient, KeepsCodeReasonAndMessageOfARefusal) {
  FakeLab lab;
  auto job = ClientOf(lab).GetJob(7);
  EXPECT_EQ(job.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(job.status()), "JOB_NOT_FOUND");
  EXPECT_EQ(MessageOf(job.status()), "there is no job 7");
}

TEST(LabClient, KeepsTheFieldErrorsOfARefusedConfig) {
  FakeLab lab;
  lab.on_create = [](grpc::ServerContext* context, const v1::CreateJobRequest&,
                     v1::CreateJobResponse*) {
    v1::CheckReport report;
    report.add_errors()->set_field("train.steps");
    report.add_errors()->set_field("model.layers");
    context->AddTrailingMetadata("lab-errors-bin", report.SerializeAsString());
    return testing::Refusal(context, grpc::StatusCode::INVALID_ARGUMENT, "CONFIG_INVALID", "no");
  };
  auto created = ClientOf(lab).CreateJob({});
  auto report = CheckReportOf(created.status());
  ASSERT_TRUE(report.has_value());
  ASSERT_EQ(report->errors_size(), 2);
  EXPECT_EQ(report->errors(1).field(), "model.layers");
  EXPECT_FALSE(CheckReportOf(absl::NotFoundError("x")).has_value());
}

TEST(LabClient, GivesTheChecksOfAGroupTheirTime) {
  FakeLab lab;
  double left = 0;
  lab.on_create = [&](grpc::ServerContext* context, const v1::CreateJobRequest&,
                      v1::CreateJobResponse*) {
    left = std::chrono::duration<double>(context->deadline() - std::chrono::system_clock::now())
               .count();
    return grpc::Status::OK;
  };
  EXPECT_TRUE(ClientOf(lab, 60).CreateJob({}).ok());
  EXPECT_GT(left, 300);
}

TEST(LabClient, AsksAgainWhileTheFirstWorkerLoads) {
  FakeLab lab;
  lab.not_yet = 3;
  lab.catalog.add_job_types()->set_name("pretrain");
  auto catalog = ClientOf(lab).GetCatalog();
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  EXPECT_EQ(catalog->job_types(0).name(), "pretrain");
}

TEST(LabClient, GivesUpOnAWorkerThatNeverComes) {
  FakeLab lab;
  lab.not_yet = 1000000;
  auto catalog = ClientOf(lab, 0.5).GetCatalog();
  EXPECT_EQ(catalog.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(IsUnreachable(catalog.status()));
  EXPECT_THAT(std::string(MessageOf(catalog.status())), HasSubstr("no worker yet"));
}

TEST(LabClient, TellsAnAbsentDaemonFromABusyOne) {
  FakeLab lab;
  LabClient client = ClientOf(lab);
  lab.Stop();
  auto job = client.GetJob(1);
  EXPECT_TRUE(IsUnreachable(job.status()));
  EXPECT_EQ(ReasonOf(job.status()), "DAEMON_UNREACHABLE");
}

TEST(LabClient, StreamEndsWhenTheReceiverHasEnough) {
  FakeLab lab;
  for (int i = 0; i < 3; ++i) lab.series.emplace_back().set_name("train/loss");
  int seen = 0;
  absl::Status status =
      ClientOf(lab).ReadMetrics({}, [&](const v1::SeriesPart&) { return ++seen < 2; });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(seen, 2);
}

TEST(LabClient, CancellationEndsAStreamThatWaits) {
  FakeLab lab;
  lab.AddJob(1, v1::Job::RUNNING);
  lab.on_watch = [](grpc::ServerContext* context, const v1::WatchJobRequest&,
                    grpc::ServerWriter<v1::WatchEvent>* writer) {
    writer->Write(testing::Event(1));
    while (!context->IsCancelled()) std::this_thread::yield();
    return grpc::Status::CANCELLED;
  };
  Cancellation cancellation;
  std::thread other;
  v1::WatchJobRequest request;
  request.set_job_id(1);
  absl::Status status = ClientOf(lab).WatchJobOnce(
      request,
      [&](const v1::WatchEvent&) {
        other = std::thread([&] { cancellation.Cancel(); });
        return true;
      },
      &cancellation);
  other.join();
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  // A call after the cancellation ends at once too.
  EXPECT_TRUE(absl::IsCancelled(ClientOf(lab).WatchJobOnce(
      request, [](const v1::WatchEvent&) { return true; }, &cancellation)));
}

}  // namespace
}  // namespace lab
