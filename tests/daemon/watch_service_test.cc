// JobService.WatchJob: history, then the live tail; slow and stopped clients.

#include <atomic>
#include <chrono>
#include <thread>

#include <gmock/gmock.h>

#include "tests/daemon/service_harness.h"

namespace lab {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;

struct Watched {
  std::vector<int64_t> sequences;  // of stored events and points, as they came
  std::vector<double> values;      // of points
  std::vector<v1::WatchEvent> others;
  int64_t metric_messages = 0;
  int64_t largest_message = 0;
  grpc::Status status;
};

void Take(const v1::WatchEvent& event, Watched& watched) {
  watched.largest_message =
      std::max<int64_t>(watched.largest_message, static_cast<int64_t>(event.ByteSizeLong()));
  if (!event.has_metrics()) {
    if (!event.has_progress() && !event.has_log()) watched.sequences.push_back(event.sequence());
    watched.others.push_back(event);
    return;
  }
  ++watched.metric_messages;
  const v1::MetricPoints& points = event.metrics();
  EXPECT_EQ(points.metric_size(), points.value_size());
  EXPECT_EQ(event.sequence(), *points.sequence().rbegin());
  for (int i = 0; i < points.value_size(); ++i) {
    EXPECT_EQ(points.metrics(points.metric(i)), "train/loss");
    watched.sequences.push_back(points.sequence(i));
    watched.values.push_back(points.value(i));
  }
}

v1::WatchJobRequest Request(int64_t job, int64_t after = 0, std::vector<std::string> kinds = {}) {
  v1::WatchJobRequest request;
  request.set_job_id(job);
  request.set_after_sequence(after);
  for (std::string& kind : kinds) request.add_kinds(std::move(kind));
  return request;
}

// Watches to the end; stops after `limit` stored events if that is not 0.
Watched Watch(v1::JobService::Stub& stub, const v1::WatchJobRequest& request, size_t limit = 0) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + seconds(60));
  auto reader = stub.WatchJob(&context, request);
  Watched watched;
  v1::WatchEvent event;
  while (reader->Read(&event)) {
    Take(event, watched);
    if (limit > 0 && watched.sequences.size() >= limit) context.TryCancel();
  }
  watched.status = reader->Finish();
  return watched;
}

// `after`+1, `after`+2, …, each once.
void ExpectComplete(const Watched& watched, int64_t after, int64_t last) {
  ASSERT_EQ(static_cast<int64_t>(watched.sequences.size()), last - after);
  for (size_t i = 0; i < watched.sequences.size(); ++i) {
    ASSERT_EQ(watched.sequences[i], after + 1 + static_cast<int64_t>(i));
  }
}

TEST(WatchService, GivesHistoryThenTailWithoutGapOrDuplicate) {
  ServiceLab lab;
  int64_t id = lab.AddRunningJob();
  constexpr int64_t kBatches = 300, kPerBatch = 40;
  std::thread trainer([&] {
    for (int64_t i = 0; i < kBatches; ++i) {
      lab.AppendPoints(id, 1 + i * kPerBatch, kPerBatch);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    EXPECT_TRUE(lab.store->Flush().ok());
    lab.SetState(id, v1::Job::SUCCEEDED);
  });
  std::vector<std::thread> clients;
  std::vector<Watched> watched(4);
  for (Watched& one : watched) {
    clients.emplace_back([&] {
      auto stub = v1::JobService::NewStub(lab.Channel());
      one = Watch(*stub, Request(id));
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(80));
  }
  trainer.join();
  for (std::thread& client : clients) client.join();
  int64_t last = *lab.store->LastSequence(id);
  EXPECT_GE(last, kBatches * kPerBatch);
  for (const Watched& one : watched) {
    EXPECT_TRUE(one.status.ok()) << one.status.error_message();
    ExpectComplete(one, 0, last);
    ASSERT_EQ(one.values.size(), size_t{kBatches * kPerBatch});
    for (size_t i = 0; i < one.values.size(); ++i) ASSERT_EQ(one.values[i], (i + 1) / 2.0);
    EXPECT_EQ(one.others.back().state().state(), v1::Job::SUCCEEDED);
  }
}

TEST(WatchService, GoesOnFromAnySequenceWhileEventsCome) {
  ServiceLab lab;
  int64_t id = lab.AddRunningJob();
  std::atomic<bool> done = false;
  std::thread trainer([&] {
    for (int64_t i = 0; i < 100; ++i) lab.AppendPoints(id, 1 + i * 30, 30);
    EXPECT_TRUE(lab.store->Flush().ok());
    lab.SetState(id, v1::Job::CANCELLED);
    done = true;
  });
  // A client that is cut off again and again.
  std::vector<int64_t> all;
  grpc::Status status;
  while (true) {
    int64_t after = all.empty() ? 0 : all.back();
    Watched part = Watch(*lab.jobs, Request(id, after), 700);
    all.insert(all.end(), part.sequences.begin(), part.sequences.end());
    if (part.status.ok()) break;
    ASSERT_EQ(part.status.error_code(), grpc::StatusCode::CANCELLED);
  }
  trainer.join();
  int64_t last = *lab.store->LastSequence(id);
  ASSERT_EQ(static_cast<int64_t>(all.size()), last);
  for (int64_t i = 0; i < last; ++i) ASSERT_EQ(all[static_cast<size_t>(i)], i + 1);
  // Every starting point in the middle of a packed message.
  for (int64_t after : {int64_t{1}, int64_t{2}, int64_t{17}, int64_t{1500}, last - 1, last}) {
    Watched rest = Watch(*lab.jobs, Request(id, after));
    EXPECT_TRUE(rest.status.ok());
    ExpectComplete(rest, after, last);
  }
}

TEST(WatchService, DoesNotEndAtAFailureThatWasResumed) {
  ServiceLab lab;
  int64_t id = lab.AddRunningJob();
  lab.SetState(id, v1::Job::FAILED);
  lab.SetState(id, v1::Job::QUEUED);
  lab.SetState(id, v1::Job::RUNNING);
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    lab.SetState(id, v1::Job::SUCCEEDED);
  });
  Watched watched = Watch(*lab.jobs, Request(id));
  later.join();
  EXPECT_TRUE(watched.status.ok());
  std::vector<v1::Job::State> states;
  for (const auto& event : watched.others) states.push_back(event.state().state());
  ASSERT_GE(states.size(), 4u);
  states.erase(states.begin(), states.end() - 4);
  EXPECT_THAT(states,
              ElementsAre(v1::Job::FAILED, v1::Job::QUEUED, v1::Job::RUNNING, v1::Job::SUCCEEDED));
}

TEST(WatchService, EndsAtPausedAndSaysWhyAJobFailed) {
  ServiceLab lab;
  int64_t paused = lab.AddRunningJob();
  lab.SetState(paused, v1::Job::PAUSED);
  EXPECT_TRUE(Watch(*lab.jobs, Request(paused)).status.ok());
  int64_t failed = lab.AddRunningJob();
  lab.SetState(failed, v1::Job::FAILED);
  Watched watched = Watch(*lab.jobs, Request(failed));
  EXPECT_EQ(watched.others.back().state().error().reason(), "TEST");
}

TEST(WatchService, GivesOnlyTheKindsThatWereAsked) {
  ServiceLab lab;
  int64_t id = lab.AddRunningJob();
  lab.AppendPoints(id, 1, 50);
  WorkerEvent mark;
  mark.number = 51;
  mark.data = v1::Mark();
  lab.AppendEvent(id, mark);
  EXPECT_TRUE(lab.store->Flush().ok());
  lab.SetState(id, v1::Job::SUCCEEDED);
  Watched metrics = Watch(*lab.jobs, Request(id, 0, {"metric"}));
  EXPECT_TRUE(metrics.status.ok());
  EXPECT_EQ(metrics.values.size(), 50u);
  EXPECT_TRUE(metrics.others.empty());
  Watched marks = Watch(*lab.jobs, Request(id, 0, {"mark", "state"}));
  EXPECT_TRUE(marks.values.empty());
  bool has_mark = false;
  for (const auto& event : marks.others) has_mark |= event.has_mark();
  EXPECT_TRUE(has_mark);
}

TEST(WatchService, PassesProgressAndLogLinesOn) {
  ServiceLab lab;
  int64_t id = lab.AddRunningJob();
  std::thread later([&] {
    while (lab.services->open_streams() == 0) std::this_thread::yield();
    while (!lab.bus.Wanted(id)) std::this_thread::yield();
    for (int step = 1; step <= 50; ++step) {
      v1::Progress progress;
      progress.set_step(step);
      lab.store->SetProgress(id, progress);
      lab.store->PostLog(id, "line " + std::to_string(step));
    }
    // The stream is known to be live once it has given something.
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    lab.SetState(id, v1::Job::SUCCEEDED);
  });
  Watched watched = Watch(*lab.jobs, Request(id));
  later.join();
  std::vector<std::string> lines;
  int64_t last_step = 0;
  for (const auto& event : watched.others) {
    if (event.has_log()) lines.push_back(event.log().text());
    if (event.has_progress()) last_step = event.progress().step();
  }
  ASSERT_EQ(lines.size(), 50u);
  EXPECT_EQ(lines.front(), "line 1");
  EXPECT_EQ(lines.back(), "line 50");
  EXPECT_EQ(last_step, 50);
}

TEST(WatchService, SendsAtMostTwentyMetricMessagesASecondLive) {
  ServiceLab lab;
  int64_t id = lab.AddRunningJob();
  std::thread trainer([&] {
    while (!lab.bus.Wanted(id)) std::this_thread::yield();
    auto end = steady_clock::now() + seconds(1);
    int64_t next = 1;
    while (steady_clock::now() < end) {
      lab.AppendPoints(id, next, 10);
      EXPECT_TRUE(lab.store->Flush().ok());  // a commit of its own
      next += 10;
    }
    lab.SetState(id, v1::Job::SUCCEEDED);
  });
  Watched watched = Watch(*lab.jobs, Request(id));
  trainer.join();
  EXPECT_GT(watched.metric_messages, 2);
  EXPECT_LE(watched.metric_messages, 26);
}

TEST(WatchService, KeepsMessagesUnderOneMebibyte) {
  ServiceLab lab;
  int64_t id = lab.AddRunningJob();
  for (int64_t i = 0; i < 20; ++i) lab.AppendPoints(id, 1 + i * 10'000, 10'000);
  EXPECT_TRUE(lab.store->Flush().ok());
  lab.SetState(id, v1::Job::SUCCEEDED);
  Watched watched = Watch(*lab.jobs, Request(id));
  EXPECT_EQ(watched.values.size(), 200'000u);
  EXPECT_LE(watched.largest_message, 1 << 20);
}

TEST(WatchService, RefusesWhatCannotBeWatched) {
  ServiceLab lab;
  int64_t id = lab.AddRunningJob();
  EXPECT_EQ(Watch(*lab.jobs, Request(0)).status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(Watch(*lab.jobs, Request(id, -1)).status.error_code(), grpc::INVALID_ARGUMENT);
  grpc::Status kind = Watch(*lab.jobs, Request(id, 0, {"metrics"})).status;
  EXPECT_EQ(kind.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(kind.error_message(), HasSubstr("there is no kind \"metrics\""));
  grpc::Status unknown = Watch(*lab.jobs, Request(id + 1)).status;
  EXPECT_EQ(unknown.error_code(), grpc::NOT_FOUND);
  EXPECT_EQ(unknown.error_message(), "job " + std::to_string(id + 1) + " does not exist");
  EXPECT_EQ(Watch(*lab.jobs, Request(id, 1000)).status.error_code(), grpc::OUT_OF_RANGE);
}

TEST(WatchService, EndsWhenItsJobIsRemoved) {
  ServiceLab lab;
  int64_t id = lab.AddHeldJob();
  std::thread later([&] {
    while (!lab.bus.Wanted(id)) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // into the quiet live tail
    EXPECT_TRUE(lab.store->RemoveJob(id).ok());
  });
  grpc::Status status = Watch(*lab.jobs, Request(id)).status;
  later.join();
  EXPECT_EQ(status.error_code(), grpc::NOT_FOUND);
}

// A client that opened a watch and never reads.
class StalledClient {
 public:
  StalledClient(const ServiceLab& lab, int64_t job)
      : stub_(v1::JobService::NewStub(lab.Channel())) {
    reader_ = stub_->WatchJob(&context_, Request(job));
  }
  ~StalledClient() { context_.TryCancel(); }
  grpc::Status ReadOn(Watched& watched) {
    v1::WatchEvent event;
    while (reader_->Read(&event)) Take(event, watched);
    return reader_->Finish();
  }

 private:
  std::unique_ptr<v1::JobService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchEvent>> reader_;
};

constexpr int64_t kFlood = 400'000;  // more than buffers, windows and queue hold

void Flood(ServiceLab& lab, int64_t id) {
  for (int64_t first = 1; first <= kFlood; first += 4000) {
    lab.AppendPoints(id, first, 4000);
    if (first % 80'000 == 1) {
      EXPECT_TRUE(lab.store->Flush().ok());
    }
  }
  EXPECT_TRUE(lab.store->Flush().ok());
}

TEST(WatchService, StalledClientCatchesUpWhenItReadsAgain) {
  ServiceLab lab;
  int64_t id = lab.AddRunningJob();
  StalledClient stalled(lab, id);
  while (!lab.bus.Wanted(id)) std::this_thread::yield();
  Flood(lab, id);
  lab.SetState(id, v1::Job::SUCCEEDED);
  Watched watched;
  grpc::Status status = stalled.ReadOn(watched);
  EXPECT_TRUE(status.ok()) << status.error_message();
  ExpectComplete(watched, 0, *lab.store->LastSequence(id));
}

TEST(WatchService, StalledClientsBlockNeitherOthersNorShutdown) {
  ServiceLab lab;
  int64_t id = lab.AddRunningJob();
  std::vector<std::unique_ptr<StalledClient>> stalled;
  for (int i = 0; i < 8; ++i) stalled.push_back(std::make_unique<StalledClient>(lab, id));
  while (lab.services->open_streams() < 8) std::this_thread::yield();
  std::thread trainer([&] {
    Flood(lab, id);
    lab.SetState(id, v1::Job::SUCCEEDED);
  });
  auto stub = v1::JobService::NewStub(lab.Channel());
  Watched watched = Watch(*stub, Request(id));
  trainer.join();
  EXPECT_TRUE(watched.status.ok());
  EXPECT_EQ(watched.values.size(), size_t{kFlood});
  EXPECT_EQ(lab.services->open_streams(), 8u);  // they are stuck in the middle
  auto begin = steady_clock::now();
  lab.StopServer();
  EXPECT_LT(steady_clock::now() - begin, seconds(2));
  EXPECT_EQ(lab.services->open_streams(), 0u);
}

TEST(WatchService, TellsReadingClientsThatLabdLeaves) {
  ServiceLab lab;
  int64_t id = lab.AddRunningJob();
  std::thread later([&] {
    while (!lab.bus.Wanted(id)) std::this_thread::yield();
    lab.StopServer();
  });
  grpc::Status status = Watch(*lab.jobs, Request(id)).status;
  later.join();
  EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "labd is leaving");
}

TEST(WatchService, NoticesAClientThatWentAway) {
  ServiceLab lab;
  int64_t id = lab.AddRunningJob();
  {
    StalledClient gone(lab, id);
    while (lab.services->open_streams() == 0) std::this_thread::yield();
  }
  auto limit = steady_clock::now() + seconds(10);
  while (lab.services->open_streams() > 0 && steady_clock::now() < limit) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(lab.services->open_streams(), 0u);
}

// Not a limit, but the figure for the record: points a second from Append to a client's hands.
TEST(WatchService, ReportsPointsPerSecondToAClient) {
  ServiceLab lab;
  int64_t id = lab.AddRunningJob();
  auto begin = steady_clock::now();
  std::thread trainer([&] {
    Flood(lab, id);
    lab.SetState(id, v1::Job::SUCCEEDED);
  });
  Watched watched = Watch(*lab.jobs, Request(id));
  trainer.join();
  double wall = std::chrono::duration<double>(steady_clock::now() - begin).count();
  EXPECT_EQ(watched.values.size(), size_t{kFlood});
  begin = steady_clock::now();
  watched = Watch(*lab.jobs, Request(id));
  double history = std::chrono::duration<double>(steady_clock::now() - begin).count();
  RecordProperty("live_points_per_second", std::to_string(kFlood / wall));
  RecordProperty("history_points_per_second", std::to_string(kFlood / history));
  printf("live %.0f points/s, history %.0f points/s\n", kFlood / wall, kFlood / history);
}

}  // namespace
}  // namespace lab
