#include "daemon/store/store.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/store/database.h"
#include "tests/daemon/store_fixture.h"

namespace lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(StoreTest, CommitsWithoutBeingAsked) {
  int64_t id = RunningJob();
  std::promise<int64_t> acknowledged;
  store_->OnCommitted([&](int64_t job, int64_t attempt, int64_t number) {
    EXPECT_EQ(job, id);
    EXPECT_EQ(attempt, 1);
    acknowledged.set_value(number);
  });
  store_->Append(id, 1, BatchMaker().DeclareUsual().Steps(1, 3).Take());
  std::future<int64_t> number = acknowledged.get_future();
  ASSERT_EQ(number.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(number.get(), 3);
  EXPECT_EQ(ReadAll(*store_, id, "train/loss").raw_count, 3);
}

TEST_F(StoreTest, KnownNumbersAreSkipped) {
  int64_t id = RunningJob();
  auto batch = [] { return BatchMaker().DeclareUsual().Steps(1, 5).Sample(5, "s").Take(); };
  AppendAndFlush(id, 1, batch());
  int64_t last = *store_->LastSequence(id);
  AppendAndFlush(id, 1, batch());
  AppendAndFlush(id, 1, BatchMaker(4).DeclareUsual().Steps(4, 5).Sample(5, "s").Steps(6, 7).Take());
  EXPECT_EQ(*store_->LastSequence(id), last + 2);
  EXPECT_THAT(ReadAll(*store_, id, "train/loss").steps, ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(store_->ListSamples(id)->size(), 1u);
  EXPECT_EQ(*store_->LastWorkerNumber(id, 1), 8);
  EXPECT_EQ(*store_->LastWorkerNumber(id, 2), 0);
}

TEST_F(StoreTest, AGapOrAnUnknownRunIsRefused) {
  int64_t id = RunningJob();
  std::vector<std::string> refused;
  store_->OnRefused([&](int64_t, int64_t, absl::Status status) {
    refused.push_back(std::string(MessageOf(status)));
  });
  BatchMaker maker;
  AppendAndFlush(id, 1, maker.DeclareUsual().Steps(1, 2).Take());
  AppendAndFlush(id, 1, BatchMaker(4).DeclareUsual().Steps(4, 5).Take());
  AppendAndFlush(id, 1, BatchMaker(3).Point(9, 3, 1).Take());
  AppendAndFlush(id, 7, BatchMaker().DeclareUsual().Steps(1, 2).Take());
  AppendAndFlush(99, 1, BatchMaker().DeclareUsual().Steps(1, 2).Take());
  ASSERT_EQ(refused.size(), 4u);
  EXPECT_THAT(refused[0], HasSubstr("event 4 came after event 2"));
  EXPECT_THAT(refused[1], HasSubstr("metric 9"));
  EXPECT_THAT(refused[2], HasSubstr("no attempt 7"));
  EXPECT_THAT(refused[3], HasSubstr("no job 99"));
  AppendAndFlush(id, 1, maker.Steps(3, 3).Take());
  EXPECT_EQ(ReadAll(*store_, id, "train/loss").raw_count, 3);
  EXPECT_TRUE(store_->HasRoom());
}

TEST_F(StoreTest, ClosingCommitsWhatIsPending) {
  int64_t id = RunningJob();
  StoreOptions patient;
  patient.commit_seconds = 3600;
  Open(patient);
  store_->Append(id, 1, BatchMaker().DeclareUsual().Steps(1, 100).Take());
  Open();
  EXPECT_EQ(ReadAll(*store_, id, "train/loss").raw_count, 100);
}

TEST_F(StoreTest, TellsBackpressure) {
  int64_t id = RunningJob();
  StoreOptions small;
  small.commit_seconds = 3600;
  small.commit_events = 1'000'000;
  small.pending_limit = 100;
  Open(small);
  BatchMaker maker;
  EXPECT_TRUE(store_->Append(id, 1, maker.DeclareUsual().Steps(1, 99).Take()));
  EXPECT_TRUE(store_->HasRoom());
  EXPECT_FALSE(store_->Append(id, 1, maker.Steps(100, 150).Take()));
  EXPECT_FALSE(store_->HasRoom());
  ASSERT_TRUE(store_->Flush().ok());
  EXPECT_TRUE(store_->HasRoom());
  EXPECT_EQ(ReadAll(*store_, id, "train/loss").raw_count, 150);
}

TEST_F(StoreTest, AFullDiskLosesNothing) {
  NewJob filler = PlainJob("filler");
  filler.resolved = std::string(2'000'000, 'x');
  int64_t fill = NewJobId(filler);
  int64_t id = RunningJob();
  ASSERT_TRUE(store_->Flush().ok());
  store_.reset();
  StoreOptions full;
  {
    auto database = Database::Open(path(), Database::Mode::kRead);
    full.max_pages = *(*database)->QueryInt(0, "PRAGMA page_count") + 1;
  }
  full.retry_seconds = 0.01;
  Open(full);
  std::atomic<int64_t> acknowledged = 0;
  store_->OnCommitted([&](int64_t, int64_t, int64_t number) { acknowledged = number; });
  BatchMaker maker;
  maker.DeclareUsual();
  for (uint64_t step = 1; step <= 5000; step += 500) {
    store_->Append(id, 1, maker.Steps(step, step + 499).Take());
  }
  JobChange ended;
  ended.state = v1::Job::FAILED;
  store_->UpdateJobEventually(id, ended);
  absl::Status flushed = store_->Flush();
  EXPECT_EQ(ReasonOf(flushed), "DISK_FULL") << flushed;
  EXPECT_EQ(flushed.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(store_->trouble(), HasSubstr("lab.db is full"));
  EXPECT_EQ(ReasonOf(store_->CreateJobs({filler}, "", "").status()), "DISK_FULL");
  EXPECT_EQ(acknowledged, 0);
  EXPECT_EQ(Get(id).state(), v1::Job::RUNNING);  // reads go on
  // Room comes from removing a job, although events wait before it in the queue.
  ASSERT_TRUE(store_->RemoveJob(fill).ok());
  absl::Status again = store_->Flush();
  ASSERT_TRUE(again.ok()) << again;
  EXPECT_EQ(store_->trouble(), "");
  EXPECT_EQ(acknowledged, 5000);
  EXPECT_EQ(Get(id).state(), v1::Job::FAILED);
  Series series = ReadAll(*store_, id, "train/loss");
  ASSERT_EQ(series.steps.size(), 5000u);
  for (int64_t i = 0; i < 5000; ++i) ASSERT_EQ(series.steps[i], i + 1);
  EXPECT_EQ(*store_->LastSequence(id), 5003);  // queued, running, 5,000 points, failed
  EXPECT_TRUE(store_->HasRoom());
}

TEST_F(StoreTest, AFullDiskClearsByItself) {
  NewJob filler = PlainJob("filler");
  filler.resolved = std::string(1'000'000, 'x');
  int64_t fill = NewJobId(filler);
  int64_t id = RunningJob();
  StoreOptions full;
  full.max_pages = 1;  // SQLite takes the present size as the least
  full.retry_seconds = 0.01;
  Open(full);
  store_->Append(id, 1, BatchMaker().DeclareUsual().Steps(1, 4000).Take());
  EXPECT_FALSE(store_->Flush().ok());
  std::promise<int64_t> acknowledged;
  store_->OnCommitted([&](int64_t, int64_t, int64_t number) { acknowledged.set_value(number); });
  ASSERT_TRUE(store_->RemoveJob(fill).ok());
  std::future<int64_t> number = acknowledged.get_future();
  ASSERT_EQ(number.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(number.get(), 4000);
}

class TurnedClock : public Clock {
 public:
  double MonotonicSeconds() const override { return SystemClock().MonotonicSeconds(); }
  int64_t UnixMillis() const override { return now_; }
  void TurnDays(int64_t days) { now_ += days * 86'400'000; }

 private:
  std::atomic<int64_t> now_ = 1'700'000'000'000;
};

TEST_F(StoreTest, AClockThatJumpsChangesNoOrderAndLosesNothing) {
  TurnedClock clock;
  store_ = nullptr;
  store_ = *Store::Open(path(), &bus_, &clock, {});
  int64_t running = RunningJob();
  BatchMaker maker;
  AppendAndFlush(running, 1, maker.DeclareUsual().Steps(1, 10).Sample(10, "first").Take());
  clock.TurnDays(-1);
  int64_t yesterday = NewJobId();
  AppendAndFlush(running, 1, maker.Steps(11, 20).Sample(20, "second").Take());
  clock.TurnDays(400);
  int64_t next_year = NewJobId();
  AppendAndFlush(running, 1, maker.Steps(21, 30).Sample(30, "third").Take());
  clock.TurnDays(-400);
  // The queue is in the order of submission, and history in that of sequence, from any of them.
  auto queued = store_->NextQueued(9);
  ASSERT_EQ(queued->size(), 2u);
  EXPECT_EQ(queued->at(0).job.id(), yesterday);
  EXPECT_EQ(queued->at(1).job.id(), next_year);
  Series series = ReadAll(*store_, running, "train/loss");
  ASSERT_EQ(series.steps.size(), 30u);
  for (int64_t i = 0; i < 30; ++i) EXPECT_EQ(series.steps[i], i + 1);
  const int64_t last = *store_->LastSequence(running);
  for (int64_t after = 0; after < last; ++after) {
    auto history = store_->ReadEventsAfter(running, after, {});
    ASSERT_TRUE(history.ok()) << history.status();
    int64_t at = after;
    for (const v1::WatchEvent& event : history->events) {
      if (!event.has_metrics()) {
        ASSERT_EQ(event.sequence(), ++at);
      }
      for (int64_t sequence : event.metrics().sequence()) ASSERT_EQ(sequence, ++at);
    }
    EXPECT_EQ(at, last);
  }
  EXPECT_EQ(store_->ListSamples(running)->back().text(), "third");
  EXPECT_EQ(store_->ListJobs({})->jobs.at(0).id(), running);
  store_ = nullptr;  // before its clock
}

// What a child that appends without end leaves behind when it is killed.
[[noreturn]] void AppendUntilKilled(const std::string& path, int64_t id, int to_parent) {
  SystemClock clock;
  StoreOptions options;
  options.pending_limit = 20'000;
  auto store = Store::Open(path, nullptr, &clock, options);
  if (!store.ok()) ::_exit(1);
  (*store)->OnCommitted([&](int64_t, int64_t, int64_t number) {
    if (::write(to_parent, &number, sizeof number) != sizeof number) ::_exit(2);
  });
  BatchMaker maker;
  maker.DeclareUsual();
  for (uint64_t step = 1;; step += 7) {
    maker.Steps(step, step + 6);
    if (step % 700 == 1) maker.Checkpoint(static_cast<int64_t>(step), "full");
    (*store)->Append(id, 1, maker.Take());
    while (!(*store)->HasRoom()) std::this_thread::yield();
  }
}

TEST_F(StoreTest, AKilledProcessKeepsWhatItAcknowledged) {
  for (int round = 0; round < 4; ++round) {
    int64_t id = RunningJob();
    store_.reset();
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) AppendUntilKilled(path(), id, ends[1]);
    ::close(ends[1]);
    // Some acknowledgements, then the kill, at a moment that differs from round to round.
    int64_t acknowledged = 0;
    for (int i = 0; i <= 2 + 3 * round; ++i) {
      ASSERT_EQ(::read(ends[0], &acknowledged, sizeof acknowledged), 8);
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    while (::read(ends[0], &acknowledged, sizeof acknowledged) == 8) continue;
    ::close(ends[0]);
    Open();
    int64_t taken = *store_->LastWorkerNumber(id, 1);
    EXPECT_GE(taken, acknowledged);
    Series series = ReadAll(*store_, id, "train/loss");
    int64_t checkpoints = Get(id).checkpoints_size();
    EXPECT_EQ(series.raw_count + checkpoints, taken);
    EXPECT_EQ(*store_->LastSequence(id), taken + 2);
    for (size_t i = 0; i < series.steps.size(); ++i) {
      ASSERT_EQ(series.steps[i], static_cast<int64_t>(i + 1));
    }
    // The watermark says where a worker should go on.
    BatchMaker next(taken + 1);
    AppendAndFlush(id, 1, next.Point(0, series.steps.size() + 1, 1).Take());
    EXPECT_EQ(ReadAll(*store_, id, "train/loss").raw_count, series.raw_count + 1);
  }
}

TEST_F(StoreTest, CallsFromManyThreadsAreKeptApart) {
  std::vector<int64_t> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(RunningJob());
  std::vector<std::thread> threads;
  for (int64_t id : ids) {
    threads.emplace_back([&, id] {
      BatchMaker maker;
      maker.DeclareUsual();
      for (uint64_t step = 1; step <= 2000; ++step) {
        store_->Append(id, 1, maker.Steps(step, step).Take());
        if (step % 500 != 0) continue;
        EXPECT_TRUE(store_->Flush().ok());
        EXPECT_EQ(ReadAll(*store_, id, "train/loss").raw_count, static_cast<int64_t>(step));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int64_t id : ids) EXPECT_EQ(*store_->LastSequence(id), 2002);
}

TEST_F(StoreTest, ListsAThousandJobsQuickly) {
  ASSERT_TRUE(store_->CreateJobs(std::vector<NewJob>(1000, PlainJob()), "g", "").ok());
  // From several threads, whose calls share commits.
  std::vector<std::thread> threads;
  for (int64_t first = 1; first <= 8; ++first) {
    threads.emplace_back([&, first] {
      for (int64_t id = first; id <= 1000; id += 8) {
        EXPECT_TRUE(store_->BeginAttempt(id, 1, -1).ok());
        store_->Append(id, 1, BatchMaker().DeclareUsual().Point(0, 1, 1).Point(1, 1, 1).Take());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(store_->Flush().ok());
  auto start = std::chrono::steady_clock::now();
  auto page = store_->ListJobs({});
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  ASSERT_EQ(page->jobs.size(), 1000u);
  EXPECT_EQ(page->jobs[999].summary_size(), 2);
  RecordProperty("seconds", std::to_string(seconds));
  EXPECT_LT(seconds, 1.0);  // the goal is 0.05 on a quiet machine
}

TEST_F(StoreTest, TheRevisionRisesWithEveryChangeAndOnlyThen) {
  int64_t seen = store_->revision();
  auto rose = [&] { return std::exchange(seen, store_->revision()) < store_->revision(); };
  EXPECT_GE(seen, 1);
  int64_t id = NewJobId();
  EXPECT_TRUE(rose());
  JobChange change;
  change.note = "a note";
  ASSERT_TRUE(store_->UpdateJob(id, change).ok());
  EXPECT_TRUE(rose());
  ASSERT_TRUE(store_->ArrangeJobs({id}, QueuePlace::kTop, 0).ok());
  EXPECT_TRUE(rose());
  ASSERT_TRUE(store_->BeginAttempt(id, 1, -1).ok());
  EXPECT_TRUE(rose());
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 3).Take());
  EXPECT_TRUE(rose());
  v1::Progress progress;
  progress.set_step(3);
  store_->SetProgress(id, progress);
  EXPECT_TRUE(rose());
  // Looking changes nothing, and neither does what was refused.
  Get(id);
  ASSERT_TRUE(store_->ListJobs({}).ok());
  EXPECT_FALSE(store_->UpdateJob(4711, change).ok());
  EXPECT_FALSE(rose());
  ASSERT_TRUE(store_->RemoveJob(id).ok());
  EXPECT_TRUE(rose());
}

TEST_F(StoreTest, TakesAQuarterOfAMillionPointsASecond) {
  int64_t id = RunningJob();
  auto watcher = bus_.Subscribe(id, 10'000'000);
  constexpr int64_t kPoints = 500'000;
  std::vector<WorkerBatch> batches;
  BatchMaker maker;
  maker.DeclareUsual();
  for (int64_t first = 1; first <= kPoints; first += 500) {
    batches.push_back(maker.Steps(first, first + 499).Take());
  }
  auto start = std::chrono::steady_clock::now();
  for (WorkerBatch& batch : batches) {
    while (!store_->HasRoom()) std::this_thread::yield();
    store_->Append(id, 1, std::move(batch));
  }
  ASSERT_TRUE(store_->Flush().ok());
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf("[          ] %.0f points/s\n", kPoints / seconds);
  EXPECT_EQ(*store_->LastWorkerNumber(id, 1), kPoints);
  EXPECT_GT(kPoints / seconds, 50'000);  // 250,000 on a quiet machine, asserted loosely
}

}  // namespace
}  // namespace lab
