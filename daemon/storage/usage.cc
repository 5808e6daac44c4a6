#include "daemon/storage/usage.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/base/strings.h"
#include "daemon/job_folder.h"
#include "daemon/service/reference.h"
#include "daemon/service/requests.h"
#include "daemon/service/resolved_config.h"
#include "daemon/storage/disk_use.h"
#include "daemon/storage/leftovers.h"
#include "daemon/store/event_packer.h"
#include "daemon/store/store.h"

namespace lab {
namespace {

namespace fs = std::filesystem;
using Job = v1::Job;

constexpr double kQuietSeconds = 600;  // what changed later may be at work

const std::vector<Job::State> kAllStates = {Job::QUEUED,   Job::HELD,     Job::RUNNING,
                                            Job::STOPPING, Job::PAUSED,   Job::SUCCEEDED,
                                            Job::FAILED,   Job::CANCELLED};

bool HasWorker(Job::State state) { return state == Job::RUNNING || state == Job::STOPPING; }

v1::JobStorage MeasureJob(const Job& job, const Places& places) {
  v1::JobStorage use;
  use.set_job_id(job.id());
  use.set_name(job.name());
  use.set_state(job.state());
  const fs::path folder = places.job(job.id());
  int64_t checkpoints = 0;
  std::error_code error;
  for (fs::directory_iterator entry(folder / "checkpoints", error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().native().front() == '.') continue;
    const int64_t bytes = AllocatedBytes(entry->path());
    checkpoints += bytes;
    std::error_code gone;
    if (fs::is_directory(entry->path() / "trainer", gone)) {
      use.set_full_bytes(use.full_bytes() + bytes);
      use.set_full_count(use.full_count() + 1);
    } else {
      use.set_weights_bytes(use.weights_bytes() + bytes);
      use.set_weights_count(use.weights_count() + 1);
    }
  }
  use.set_log_bytes(AllocatedBytes(folder / "log") + AllocatedBytes(folder / "log.1"));
  use.set_other_bytes(std::max<int64_t>(0, AllocatedBytes(folder) - checkpoints - use.log_bytes()));
  return use;
}

struct JobSets {
  std::set<int64_t> all, running;
};

JobSets SetsOf(const std::vector<JobRecord>& records) {
  JobSets sets;
  for (const JobRecord& record : records) {
    sets.all.insert(record.job.id());
    if (HasWorker(record.job.state())) sets.running.insert(record.job.id());
  }
  return sets;
}

// (job, step) that jobs which have not ended began or will begin from.
std::set<std::pair<int64_t, int64_t>> LiveParents(const std::vector<JobRecord>& records) {
  std::set<std::pair<int64_t, int64_t>> parents;
  for (const JobRecord& record : records) {
    if (IsEnded(record.job.state()) || !record.job.has_parent()) continue;
    parents.insert({record.job.parent().job_id(), record.job.parent().step()});
  }
  return parents;
}

class Planner {
 public:
  Planner(const Store& store, const Places& places, const v1::PruneStorageRequest& request,
          int64_t now_ms)
      : store_(store), places_(places), request_(request), now_ms_(now_ms) {}

  absl::StatusOr<PrunePlan> Plan() {
    ASSIGN_OR_RETURN(records_, store_.JobsInState(kAllStates));
    if (request_.checkpoints_size() > 0) {
      for (const std::string& name : request_.checkpoints()) RETURN_IF_ERROR(AddNamed(name));
      return std::move(plan_);
    }
    const JobSets sets = SetsOf(records_);
    std::set<int64_t> asked(request_.job_ids().begin(), request_.job_ids().end());
    for (int64_t id : asked) {
      if (sets.all.count(id) == 0) return NoSuchJob(id);
    }
    parents_ = LiveParents(records_);
    for (const JobRecord& record : records_) {
      if (asked.empty() || asked.count(record.job.id()) > 0) RETURN_IF_ERROR(AddJob(record.job));
    }
    for (const Leftover& left : FindLeftovers(places_, sets.all, sets.running, kQuietSeconds)) {
      if (!asked.empty() && asked.count(left.job_id) == 0) continue;
      Add(left.job_id, "leftover", left.path.filename().string(), left.path);
    }
    if (request_.cache()) AddCache(!sets.running.empty());
    return std::move(plan_);
  }

 private:
  void Add(int64_t job, const char* kind, const std::string& name, const fs::path& path) {
    Prunable one;
    one.item.set_job_id(job);
    one.item.set_kind(kind);
    one.item.set_name(name);
    one.item.set_size_bytes(AllocatedBytes(path));
    one.path = path;
    plan_.items.push_back(std::move(one));
  }

  absl::Status AddNamed(const std::string& name) {
    ASSIGN_OR_RETURN(ModelLocation location, Locate(name));
    if (location.job == 0) {
      return absl::InvalidArgumentError(
          Absl(StrCat("\"", name, "\" is no checkpoint of a job; write it as 12@500")));
    }
    ASSIGN_OR_RETURN(JobRecord record, store_.GetJobRecord(location.job));
    if (HasWorker(record.job.state())) {
      return Failure(absl::StatusCode::kFailedPrecondition, "CHECKPOINT_IN_USE",
                     StrCat("job ", location.job, " is ", StateName(record.job.state()),
                            " and keeps its checkpoints itself; pause or cancel it first"));
    }
    Add(location.job, "checkpoint", location.folder.filename().string(), location.folder);
    return absl::OkStatus();
  }

  // As every reference, and a recorded step whose folder is gone.
  absl::StatusOr<ModelLocation> Locate(const std::string& name) const {
    auto location = ResolveReference(store_, places_, name);
    auto reference = ParseReference(name);
    if (location.ok() || !reference.ok() || reference->which != Reference::Which::kStep) {
      return location;
    }
    auto job = store_.GetJob(reference->job);
    if (!job.ok()) return location;
    for (const v1::Checkpoint& one : job->checkpoints()) {
      if (one.step() != reference->step) continue;
      return ModelLocation{reference->job, one.step(),
                           CheckpointFolder(places_, reference->job, one.name())};
    }
    return location;
  }

  absl::StatusOr<std::set<std::string>> NeededOf(const Job& job) const {
    std::set<std::string> needed;
    int64_t newest = std::max<int64_t>(1, request_.keep_last());
    for (int i = job.checkpoints_size() - 1; i >= 0 && newest > 0; --i, --newest) {
      needed.insert(job.checkpoints(i).name());
    }
    if (job.state() != Job::SUCCEEDED) {
      ASSIGN_OR_RETURN(auto full, store_.NewestFullCheckpoint(job.id()));
      if (full) needed.insert(full->name());
    }
    // It fails where there is no best one.
    auto best = ResolveReference(store_, places_, StrCat(job.id(), "@best"));
    for (const v1::Checkpoint& one : job.checkpoints()) {
      bool is_best = best.ok() && best->step == one.step();
      if (is_best || parents_.count({job.id(), one.step()}) > 0) needed.insert(one.name());
    }
    return needed;
  }

  absl::Status AddJob(const Job& record) {
    if (HasWorker(record.state())) {
      plan_.notes.push_back(StrCat("job ", record.id(), " is ", StateName(record.state()),
                                   " and keeps its checkpoints itself"));
      return absl::OkStatus();
    }
    auto job = store_.GetJob(record.id());
    if (absl::IsNotFound(job.status())) return absl::OkStatus();  // removed meanwhile
    RETURN_IF_ERROR(job.status());
    ASSIGN_OR_RETURN(std::set<std::string> needed, NeededOf(*job));
    const double limit = static_cast<double>(now_ms_) - request_.older_than_seconds() * 1000;
    for (const v1::Checkpoint& one : job->checkpoints()) {
      if (needed.count(one.name()) > 0) continue;
      if (static_cast<double>(ToMillis(one.create_time())) > limit) continue;
      Add(job->id(), "checkpoint", one.name(), CheckpointFolder(places_, job->id(), one.name()));
    }
    return absl::OkStatus();
  }

  void AddCache(bool busy) {
    if (busy) {
      plan_.notes.push_back("the cache stays: a running job reads its token files");
      return;
    }
    const double limit = static_cast<double>(now_ms_) / 1000 - request_.older_than_seconds();
    std::error_code error;
    for (fs::recursive_directory_iterator entry(places_.cache, error), end; !error && entry != end;
         entry.increment(error)) {
      struct stat found {};
      if (::lstat(entry->path().c_str(), &found) != 0 || !S_ISREG(found.st_mode)) continue;
      // A file that is mapped is not written: what was read lately says more than when it was made.
      if (static_cast<double>(std::max(found.st_mtime, found.st_atime)) > limit) continue;
      Add(0, "cache", entry->path().lexically_relative(places_.cache).string(), entry->path());
    }
  }

  const Store& store_;
  const Places& places_;
  const v1::PruneStorageRequest& request_;
  const int64_t now_ms_;
  std::vector<JobRecord> records_;
  std::set<std::pair<int64_t, int64_t>> parents_;
  PrunePlan plan_;
};

// What is deleted of a job whose record changes with it.
absl::Status DeleteCheckpoint(Store* store, const Prunable& one) {
  ASSIGN_OR_RETURN(JobRecord record, store->GetJobRecord(one.item.job_id()));
  if (HasWorker(record.job.state())) {
    return absl::FailedPreconditionError("its job has begun to run");
  }
  // First the record: what is recorded exists.
  absl::Status dropped = store->DropCheckpoint(one.item.job_id(), one.item.name());
  if (!dropped.ok() && !absl::IsNotFound(dropped)) return dropped;
  return DeleteCheckpointFolder(one.path);
}

absl::Status DeletePath(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (!error) return absl::OkStatus();
  return Failure(absl::StatusCode::kInternal, reason::kIoError,
                 StrCat("deleting ", path.string(), ": ", error.message()));
}

}  // namespace

absl::StatusOr<v1::Storage> MeasureStorage(const Store& store, const Places& places) {
  ASSIGN_OR_RETURN(std::vector<JobRecord> records, store.JobsInState(kAllStates));
  v1::Storage storage;
  for (const JobRecord& record : records) *storage.add_jobs() = MeasureJob(record.job, places);
  const JobSets sets = SetsOf(records);
  for (const Leftover& left : FindLeftovers(places, sets.all, sets.running, 0)) {
    const int64_t bytes = AllocatedBytes(left.path);
    storage.set_leftover_bytes(storage.leftover_bytes() + bytes);
    // They were counted with the job in whose folder they lie.
    for (v1::JobStorage& job : *storage.mutable_jobs()) {
      if (left.job_id > 0 && job.job_id() == left.job_id) {
        job.set_other_bytes(std::max<int64_t>(0, job.other_bytes() - bytes));
      }
    }
  }
  std::error_code error;
  for (fs::recursive_directory_iterator entry(places.cache, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    if (!entry->is_regular_file(gone)) continue;
    storage.set_cache_bytes(storage.cache_bytes() + AllocatedBytes(entry->path()));
    storage.set_cache_file_count(storage.cache_file_count() + 1);
  }
  for (const char* suffix : {"", "-wal", "-shm"}) {
    storage.set_database_bytes(storage.database_bytes() +
                               AllocatedBytes(places.database().string() + suffix));
  }
  int64_t total = storage.leftover_bytes() + storage.cache_bytes() + storage.database_bytes();
  for (const v1::JobStorage& job : storage.jobs()) {
    total += job.full_bytes() + job.weights_bytes() + job.log_bytes() + job.other_bytes();
  }
  storage.set_total_bytes(total);
  const DiskFigures disk = DiskOf(places.jobs());
  storage.set_disk_bytes(disk.total_bytes);
  storage.set_disk_free_bytes(disk.free_bytes);
  return storage;
}

absl::StatusOr<PrunePlan> PlanPrune(const Store& store, const Places& places,
                                    const v1::PruneStorageRequest& request, int64_t now_ms) {
  if (!(request.older_than_seconds() >= 0) || request.keep_last() < 0) {
    return absl::InvalidArgumentError("older_than_seconds and keep_last must not be negative");
  }
  return Planner(store, places, request, now_ms).Plan();
}

v1::PruneStorageResponse ExecutePrune(Store* store, const PrunePlan& plan) {
  v1::PruneStorageResponse response;
  response.mutable_notes()->Add(plan.notes.begin(), plan.notes.end());
  for (const Prunable& one : plan.items) {
    const int64_t bytes = AllocatedBytes(one.path);
    absl::Status deleted =
        one.item.kind() == "checkpoint" ? DeleteCheckpoint(store, one) : DeletePath(one.path);
    if (!deleted.ok()) {
      response.add_notes(StrCat(one.item.name(), " stays: ", MessageOf(deleted)));
      continue;
    }
    v1::PruneItem& gone = *response.add_items();
    gone = one.item;
    gone.set_size_bytes(bytes);
    response.set_freed_bytes(response.freed_bytes() + bytes);
  }
  return response;
}

}  // namespace lab
