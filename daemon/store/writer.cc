#include "daemon/store/writer.h"

#include <algorithm>
#include <iterator>

#include <spdlog/spdlog.h>

#include "core/base/strings.h"
#include "daemon/store/job_store.h"

namespace lab {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int64_t kEventsPerTransaction = 65'536;

SteadyClock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(seconds));
}

// An answer that left the transaction as it was.
bool IsRefusal(const absl::Status& status) {
  if (IsDatabaseFailure(status)) return false;
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
      return true;
    default:
      return false;
  }
}

}  // namespace

StoreWriter::StoreWriter(std::unique_ptr<Database> database, CommittedEvents* events,
                         const Clock* clock, const StoreOptions& options, LiveState* live)
    : database_(std::move(database)),
      events_(events),
      clock_(clock),
      options_(options),
      live_(live),
      thread_([this] { Loop(); }) {}

StoreWriter::~StoreWriter() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void StoreWriter::SetCallbacks(Committed committed, Refused refused) {
  std::lock_guard lock(mutex_);
  if (committed) committed_ = std::move(committed);
  if (refused) refused_ = std::move(refused);
}

absl::Status StoreWriter::Run(Work work, bool frees_space) {
  Item item;
  item.work = std::move(work);
  item.answer = std::make_shared<std::promise<absl::Status>>();
  item.frees_space = frees_space;
  std::future<absl::Status> answer = item.answer->get_future();
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return absl::CancelledError("the store is closing");
    if (queue_.empty()) oldest_ = SteadyClock::now();
    queue_.push_back(std::move(item));
    ++waiting_;
    changed_.notify_all();
  }
  return answer.get();
}

void StoreWriter::Post(Work work) {
  Item item;
  item.work = std::move(work);
  std::lock_guard lock(mutex_);
  if (queue_.empty()) oldest_ = SteadyClock::now();
  queue_.push_back(std::move(item));
  changed_.notify_all();
}

bool StoreWriter::Append(int64_t job, int64_t attempt, WorkerBatch batch) {
  Item item;
  item.job = job;
  item.attempt = attempt;
  item.batch = std::move(batch);
  std::lock_guard lock(mutex_);
  if (queue_.empty()) {
    oldest_ = SteadyClock::now();
    changed_.notify_all();
  }
  bool few_before = pending_events_ < options_.commit_events;
  pending_events_ += item.batch.event_count;
  queue_.push_back(std::move(item));
  if (few_before && pending_events_ >= options_.commit_events) changed_.notify_all();
  return pending_events_ < options_.pending_limit;
}

bool StoreWriter::HasRoom() const {
  std::lock_guard lock(mutex_);
  return pending_events_ < options_.pending_limit;
}

std::string StoreWriter::trouble() const {
  std::lock_guard lock(mutex_);
  return trouble_;
}

bool StoreWriter::Ready(SteadyClock::time_point now) const {
  if (stopping_ || waiting_ > 0) return true;
  if (queue_.empty()) return false;
  if (!trouble_.empty()) return now >= retry_at_;
  return pending_events_ >= options_.commit_events ||
         now >= oldest_ + Seconds(options_.commit_seconds);
}

StoreWriter::Items StoreWriter::TakeSome() {
  Items taken;
  int64_t events = 0;
  while (!queue_.empty() && events < kEventsPerTransaction) {
    events += queue_.front().batch.event_count;
    if (queue_.front().answer) --waiting_;
    taken.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  // What is left has waited already.
  return taken;
}

void StoreWriter::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    while (!Ready(SteadyClock::now())) {
      if (queue_.empty()) {
        changed_.wait(lock);
      } else {
        changed_.wait_until(
            lock, trouble_.empty() ? oldest_ + Seconds(options_.commit_seconds) : retry_at_);
      }
    }
    const bool last = stopping_ && queue_.empty();
    Items items = TakeSome();
    lock.unlock();
    absl::Status status = CommitItems(&items);
    lock.lock();
    queue_.insert(queue_.begin(), std::make_move_iterator(items.begin()),
                  std::make_move_iterator(items.end()));
    if (stopping_ && !status.ok()) GiveUp(&queue_, status);
    if (last) return;
  }
}

void StoreWriter::NoteHealth(const absl::Status& status) {
  std::lock_guard lock(mutex_);
  if (!status.ok() && trouble_.empty()) {
    spdlog::error("nothing can be stored: {}", MessageOf(status));
  }
  if (status.ok() && !trouble_.empty()) spdlog::info("the store can write again");
  trouble_ = std::string(MessageOf(status));
  retry_at_ = SteadyClock::now() + Seconds(options_.retry_seconds);
}

void StoreWriter::GiveUp(Items* items, const absl::Status& status) {
  int64_t events = 0;
  for (Item& item : *items) {
    events += item.batch.event_count;
    if (item.answer) {
      item.answer->set_value(status);
      --waiting_;
    }
  }
  if (!items->empty()) {
    spdlog::warn(
        "closing without having stored {} events; workers still hold those that were not "
        "acknowledged",
        events);
  }
  pending_events_ -= events;
  items->clear();
}

absl::Status StoreWriter::CommitItems(Items* items) {
  while (true) {
    auto culprit = items->end();
    absl::Status status = TryCommit(items, &culprit);
    if (status.ok()) {
      items->clear();
      return status;
    }
    if (culprit != items->end()) {
      // Its own fault: the others are tried again without it.
      culprit->result = status;
      spdlog::error("a write was refused: {}", MessageOf(status));
      Settle(&*culprit);
      items->erase(culprit);
      continue;
    }
    NoteHealth(status);
    // Nothing can be written. Who waits is told; what may make room is tried alone.
    Items kept;
    for (Item& item : *items) {
      if (!item.answer) {
        kept.push_back(std::move(item));
        continue;
      }
      item.result = status;
      Items alone;
      alone.push_back(std::move(item));
      auto none = alone.end();
      if (!alone.front().frees_space || !TryCommit(&alone, &none).ok()) Settle(&alone.front());
    }
    *items = std::move(kept);
    return status;
  }
}

absl::Status StoreWriter::TryCommit(Items* items, Items::iterator* culprit) {
  std::map<int64_t, v1::Progress> progress = live_->TakeUnwritten();
  auto attempt = [&]() -> absl::Status {
    Intake intake(database_.get(), events_, clock_->UnixMillis());
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get(), true));
    for (auto item = items->begin(); item != items->end(); ++item) {
      item->result = Apply(&*item, &intake);
      if (item->result.ok() || IsRefusal(item->result)) continue;
      if (!IsDatabaseFailure(item->result)) *culprit = item;
      return item->result;
    }
    RETURN_IF_ERROR(intake.Finish());
    RETURN_IF_ERROR(WriteProgress(progress));
    RETURN_IF_ERROR(transaction.Commit());
    NoteHealth(absl::OkStatus());
    Tell(&intake, items);
    return absl::OkStatus();
  };
  absl::Status status = attempt();
  if (!status.ok()) live_->PutBack(progress);
  return status;
}

absl::Status StoreWriter::Apply(Item* item, Intake* intake) {
  if (!item->work) return intake->Add(item->job, item->attempt, item->batch);
  RETURN_IF_ERROR(intake->Finish());
  RETURN_IF_ERROR(database_->Run("SAVEPOINT work"));
  absl::Status status = item->work(database_.get(), intake);
  // After a failure of the database the whole transaction goes.
  if (!status.ok() && !IsRefusal(status)) return status;
  if (!status.ok()) RETURN_IF_ERROR(database_->Run("ROLLBACK TO work"));
  RETURN_IF_ERROR(database_->Run("RELEASE work"));
  return status;
}

absl::Status StoreWriter::WriteProgress(const std::map<int64_t, v1::Progress>& progress) {
  JobStore jobs(database_.get());
  for (const auto& [job, snapshot] : progress) {
    RETURN_IF_ERROR(jobs.SetProgress(job, snapshot));
  }
  return absl::OkStatus();
}

void StoreWriter::Tell(Intake* intake, Items* items) {
  // Before anyone is answered: who made a change finds it counted.
  const bool changed =
      std::any_of(items->begin(), items->end(), [](const Item& item) { return item.result.ok(); });
  if (changed) live_->CountChange();
  for (const auto& [job, sequence] : intake->Sequences()) live_->SetSequence(job, sequence);
  if (events_) {
    for (auto& [job, messages] : intake->TakeMessages()) {
      for (v1::WatchEvent& message : messages) {
        events_->Post(job, std::make_shared<const v1::WatchEvent>(std::move(message)));
      }
    }
    for (int64_t job : intake->Unpacked()) {
      if (events_->Wanted(job)) events_->Missed(job);
    }
  }
  Committed committed;
  {
    std::lock_guard lock(mutex_);
    committed = committed_;
  }
  if (committed) {
    for (const auto& [run, number] : intake->numbers()) committed(run.first, run.second, number);
  }
  for (Item& item : *items) Settle(&item);
}

void StoreWriter::Settle(Item* item) {
  if (item->answer) {
    item->answer->set_value(item->result);
    return;
  }
  Refused refused;
  {
    std::lock_guard lock(mutex_);
    pending_events_ -= item->batch.event_count;
    refused = refused_;
  }
  if (item->result.ok()) return;
  if (item->work) {
    spdlog::error("a change was not made: {}", MessageOf(item->result));
  } else if (refused) {
    refused(item->job, item->attempt, item->result);
  }
}

}  // namespace lab
