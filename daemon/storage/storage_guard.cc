#include "daemon/storage/storage_guard.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/base/strings.h"
#include "daemon/store/store.h"

namespace lab {
namespace {

constexpr int64_t kReserve = int64_t{1} << 30;
constexpr int64_t kReserveShare = 50;
constexpr char kWayOut[] = "labctl storage prune makes room";

int64_t LargestFull(const v1::Job& job) {
  int64_t largest = 0;
  for (const v1::Checkpoint& one : job.checkpoints()) {
    if (one.kind() == "full") largest = std::max(largest, one.size_bytes());
  }
  return largest;
}

}  // namespace

StorageGuard::StorageGuard(StorageOptions options, Store* store, Places places, Look look)
    : options_(options),
      given_min_free_bytes_(options.min_free_bytes),
      max_bytes_(options.max_bytes),
      store_(store),
      places_(std::move(places)),
      look_(std::move(look)) {}

StorageGuard::~StorageGuard() { Stop(); }

void StorageGuard::Start(Pause pause) {
  if (max_bytes_ > 0) Measure();
  thread_ = std::thread([this, pause = std::move(pause)] { Watch(pause); });
}

void StorageGuard::Stop() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

int64_t StorageGuard::min_free_bytes() const {
  if (const int64_t given = given_min_free_bytes_; given >= 0) return given;
  return std::min(kReserve, look_(places_.jobs()).total_bytes / kReserveShare);
}

void StorageGuard::SetLimits(const StorageOptions& options) {
  given_min_free_bytes_ = options.min_free_bytes;
  std::lock_guard lock(mutex_);
  if (options.max_bytes != max_bytes_) measure_now_ = true;
  max_bytes_ = options.max_bytes;
  changed_.notify_all();
}

void StorageGuard::Measure() {
  int64_t used = AllocatedBytes(places_.jobs()) + AllocatedBytes(places_.cache);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    used += AllocatedBytes(places_.database().string() + suffix);
  }
  std::lock_guard lock(mutex_);
  used_bytes_ = used;
}

std::string StorageGuard::Trouble() const {
  const DiskFigures disk = look_(places_.jobs());
  const int64_t reserve = min_free_bytes();
  if (disk.total_bytes > 0 && disk.free_bytes < reserve) {
    return StrCat("the disk that holds ", places_.jobs().native(),
                  " is nearly full: ", FormatBytes(disk.free_bytes), " free, ",
                  FormatBytes(reserve), " must stay free; ", kWayOut);
  }
  std::lock_guard lock(mutex_);
  if (max_bytes_ == 0 || used_bytes_ <= max_bytes_) return "";
  return StrCat("the lab takes ", FormatBytes(used_bytes_), " of the disk, and at most ",
                FormatBytes(max_bytes_), " is allowed; ", kWayOut);
}

absl::Status StorageGuard::CheckNeed(int64_t needed) const {
  auto refuse = [&](std::string_view rest) {
    return Failure(absl::StatusCode::kResourceExhausted, reason::kDiskBudget,
                   StrCat("its checkpoints need about ", FormatBytes(needed), ", ", rest, "; ",
                          kWayOut, ", a smaller checkpoint.keep_last needs less"));
  };
  const DiskFigures disk = look_(places_.jobs());
  const int64_t reserve = min_free_bytes();
  if (reserve > 0 && disk.total_bytes > 0 && needed > disk.free_bytes - reserve) {
    return refuse(StrCat("and of the ", FormatBytes(disk.free_bytes), " that are free ",
                         FormatBytes(reserve), " must stay free"));
  }
  std::lock_guard lock(mutex_);
  if (max_bytes_ > 0 && needed > max_bytes_ - used_bytes_) {
    return refuse(StrCat("and the lab takes ", FormatBytes(used_bytes_), " of the ",
                         FormatBytes(max_bytes_), " that it may"));
  }
  return absl::OkStatus();
}

std::string StorageGuard::RiskOf(int64_t id, int64_t free_bytes, int64_t reserve) const {
  auto job = store_->GetJob(id);
  if (!job.ok()) return "";
  // It writes one more checkpoint to pause, and may have begun another when it is asked.
  const int64_t checkpoint = LargestFull(*job);
  const int64_t needed = std::max(reserve, checkpoint) + checkpoint;
  if (free_bytes >= needed) return "";
  return StrCat("paused: the disk has ", FormatBytes(free_bytes), " free, less than the ",
                FormatBytes(needed), " that are safe with checkpoints of ", FormatBytes(checkpoint),
                "; ", kWayOut, ", then labctl resume ", id);
}

void StorageGuard::CheckJobs(const Pause& pause) {
  const int64_t reserve = min_free_bytes();
  const DiskFigures disk = look_(places_.jobs());
  if (reserve == 0 || disk.total_bytes == 0) return;
  auto running = store_->JobsInState({v1::Job::RUNNING});
  if (!running.ok()) return;
  std::set<int64_t> still;
  for (const JobRecord& record : *running) {
    const int64_t id = record.job.id();
    if (asked_.count(id) > 0) {
      still.insert(id);
      continue;
    }
    std::string risk = RiskOf(id, disk.free_bytes, reserve);
    if (risk.empty()) continue;
    spdlog::warn("job {} {}", id, risk);
    v1::Mark mark;
    mark.set_step(record.job.progress().step());
    mark.set_kind("note");
    mark.set_text(risk);
    absl::Status marked = store_->AddMark(id, mark);
    absl::Status paused = pause(id);
    if (!marked.ok()) spdlog::warn("marking job {}: {}", id, std::string(MessageOf(marked)));
    // One that has just ended needs no pause.
    if (!paused.ok()) spdlog::warn("pausing job {}: {}", id, std::string(MessageOf(paused)));
    still.insert(id);
  }
  asked_ = std::move(still);
}

void StorageGuard::Watch(const Pause& pause) {
  using Clock = std::chrono::steady_clock;
  auto measured = Clock::now();
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const bool asked = std::exchange(measure_now_, false);
    lock.unlock();
    CheckJobs(pause);
    bool due = Clock::now() - measured > std::chrono::duration<double>(options_.measure_seconds);
    if (max_bytes_ > 0 && (due || asked)) {
      Measure();
      measured = Clock::now();
    }
    lock.lock();
    changed_.wait_for(lock, std::chrono::duration<double>(options_.poll_seconds),
                      [&] { return ending_ || measure_now_; });
  }
}

}  // namespace lab
