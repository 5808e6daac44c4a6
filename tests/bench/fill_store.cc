// Fills a database with ended runs, to see how labd bears up with a long history.
//
//   bench_fill DATABASE JOBS POINTS      adds JOBS; POINTS in all, of five metrics a job

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "core/base/clock.h"
#include "core/base/strings.h"
#include "daemon/store/store.h"

namespace {

constexpr uint32_t kMetrics = 5;
constexpr uint64_t kStepsPerBatch = 400;

// Runs differ in their seed, as a sweep does in a rate and a size, and in a word.
lab::NewJob Run(int64_t index) {
  const double rate = std::pow(10.0, -5.0 + 4.0 * static_cast<double>(index % 50) / 49.0);
  const std::string settings =
      lab::StrCat("optim:\n  learning_rate: ", rate, "\nmodel:\n  layers: ", 1 + index % 12,
                  "\nschedule:\n  shape: ", index % 3 == 0 ? "constant" : "cosine", "\n");
  lab::NewJob job;
  job.name = lab::StrCat("run ", index);
  job.type = "pretrain";
  job.seed = index;
  job.submitted.set_text("type: pretrain\n" + settings);
  job.resolved = lab::StrCat("type: pretrain\nseed: ", index, "\n", settings);
  return job;
}

// As five metrics of a training run that are logged at every step.
void AddSteps(uint64_t first, uint64_t last, int64_t* number, lab::WorkerBatch* batch) {
  lab::WorkerPoints points;
  points.first = *number;
  for (uint64_t step = first; step <= last; ++step) {
    for (uint32_t metric = 0; metric < kMetrics; ++metric) {
      double value = std::sin(static_cast<double>(step * 7 + metric)) + 1.0 / double(step);
      points.points.push_back({metric, step, 0.1 * static_cast<double>(step), value});
    }
  }
  const auto count = static_cast<int64_t>(points.points.size());
  *number += count;
  batch->items.emplace_back(std::move(points));
  batch->event_count = count;
  batch->last_number = *number - 1;
}

absl::Status FillJob(lab::Store* store, int64_t job, uint64_t steps) {
  RETURN_IF_ERROR(store->BeginAttempt(job, 1, -1));
  int64_t number = 1;
  for (uint64_t first = 1; first <= steps; first += kStepsPerBatch) {
    lab::WorkerBatch batch;
    if (first == 1) {
      batch.items.emplace_back(
          std::vector<lab::DeclaredMetric>{{0, "train/loss", "nats", "min"},
                                           {1, "train/grad_norm", "", "none"},
                                           {2, "train/learning_rate", "", "none"},
                                           {3, "train/tokens_per_second", "tokens/s", "none"},
                                           {4, "train/step_seconds", "s", "none"}});
    }
    AddSteps(first, std::min(steps, first + kStepsPerBatch - 1), &number, &batch);
    while (!store->HasRoom()) std::this_thread::sleep_for(std::chrono::microseconds(100));
    store->Append(job, 1, std::move(batch));
  }
  lab::JobChange change;
  change.state = lab::v1::Job::SUCCEEDED;
  store->UpdateJobEventually(job, change);
  return absl::OkStatus();
}

absl::Status Fill(const std::string& path, int64_t jobs, int64_t points) {
  std::error_code none;
  const auto size = [&] {
    const auto bytes = std::filesystem::file_size(path, none);
    return none ? 0.0 : static_cast<double>(bytes);
  };
  const double before = size();
  const auto steps = static_cast<uint64_t>(points / jobs / kMetrics);
  const double written = static_cast<double>(steps) * kMetrics * static_cast<double>(jobs);
  lab::SystemClock clock;
  auto begin = std::chrono::steady_clock::now();
  {
    ASSIGN_OR_RETURN(auto store, lab::Store::Open(path, nullptr, &clock));
    for (int64_t i = 1; i <= jobs; ++i) {
      ASSIGN_OR_RETURN(lab::CreatedJobs created, store->CreateJobs({Run(i)}, "", ""));
      RETURN_IF_ERROR(FillJob(store.get(), created.ids.front(), steps));
    }
    RETURN_IF_ERROR(store->Flush());
  }
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%.0f points of %ld jobs in %.1f s: %.0f points/s, %.1f bytes a point\n", written,
              static_cast<long>(jobs), took.count(), written / took.count(),
              (size() - before) / written);
  return absl::OkStatus();
}

}  // namespace

int main(int count, char** words) {
  const int64_t jobs = count == 4 ? std::atoll(words[2]) : 0;
  const int64_t points = count == 4 ? std::atoll(words[3]) : 0;
  if (jobs < 1 || points < jobs * int64_t{kMetrics}) {
    std::fprintf(stderr, "usage: bench_fill DATABASE JOBS POINTS\n");
    return 2;
  }
  absl::Status status = Fill(words[1], jobs, points);
  if (status.ok()) return 0;
  std::fprintf(stderr, "bench_fill: %s\n", std::string(lab::MessageOf(status)).c_str());
  return 1;
}
