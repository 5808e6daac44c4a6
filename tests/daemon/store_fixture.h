#pragma once

// What the store's tests share: jobs, batches, and short ways to read back.

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/clock.h"
#include "daemon/service/event_bus.h"
#include "daemon/store/store.h"
#include "tests/support/temp_dir.h"

namespace lab {

// Builds what a worker sends, with numbers that follow one another.
class BatchMaker {
 public:
  explicit BatchMaker(int64_t first = 1) : next_(first) {}

  BatchMaker& Declare(std::vector<DeclaredMetric> metrics) {
    batch_.items.emplace_back(std::move(metrics));
    return *this;
  }
  // train/loss (min), val/accuracy (max), train/learning_rate (none) as 0, 1, 2.
  BatchMaker& DeclareUsual() {
    return Declare({{0, "train/loss", "nats", "min"},
                    {1, "val/accuracy", "", "max"},
                    {2, "train/learning_rate", "", "none"}});
  }
  BatchMaker& Point(uint32_t metric, uint64_t step, double value) {
    WorkerPoints points;
    points.first = next_++;
    points.points.push_back({metric, step, 0.25 * static_cast<double>(step), value});
    batch_.items.emplace_back(std::move(points));
    return Counted(1);
  }
  // Points of metric 0 at steps first … last with value = step.
  BatchMaker& Steps(uint64_t first, uint64_t last) {
    WorkerPoints points;
    points.first = next_;
    for (uint64_t step = first; step <= last; ++step) {
      points.points.push_back({0, step, 0.25 * static_cast<double>(step), double(step)});
    }
    auto count = static_cast<int64_t>(points.points.size());
    next_ += count;
    batch_.items.emplace_back(std::move(points));
    return Counted(count);
  }
  BatchMaker& Sample(int64_t step, std::string text) {
    v1::Sample sample;
    sample.set_step(step);
    sample.set_text(std::move(text));
    return Event(step, std::move(sample));
  }
  BatchMaker& Mark(int64_t step, std::string text) {
    v1::Mark mark;
    mark.set_step(step);
    mark.set_kind("note");
    mark.set_text(std::move(text));
    return Event(step, std::move(mark));
  }
  BatchMaker& Checkpoint(int64_t step, std::string kind, std::vector<std::string> removed = {},
                         std::vector<std::pair<std::string, int64_t>> reduced = {}) {
    RecordedCheckpoint record;
    record.checkpoint.set_name("step-" + std::to_string(step));
    record.checkpoint.set_step(step);
    record.checkpoint.set_kind(std::move(kind));
    record.checkpoint.set_size_bytes(1000 + step);
    record.removed = std::move(removed);
    record.reduced = std::move(reduced);
    return Event(step, std::move(record));
  }
  WorkerBatch Take() { return std::exchange(batch_, {}); }
  int64_t next() const { return next_; }

 private:
  template <class Data>
  BatchMaker& Event(int64_t step, Data data) {
    WorkerEvent event;
    event.number = next_++;
    event.step = step;
    event.data = std::move(data);
    batch_.items.emplace_back(std::move(event));
    return Counted(1);
  }
  BatchMaker& Counted(int64_t count) {
    batch_.event_count += count;
    batch_.last_number = next_ - 1;
    return *this;
  }

  int64_t next_;
  WorkerBatch batch_;
};

inline NewJob PlainJob(std::string name = "run") {
  NewJob job;
  job.name = std::move(name);
  job.type = "pretrain";
  job.seed = 1;
  job.submitted.set_text("type: pretrain\n");
  job.resolved = "type: pretrain\nseed: 1\n";
  return job;
}

// A whole series in one part.
struct Series {
  std::vector<int64_t> steps;
  std::vector<double> values;
  std::vector<int64_t> attempts;
  int64_t raw_count = 0;
  bool thinned = false;
  int parts = 0;
};

inline Series ReadAll(const Store& store, int64_t job, const std::string& name,
                      int64_t max_points = 0, bool all_attempts = false, StepRange range = {}) {
  Series series;
  absl::Status status = store.ReadMetrics(
      job, {name}, max_points, all_attempts,
      [&](const v1::SeriesPart& part) {
        for (int i = 0; i < part.step_size(); ++i) {
          series.steps.push_back(part.step(i));
          series.values.push_back(part.value(i));
          series.attempts.push_back(part.attempt(i));
        }
        series.raw_count = part.raw_count();
        series.thinned = part.thinned();
        ++series.parts;
        return true;
      },
      range);
  EXPECT_TRUE(status.ok()) << status;
  return series;
}

inline const v1::MetricSummary* FindSummary(const v1::Job& job, const std::string& metric) {
  for (const v1::MetricSummary& summary : job.summary()) {
    if (summary.metric() == metric) return &summary;
  }
  return nullptr;
}

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open(StoreOptions options = {}) {
    store_.reset();
    auto opened = Store::Open(path(), &bus_, &clock_, options);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  std::string path() const { return (folder_.path() / "lab.db").string(); }
  int64_t NewJobId(NewJob job = PlainJob()) {
    auto created = store_->CreateJobs({job}, "", "");
    EXPECT_TRUE(created.ok()) << created.status();
    return created.ok() ? created->ids.at(0) : 0;
  }
  // A job whose attempt 1 was begun.
  int64_t RunningJob() {
    int64_t id = NewJobId();
    EXPECT_TRUE(store_->BeginAttempt(id, 1, -1).ok());
    JobChange change;
    change.state = v1::Job::RUNNING;
    EXPECT_TRUE(store_->UpdateJob(id, change).ok());
    return id;
  }
  void AppendAndFlush(int64_t job, int64_t attempt, WorkerBatch batch) {
    store_->Append(job, attempt, std::move(batch));
    absl::Status flushed = store_->Flush();
    ASSERT_TRUE(flushed.ok()) << flushed;
  }
  v1::Job Get(int64_t id) {
    auto job = store_->GetJob(id);
    EXPECT_TRUE(job.ok()) << job.status();
    return job.ok() ? *job : v1::Job();
  }

  TempDir folder_;
  SystemClock clock_;
  EventBus bus_;
  std::unique_ptr<Store> store_;
};

}  // namespace lab
