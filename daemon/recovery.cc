#include "daemon/recovery.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/strings.h"
#include "daemon/job_folder.h"
#include "daemon/service/reference.h"
#include "daemon/store/store.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr double kLockPollSeconds = 0.1;
constexpr double kRetrySeconds = 2;

// What the folders say of the recorded checkpoints: some may be gone or reduced to their weights.
RecordedCheckpoint WithLosses(RecordedCheckpoint record, const Places& places, int64_t job,
                              const std::vector<v1::Checkpoint>& recorded) {
  for (const v1::Checkpoint& old : recorded) {
    fs::path folder = CheckpointFolder(places, job, old.name());
    std::error_code error;
    if (!fs::exists(folder, error)) {
      record.removed.push_back(old.name());
    } else if (old.kind() == "full" && !fs::exists(folder / "trainer", error)) {
      record.reduced.push_back({old.name(), SizeOfFolder(folder)});
    }
  }
  return record;
}

absl::Status TakeInOne(Store& store, const Places& places, const v1::Job& job,
                       const Farewell& farewell) {
  absl::Status imported = store.ImportFarewell(job.id(), job.attempt(), farewell.frames);
  if (absl::IsDataLoss(imported)) {
    // What cannot be read will not become readable; without its events the checkpoint is no use.
    spdlog::error("job {}: the farewell {} is damaged and set aside: {}", job.id(),
                  farewell.checkpoint.name(), std::string(MessageOf(imported)));
    fs::path aside = farewell.frames_file;
    std::error_code error;
    fs::rename(farewell.frames_file, aside.replace_extension(".damaged"), error);
    return absl::OkStatus();
  }
  // Left over from a time before the run went on from somewhere else.
  if (absl::IsFailedPrecondition(imported)) return absl::OkStatus();
  RETURN_IF_ERROR(imported);
  ASSIGN_OR_RETURN(int64_t last, store.LastWorkerNumber(job.id(), job.attempt()));
  std::vector<v1::Checkpoint> recorded(job.checkpoints().begin(), job.checkpoints().end());
  WorkerEvent event;
  event.number = last + 1;
  event.step = farewell.checkpoint.step();
  event.data = WithLosses({farewell.checkpoint, farewell.trainer_sha256, {}, {}}, places, job.id(),
                          recorded);
  WorkerBatch batch;
  batch.items.push_back(std::move(event));
  batch.event_count = 1;
  batch.last_number = last + 1;
  store.Append(job.id(), job.attempt(), std::move(batch));
  RETURN_IF_ERROR(store.Flush());
  spdlog::info("job {}: took in the checkpoint {} that its worker left", job.id(),
               farewell.checkpoint.name());
  return absl::OkStatus();
}

// Forgets the recorded checkpoints that a worker's retention deleted before it was killed.
absl::Status ForgetDeleted(Store& store, const Places& places, int64_t job) {
  ASSIGN_OR_RETURN(v1::Job record, store.GetJob(job));
  for (const v1::Checkpoint& checkpoint : record.checkpoints()) {
    std::error_code error;
    if (fs::exists(CheckpointFolder(places, job, checkpoint.name()), error)) continue;
    absl::Status dropped = store.DropCheckpoint(job, checkpoint.name());
    if (!dropped.ok() && !absl::IsNotFound(dropped)) return dropped;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status TakeInFarewells(Store& store, const Places& places, int64_t job) {
  ASSIGN_OR_RETURN(v1::Job record, store.GetJob(job));
  auto known = [&](std::string_view name, std::string_view trainer_sha256) {
    return store.KnowsTrainer(job, name, trainer_sha256);
  };
  ASSIGN_OR_RETURN(std::vector<Farewell> farewells, FindFarewells(places, job, known));
  for (const Farewell& farewell : farewells) {
    RETURN_IF_ERROR(TakeInOne(store, places, record, farewell));
  }
  return absl::OkStatus();
}

Recovery::Recovery(Store* store, Places places, double lock_seconds,
                   std::function<void(int64_t)> recovered)
    : store_(store),
      places_(std::move(places)),
      lock_seconds_(lock_seconds),
      recovered_(std::move(recovered)) {}

Recovery::~Recovery() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Recovery::Start(std::vector<int64_t> jobs) {
  if (jobs.empty()) return;
  thread_ = std::thread([this, jobs = std::move(jobs)] {
    for (int64_t job : jobs) Recover(job);
  });
}

bool Recovery::Pause(double seconds) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return ending_; });
  return !ending_;
}

void Recovery::Recover(int64_t job) {
  if (!WaitForLock(job)) return;
  while (true) {
    absl::Status status = TakeInFarewells(*store_, places_, job);
    if (status.ok()) status = ForgetDeleted(*store_, places_, job);
    if (status.ok()) break;
    spdlog::error("taking over job {}: {}", job, std::string(MessageOf(status)));
    // Only a disk that is full now may be better later.
    if (ReasonOf(status) != reason::kDiskFull) break;
    if (!Pause(kRetrySeconds)) return;
  }
  recovered_(job);
}

bool Recovery::WaitForLock(int64_t job) {
  fs::path path = places_.job(job) / "lock";
  SystemClock clock;
  double kill_at = clock.MonotonicSeconds() + lock_seconds_;
  while (true) {
    absl::StatusOr<FileLock> lock = FileLock::TryAcquire(path);
    if (lock.ok() || !absl::IsUnavailable(lock.status())) return true;
    if (clock.MonotonicSeconds() >= kill_at) {
      kill_at += lock_seconds_;
      absl::StatusOr<std::string> text = ReadFile(path, 64);
      int64_t pid = text.ok() ? std::atoll(text->c_str()) : 0;
      if (pid > 1) {
        spdlog::warn("job {} is still locked by process {}: killing it", job, pid);
        ::kill(static_cast<pid_t>(pid), SIGKILL);
      }
    }
    if (!Pause(kLockPollSeconds)) return false;
  }
}

}  // namespace lab
