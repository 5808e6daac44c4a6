#include "daemon/store/intake.h"

#include <algorithm>
#include <optional>
#include <set>

#include "core/base/strings.h"
#include "daemon/store/attempts.h"
#include "daemon/store/change_store.h"
#include "daemon/store/event_store.h"
#include "daemon/store/job_store.h"

namespace lab {
namespace {

absl::Status Refuse(std::string_view message) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kWorkerProtocol, message);
}

}  // namespace

absl::StatusOr<Intake::JobState*> Intake::FindJob(int64_t job) {
  auto found = jobs_.find(job);
  if (found != jobs_.end()) return &found->second;
  ASSIGN_OR_RETURN(int64_t last,
                   database_->QueryInt(-1, "SELECT last_sequence FROM jobs WHERE id = ?", job));
  if (last < 0) return absl::NotFoundError(StrCat("there is no job ", job));
  JobState& state = jobs_[job];
  state.last_sequence = last;
  state.wanted = events_ && events_->Wanted(job);
  return &state;
}

absl::StatusOr<Intake::Run*> Intake::FindRun(int64_t job, int64_t attempt) {
  auto found = runs_.find({job, attempt});
  if (found != runs_.end()) return &found->second;
  ASSIGN_OR_RETURN(std::optional<int64_t> last, ReadLastNumber(database_, job, attempt));
  if (!last) return absl::NotFoundError(StrCat("job ", job, " has no attempt ", attempt));
  ASSIGN_OR_RETURN(Cuts cuts, ReadCuts(database_, job));
  Run run;
  run.last_number = *last;
  run.newest = cuts.newest_attempt() == attempt;
  ASSIGN_OR_RETURN(run.declared, MetricStore(database_).DeclaredBy(job, attempt));
  return &(runs_[{job, attempt}] = std::move(run));
}

absl::Status Intake::Check(const WorkerBatch& batch, const Run& run) const {
  int64_t last = run.last_number;
  std::set<uint32_t> declared;
  auto follow = [&](int64_t first, int64_t count) -> absl::Status {
    if (first > last + 1) {
      return Refuse(StrCat("event ", first, " came after event ", last, ": some are missing"));
    }
    last = std::max(last, first + count - 1);
    return absl::OkStatus();
  };
  for (const auto& item : batch.items) {
    if (const auto* metrics = std::get_if<std::vector<DeclaredMetric>>(&item)) {
      for (const DeclaredMetric& metric : *metrics) declared.insert(metric.index);
    } else if (const auto* points = std::get_if<WorkerPoints>(&item)) {
      RETURN_IF_ERROR(follow(points->first, static_cast<int64_t>(points->points.size())));
      for (const PointRecord& point : points->points) {
        if (!run.declared.contains(point.metric) && !declared.contains(point.metric)) {
          return Refuse(StrCat("a point of metric ", point.metric, ", which was not declared"));
        }
      }
    } else if (const auto* event = std::get_if<WorkerEvent>(&item)) {
      RETURN_IF_ERROR(follow(event->number, 1));
    }
  }
  return absl::OkStatus();
}

absl::Status Intake::Add(int64_t job, int64_t attempt, const WorkerBatch& batch) {
  ASSIGN_OR_RETURN(JobState * state, FindJob(job));
  ASSIGN_OR_RETURN(Run * run, FindRun(job, attempt));
  RETURN_IF_ERROR(Check(batch, *run));
  for (const auto& item : batch.items) {
    if (const auto* metrics = std::get_if<std::vector<DeclaredMetric>>(&item)) {
      RETURN_IF_ERROR(Declare(job, attempt, *metrics, run));
    } else if (const auto* points = std::get_if<WorkerPoints>(&item)) {
      AddPoints(*points, state, run);
    } else if (const auto* event = std::get_if<WorkerEvent>(&item)) {
      RETURN_IF_ERROR(AddEvent(job, attempt, *event, state, run));
    }
  }
  // Told even if all of it was known: the worker may have missed the first acknowledgement.
  numbers_[{job, attempt}] = run->last_number;
  return absl::OkStatus();
}

absl::Status Intake::Declare(int64_t job, int64_t attempt,
                             const std::vector<DeclaredMetric>& metrics, Run* run) {
  // Points so far belong to what their indices meant before.
  RETURN_IF_ERROR(FinishRun(job, attempt, run));
  MetricStore store(database_);
  RETURN_IF_ERROR(store.Declare(job, attempt, metrics));
  ASSIGN_OR_RETURN(run->declared, store.DeclaredBy(job, attempt));
  run->series.clear();
  return absl::OkStatus();
}

void Intake::AddPoints(const WorkerPoints& points, JobState* state, Run* run) {
  int64_t number = points.first;
  for (const PointRecord& record : points.points) {
    if (number++ <= run->last_number) continue;
    run->last_number = number - 1;
    if (record.metric >= run->series.size()) run->series.resize(record.metric + 1);
    Series& series = run->series[record.metric];
    if (series.metric.metric == 0) series.metric = run->declared.at(record.metric);
    StoredPoint& point = series.points.emplace_back();
    point = {++state->last_sequence, static_cast<int64_t>(record.step), record.seconds,
             record.value};
    if (!state->wanted) continue;
    state->packer.AddPoint(series.metric.metric, series.metric.name, point, now_ms_);
  }
}

absl::Status Intake::AddEvent(int64_t job, int64_t attempt, const WorkerEvent& event,
                              JobState* state, Run* run) {
  if (event.number <= run->last_number) return absl::OkStatus();
  run->last_number = event.number;
  v1::WatchEvent message;
  message.set_sequence(++state->last_sequence);
  *message.mutable_time() = ToTimestamp(now_ms_);
  EventStore store(database_);
  if (const auto* sample = std::get_if<v1::Sample>(&event.data)) {
    *message.mutable_sample() = *sample;
  } else if (const auto* mark = std::get_if<v1::Mark>(&event.data)) {
    *message.mutable_mark() = *mark;
    RETURN_IF_ERROR(TakeMark(job, *mark));
  } else if (const auto* given = std::get_if<RecordedCheckpoint>(&event.data)) {
    RecordedCheckpoint record = *given;
    *record.checkpoint.mutable_create_time() = message.time();
    *message.mutable_checkpoint() = record.checkpoint;
    RETURN_IF_ERROR(store.RecordCheckpoint(job, attempt, record));
  }
  RETURN_IF_ERROR(store.Append(job, attempt, event.number, message));
  if (state->wanted) state->packer.AddEvent(std::move(message));
  return absl::OkStatus();
}

// Some marks say more than their line on a chart.
absl::Status Intake::TakeMark(int64_t job, const v1::Mark& mark) {
  if (mark.kind() == "set" && mark.change_id() > 0) {
    return ChangeStore(database_).Acted(job, mark.change_id(), mark.step());
  }
  if (mark.kind() == "stop") return JobStore(database_).SetEnding(job, mark.text());
  return absl::OkStatus();
}

absl::Status Intake::AddOwn(int64_t job, int64_t attempt, v1::WatchEvent event) {
  ASSIGN_OR_RETURN(JobState * state, FindJob(job));
  event.set_sequence(++state->last_sequence);
  *event.mutable_time() = ToTimestamp(now_ms_);
  RETURN_IF_ERROR(EventStore(database_).Append(job, attempt, std::nullopt, event));
  if (state->wanted) state->packer.AddEvent(std::move(event));
  return absl::OkStatus();
}

absl::Status Intake::FinishRun(int64_t job, int64_t attempt, Run* run) {
  MetricStore store(database_);
  auto waits = [](const Series& series) { return !series.points.empty(); };
  if (std::none_of(run->series.begin(), run->series.end(), waits)) return absl::OkStatus();
  // A tail is of one attempt.
  if (!run->newest) RETURN_IF_ERROR(store.SealAll(job));
  for (Series& series : run->series) {
    RETURN_IF_ERROR(store.Append(job, series.metric, attempt, now_ms_, series.points));
    series.points.clear();
  }
  if (!run->newest) {
    // A later attempt has begun already: some of these may be superseded.
    RETURN_IF_ERROR(store.SealAll(job));
    ASSIGN_OR_RETURN(Cuts cuts, ReadCuts(database_, job));
    RETURN_IF_ERROR(store.Summarise(job, cuts));
  }
  return absl::OkStatus();
}

absl::Status Intake::Finish() {
  for (auto& [key, run] : runs_) {
    RETURN_IF_ERROR(FinishRun(key.first, key.second, &run));
    RETURN_IF_ERROR(WriteLastNumber(database_, key.first, key.second, run.last_number));
  }
  // The statements that follow may begin attempts; what was read of them is read again.
  runs_.clear();
  for (const auto& [job, state] : jobs_) {
    RETURN_IF_ERROR(
        database_->Run("UPDATE jobs SET last_sequence = ? WHERE id = ?", state.last_sequence, job));
  }
  return absl::OkStatus();
}

void Intake::Forget(int64_t job) {
  jobs_.erase(job);
  std::erase_if(runs_, [&](const auto& run) { return run.first.first == job; });
  std::erase_if(numbers_, [&](const auto& number) { return number.first.first == job; });
}

std::map<int64_t, int64_t> Intake::Sequences() const {
  std::map<int64_t, int64_t> sequences;
  for (const auto& [job, state] : jobs_) sequences[job] = state.last_sequence;
  return sequences;
}

std::vector<int64_t> Intake::Unpacked() const {
  std::vector<int64_t> jobs;
  for (const auto& [job, state] : jobs_) {
    if (!state.wanted) jobs.push_back(job);
  }
  return jobs;
}

std::map<int64_t, std::vector<v1::WatchEvent>> Intake::TakeMessages() {
  std::map<int64_t, std::vector<v1::WatchEvent>> messages;
  for (auto& [job, state] : jobs_) {
    if (!state.packer.empty()) messages[job] = state.packer.Take();
  }
  return messages;
}

}  // namespace lab
