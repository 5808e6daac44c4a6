#include "daemon/service/event_bus.h"

#include <atomic>
#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/service/job_watch.h"
#include "tests/daemon/store_fixture.h"

namespace lab {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

std::chrono::steady_clock::time_point Now() { return std::chrono::steady_clock::now(); }

std::shared_ptr<const v1::WatchEvent> MarkEvent(int64_t sequence) {
  auto event = std::make_shared<v1::WatchEvent>();
  event->set_sequence(sequence);
  event->mutable_mark()->set_step(sequence);
  return event;
}

std::shared_ptr<const v1::WatchEvent> LogEvent(std::string text) {
  auto event = std::make_shared<v1::WatchEvent>();
  event->mutable_log()->set_text(std::move(text));
  return event;
}

TEST(EventBus, GivesEachWatcherItsJobsEvents) {
  EventBus bus;
  auto one = bus.Subscribe(1);
  auto all = bus.Subscribe(0);
  EXPECT_TRUE(bus.Wanted(5));
  bus.Post(1, MarkEvent(10));
  bus.Post(2, MarkEvent(20));
  EXPECT_EQ(one->Pop(Now()).event->sequence(), 10);
  EXPECT_EQ(one->Pop(Now()).outcome, Watcher::Outcome::kTimeout);
  EXPECT_EQ(all->Pop(Now()).job, 1);
  EXPECT_EQ(all->Pop(Now()).event->sequence(), 20);
}

TEST(EventBus, AWatcherLeavesWithItsOwner) {
  EventBus bus;
  auto watcher = bus.Subscribe(1);
  EXPECT_TRUE(bus.Wanted(1));
  EXPECT_FALSE(bus.Wanted(2));
  watcher.reset();
  EXPECT_FALSE(bus.Wanted(1));
  bus.Post(1, MarkEvent(1));  // nobody is hurt
}

TEST(EventBus, ASlowWatcherIsDroppedAndNobodyWaits) {
  EventBus bus;
  auto slow = bus.Subscribe(1, 3);
  auto quick = bus.Subscribe(1, 100);
  for (int64_t i = 1; i <= 5; ++i) bus.Post(1, MarkEvent(i));
  EXPECT_EQ(slow->Pop(Now()).outcome, Watcher::Outcome::kDropped);
  EXPECT_EQ(slow->Pop(Now()).outcome, Watcher::Outcome::kDropped);
  for (int64_t i = 1; i <= 5; ++i) EXPECT_EQ(quick->Pop(Now()).event->sequence(), i);
}

TEST(EventBus, LogLinesOverflowWithoutADrop) {
  EventBus bus;
  auto watcher = bus.Subscribe(1, 2);
  for (int i = 0; i < 5; ++i) bus.Post(1, LogEvent("line"));
  EXPECT_EQ(watcher->Pop(Now()).outcome, Watcher::Outcome::kEvent);
  EXPECT_EQ(watcher->Pop(Now()).outcome, Watcher::Outcome::kEvent);
  EXPECT_EQ(watcher->Pop(Now()).outcome, Watcher::Outcome::kTimeout);
}

TEST(EventBus, CancelAndShutdownWakeWhoWaits) {
  EventBus bus;
  auto cancelled = bus.Subscribe(1);
  auto left = bus.Subscribe(2);
  std::atomic<int> woken = 0;
  auto wait = [&](Watcher* watcher) {
    Watcher::Popped popped = watcher->Pop(Now() + seconds(60));
    if (popped.outcome == Watcher::Outcome::kCancelled) ++woken;
  };
  std::thread first(wait, cancelled.get());
  std::thread second(wait, left.get());
  cancelled->Cancel();
  first.join();
  bus.Shutdown();
  second.join();
  EXPECT_EQ(woken, 2);
  EXPECT_EQ(bus.Subscribe(3)->Pop(Now()).outcome, Watcher::Outcome::kCancelled);
}

TEST(EventBus, WhoWaitsForManyIsWokenOnceForAll) {
  EventBus bus;
  auto watcher = bus.Subscribe(1);
  std::thread waiting([&] {
    // A minute is more than the test has: it ends only if the third event wakes it.
    EXPECT_EQ(watcher->Pop(Now() + seconds(60), 3).event->sequence(), 1);
    EXPECT_EQ(watcher->Pop(Now()).event->sequence(), 2);
    EXPECT_EQ(watcher->Pop(Now()).event->sequence(), 3);
  });
  const auto begin = Now();
  for (int64_t i = 1; i <= 3; ++i) bus.Post(1, MarkEvent(i));
  waiting.join();
  EXPECT_LT(Now(), begin + seconds(50));
  // What there is by the deadline is given.
  bus.Post(1, MarkEvent(4));
  EXPECT_EQ(watcher->Pop(Now(), 3).event->sequence(), 4);
}

TEST(EventBus, OfProgressThatNobodyFetchesTheNewestStays) {
  EventBus bus;
  auto watcher = bus.Subscribe(1, 3);
  auto post = [&](int64_t step) {
    auto event = std::make_shared<v1::WatchEvent>();
    event->mutable_progress()->set_step(step);
    bus.Post(1, event);
  };
  for (int64_t step = 1; step <= 9; ++step) post(step);
  bus.Post(1, MarkEvent(10));
  for (int64_t step = 11; step <= 19; ++step) post(step);
  EXPECT_EQ(watcher->Pop(Now()).event->progress().step(), 9);
  EXPECT_EQ(watcher->Pop(Now()).event->sequence(), 10);
  EXPECT_EQ(watcher->Pop(Now()).event->progress().step(), 19);
  EXPECT_EQ(watcher->Pop(Now()).outcome, Watcher::Outcome::kTimeout);
}

// --- history, then the live tail

class JobWatchTest : public StoreTest {
 protected:
  // Reads until `last` at least, and checks that every sequence comes once and in order.
  void ExpectAllUntil(JobWatch* watch, int64_t first, int64_t last,
                      milliseconds pause_between = milliseconds(0)) {
    int64_t expected = first;
    auto deadline = Now() + seconds(60);
    while (expected <= last) {
      ASSERT_LT(Now(), deadline) << "stuck before " << expected;
      auto events = watch->Next(milliseconds(200));
      ASSERT_TRUE(events.ok()) << events.status();
      for (const auto& event : *events) {
        if (IsTransient(*event)) continue;
        if (!event->has_metrics()) {
          ASSERT_EQ(event->sequence(), expected++);
          continue;
        }
        for (int64_t sequence : event->metrics().sequence()) ASSERT_EQ(sequence, expected++);
      }
      if (pause_between.count() > 0) std::this_thread::sleep_for(pause_between);
    }
  }
};

TEST_F(JobWatchTest, HistoryThenLiveWithoutGapOrDuplicate) {
  int64_t id = RunningJob();
  BatchMaker maker;
  AppendAndFlush(id, 1, maker.DeclareUsual().Steps(1, 20'000).Take());
  constexpr int64_t kLast = 2 + 20'000 + 3000 * 21;
  std::thread appending([&] {
    for (uint64_t i = 0; i < 3000; ++i) {
      uint64_t step = 20'001 + i * 20;
      store_->Append(id, 1,
                     maker.Steps(step, step + 19).Mark(static_cast<int64_t>(step), "m").Take());
    }
    EXPECT_TRUE(store_->Flush().ok());
  });
  std::vector<std::thread> watching;
  for (int64_t after : {0, 7, 20'002}) {
    watching.emplace_back([&, after] {
      JobWatch watch(store_.get(), &bus_, id, after, {});
      ExpectAllUntil(&watch, after + 1, kLast);
    });
  }
  // This one overflows again and again, and catches up from the store.
  watching.emplace_back([&] {
    JobWatch watch(store_.get(), &bus_, id, 0, {}, 50);
    ExpectAllUntil(&watch, 1, kLast, milliseconds(1));
  });
  appending.join();
  for (std::thread& thread : watching) thread.join();
}

TEST_F(JobWatchTest, WatchersThatComeAndGoMissNothing) {
  int64_t id = RunningJob();
  BatchMaker maker;
  AppendAndFlush(id, 1, maker.DeclareUsual().Take());
  std::atomic<bool> stop = false;
  std::thread appending([&] {
    for (uint64_t step = 1; !stop; ++step) {
      store_->Append(id, 1, maker.Steps(step, step).Take());
      if (step % 16 == 0) {
        EXPECT_TRUE(store_->Flush().ok());
      }
    }
  });
  // Each subscribes while a transaction is under way that nobody else watches.
  int64_t after = 0;
  for (int i = 0; i < 150; ++i) {
    JobWatch watch(store_.get(), &bus_, id, after, {});
    ExpectAllUntil(&watch, after + 1, after + 40);
    after = watch.last_sequence();
  }
  stop = true;
  appending.join();
}

TEST_F(JobWatchTest, FiltersKindsInHistoryAndLive) {
  int64_t id = RunningJob();
  BatchMaker maker;
  AppendAndFlush(id, 1, maker.DeclareUsual().Steps(1, 10).Sample(10, "a").Take());
  JobWatch watch(store_.get(), &bus_, id, 0, {"sample", "log"});
  auto history = watch.Next(milliseconds(0));
  ASSERT_EQ(history->size(), 1u);
  EXPECT_EQ((*history)[0]->sample().text(), "a");
  AppendAndFlush(id, 1, maker.Steps(11, 20).Sample(20, "b").Take());
  v1::Progress progress;
  progress.set_step(20);
  store_->SetProgress(id, progress);
  store_->PostLog(id, "a line \xFF");
  std::vector<std::shared_ptr<const v1::WatchEvent>> live;
  while (live.size() < 2) {
    auto events = watch.Next(seconds(20));
    ASSERT_TRUE(events.ok());
    live.insert(live.end(), events->begin(), events->end());
  }
  ASSERT_EQ(live.size(), 2u);
  EXPECT_EQ(live[0]->sample().text(), "b");
  EXPECT_EQ(live[1]->log().text(), "a line \xEF\xBF\xBD");
  EXPECT_EQ(live[1]->sequence(), *store_->LastSequence(id));
}

TEST_F(JobWatchTest, TransientEventsCarryTheLastCommittedSequence) {
  int64_t id = RunningJob();
  Open();  // what the store knows of the job is only in the file now
  JobWatch watch(store_.get(), &bus_, id, 2, {});
  EXPECT_TRUE(watch.Next(milliseconds(0))->empty());
  v1::Progress progress;
  progress.set_step(3);
  store_->SetProgress(id, progress);
  auto events = watch.Next(seconds(20));
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ((*events)[0]->progress().step(), 3);
  EXPECT_EQ((*events)[0]->sequence(), 2);
}

TEST_F(JobWatchTest, EndsWhenTheJobIsRemovedOrTheWatchCancelled) {
  int64_t id = RunningJob();
  JobWatch watch(store_.get(), &bus_, id, 2, {});
  EXPECT_TRUE(watch.Next(milliseconds(0))->empty());
  ASSERT_TRUE(store_->RemoveJob(id).ok());
  EXPECT_EQ(watch.Next(seconds(20)).status().code(), absl::StatusCode::kNotFound);
  int64_t other = RunningJob();
  JobWatch second(store_.get(), &bus_, other, 2, {});
  std::thread cancelling([&] { second.Cancel(); });
  auto ended = second.Next(seconds(60));
  cancelling.join();
  EXPECT_EQ(ended.status().code(), absl::StatusCode::kCancelled);
  JobWatch unknown(store_.get(), &bus_, 99, 0, {});
  EXPECT_EQ(unknown.Next(seconds(1)).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace lab
