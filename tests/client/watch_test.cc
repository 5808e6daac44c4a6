#include "proto/client/watch.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/client/channel.h"
#include "tests/client/fake_lab.h"

namespace lab {
namespace {

using ::testing::ElementsAre;
using testing::Event;
using testing::FakeLab;
using testing::LossEvent;
using testing::StateEvent;
using Writer = grpc::ServerWriter<v1::WatchEvent>;

WatchOptions Quick() {
  WatchOptions options;
  options.first_retry_seconds = 0.01;
  options.last_retry_seconds = 0.02;
  options.give_up_seconds = 10;
  return options;
}

class WatchTest : public ::testing::Test {
 protected:
  WatchTest() : client_(OpenChannel(Address{lab_.socket(), false}), 10) {
    lab_.AddJob(1, v1::Job::RUNNING);
  }

  // Sequences of all stored events and points, in the order of their arrival.
  absl::Status Collect(ReconnectingWatch& watch) {
    return watch.Run(
        [&](const v1::WatchEvent& event) {
          if (event.has_metrics()) {
            for (int64_t sequence : event.metrics().sequence()) seen_.push_back(sequence);
            EXPECT_EQ(event.metrics().value_size(), event.metrics().sequence_size());
          } else if (!event.has_progress()) {
            seen_.push_back(event.sequence());
          }
          return true;
        },
        [&](const absl::Status& status) { breaks_ += status.ok() ? 0 : 1; });
  }

  FakeLab lab_;
  LabClient client_;
  std::vector<int64_t> seen_;
  int breaks_ = 0;
};

TEST_F(WatchTest, GoesOnAfterTheLastSequenceWhenTheStreamBreaks) {
  std::atomic<int> connection{0};
  lab_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest& request, Writer* writer) {
    int64_t after = request.after_sequence();
    // Each connection sends three events, then breaks; the last one ends the job.
    for (int64_t next = after + 1; next <= after + 3 && next <= 8; ++next) {
      writer->Write(next == 8 ? StateEvent(8, v1::Job::SUCCEEDED) : Event(next));
    }
    ++connection;
    if (after + 3 >= 8) return grpc::Status::OK;
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "connection lost");
  };
  ReconnectingWatch watch(&client_, 1, Quick());
  absl::Status status = Collect(watch);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(connection, 3);
  EXPECT_EQ(breaks_, 2);
  EXPECT_EQ(watch.last_sequence(), 8);
}

TEST_F(WatchTest, DropsWhatAServerRepeats) {
  lab_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest& request, Writer* writer) {
    if (request.after_sequence() == 0) {
      writer->Write(LossEvent({1, 2, 3}));
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "connection lost");
    }
    EXPECT_EQ(request.after_sequence(), 3);
    writer->Write(LossEvent({2, 3, 4, 5}));
    writer->Write(Event(5));
    writer->Write(StateEvent(6, v1::Job::FAILED));
    return grpc::Status::OK;
  };
  ReconnectingWatch watch(&client_, 1, Quick());
  EXPECT_TRUE(Collect(watch).ok());
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(WatchTest, PassesProgressOnThoughItHasNoSequenceOfItsOwn) {
  lab_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest&, Writer* writer) {
    writer->Write(Event(1));
    for (int step : {10, 20}) {
      v1::WatchEvent progress = Event(1);
      progress.mutable_progress()->set_step(step);
      writer->Write(progress);
    }
    writer->Write(StateEvent(2, v1::Job::SUCCEEDED));
    return grpc::Status::OK;
  };
  std::vector<int64_t> steps;
  ReconnectingWatch watch(&client_, 1, Quick());
  EXPECT_TRUE(watch
                  .Run([&](const v1::WatchEvent& event) {
                    if (event.has_progress()) steps.push_back(event.progress().step());
                    return true;
                  })
                  .ok());
  EXPECT_THAT(steps, ElementsAre(10, 20));
}

TEST_F(WatchTest, AQuietEndOfAJobThatGoesOnIsNoEnd) {
  std::atomic<int> connection{0};
  lab_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest&, Writer* writer) {
    if (connection++ == 0) {
      writer->Write(StateEvent(1, v1::Job::RUNNING));
    } else {
      writer->Write(StateEvent(2, v1::Job::CANCELLED));
    }
    return grpc::Status::OK;
  };
  ReconnectingWatch watch(&client_, 1, Quick());
  EXPECT_TRUE(Collect(watch).ok());
  EXPECT_THAT(seen_, ElementsAre(1, 2));
}

TEST_F(WatchTest, WithoutStatesItAsksWhetherTheJobHasEnded) {
  lab_.jobs[1].set_state(v1::Job::SUCCEEDED);
  lab_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest& request, Writer* writer) {
    EXPECT_EQ(request.kinds(0), "metric");
    writer->Write(LossEvent({4, 5}));
    return grpc::Status::OK;
  };
  WatchOptions options = Quick();
  options.kinds = {"metric"};
  ReconnectingWatch watch(&client_, 1, options);
  EXPECT_TRUE(Collect(watch).ok());
  EXPECT_THAT(seen_, ElementsAre(4, 5));
}

TEST_F(WatchTest, SurvivesARestartOfTheDaemon) {
  std::atomic<bool> restarted{false};
  lab_.on_watch = [&](grpc::ServerContext* context, const v1::WatchJobRequest& request,
                      Writer* writer) {
    if (request.after_sequence() == 0) {
      writer->Write(Event(1));
      while (!context->IsCancelled()) std::this_thread::yield();
      return grpc::Status::CANCELLED;
    }
    writer->Write(StateEvent(2, v1::Job::SUCCEEDED));
    return grpc::Status::OK;
  };
  ReconnectingWatch watch(&client_, 1, Quick());
  std::thread restarter;
  absl::Status status = watch.Run([&](const v1::WatchEvent& event) {
    seen_.push_back(event.sequence());
    if (!restarted.exchange(true)) {
      restarter = std::thread([&] {
        lab_.Stop();
        lab_.Start();
      });
    }
    return true;
  });
  restarter.join();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(seen_, ElementsAre(1, 2));
}

TEST_F(WatchTest, AnUnknownJobIsNotAskedForAgain) {
  ReconnectingWatch watch(&client_, 99, Quick());
  EXPECT_TRUE(absl::IsNotFound(Collect(watch)));
  EXPECT_EQ(lab_.watched.size(), 1u);
}

TEST_F(WatchTest, GivesUpOnADaemonThatStaysAway) {
  lab_.Stop();
  WatchOptions options = Quick();
  options.give_up_seconds = 0.1;
  ReconnectingWatch watch(&client_, 1, options);
  absl::Status status = Collect(watch);
  EXPECT_TRUE(IsUnreachable(status)) << status;
  EXPECT_EQ(breaks_, 1);
}

TEST_F(WatchTest, CancelEndsItWhileItWaitsForADaemon) {
  lab_.Stop();
  WatchOptions options = Quick();
  options.first_retry_seconds = options.last_retry_seconds = 1000;
  options.give_up_seconds = -1;
  ReconnectingWatch watch(&client_, 1, options);
  std::thread other;
  absl::Status status =
      watch.Run([](const v1::WatchEvent&) { return true; },
                [&](const absl::Status&) { other = std::thread([&] { watch.Cancel(); }); });
  other.join();
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
}

TEST_F(WatchTest, StopsWhenTheReceiverHasEnough) {
  lab_.on_watch = [&](grpc::ServerContext* context, const v1::WatchJobRequest&, Writer* writer) {
    for (int64_t next = 1; !context->IsCancelled(); ++next) writer->Write(Event(next));
    return grpc::Status::OK;
  };
  ReconnectingWatch watch(&client_, 1, Quick());
  absl::Status status = watch.Run([&](const v1::WatchEvent& event) {
    seen_.push_back(event.sequence());
    return seen_.size() < 3;
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace lab
