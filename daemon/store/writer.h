#pragma once

// The *store* thread: the only writer of lab.db. It takes batches and pieces of work in the order
// in which they come, puts many into one transaction, and tells what was committed. While the disk
// refuses to write it keeps batches in memory and tries again; whoever waits for an answer gets
// the error. Safe from any thread.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "daemon/store/committed_events.h"
#include "daemon/store/database.h"
#include "daemon/store/intake.h"
#include "daemon/store/live_state.h"
#include "daemon/store/options.h"

namespace lab {

class StoreWriter {
 public:
  // Runs inside the transaction, on the store thread. Returns NOT_FOUND, INVALID_ARGUMENT,
  // ALREADY_EXISTS or FAILED_PRECONDITION only before it has added anything to the Intake. May run
  // again if the transaction could not be committed.
  using Work = std::function<absl::Status(Database*, Intake*)>;
  using Committed = std::function<void(int64_t job, int64_t attempt, int64_t number)>;
  using Refused = std::function<void(int64_t job, int64_t attempt, absl::Status)>;

  // Requires: everything given outlives it.
  StoreWriter(std::unique_ptr<Database> database, CommittedEvents* events, const Clock* clock,
              const StoreOptions& options, LiveState* live);
  ~StoreWriter();

  void SetCallbacks(Committed committed, Refused refused);  // an empty one stays as it is
  // Waits until the work is committed, or why it is not. `frees_space`: worth trying on its own
  // while the disk is full.
  absl::Status Run(Work work, bool frees_space = false);
  // Does not wait and does not give up.
  void Post(Work work);
  bool Append(int64_t job, int64_t attempt, WorkerBatch batch);
  bool HasRoom() const;
  std::string trouble() const;

 private:
  // A batch, or work with or without somebody who waits for its answer.
  struct Item {
    int64_t job = 0;
    int64_t attempt = 0;
    WorkerBatch batch;
    Work work;  // empty: a batch
    std::shared_ptr<std::promise<absl::Status>> answer;
    bool frees_space = false;
    absl::Status result;  // of this try
  };
  using Items = std::deque<Item>;

  void Loop();
  bool Ready(std::chrono::steady_clock::time_point now) const;
  Items TakeSome();
  // Commits what it can. What is left in `items` must be tried again.
  absl::Status CommitItems(Items* items);
  // One try. The place of an item that spoils the transaction is put into `*culprit`.
  absl::Status TryCommit(Items* items, Items::iterator* culprit);
  absl::Status Apply(Item* item, Intake* intake);
  absl::Status WriteProgress(const std::map<int64_t, v1::Progress>& progress);
  void Tell(Intake* intake, Items* items);
  void Settle(Item* item);
  // Before anyone is answered, so that trouble() and the answers agree.
  void NoteHealth(const absl::Status& status);
  void GiveUp(Items* items, const absl::Status& status);

  std::unique_ptr<Database> database_;
  CommittedEvents* const events_;
  const Clock* const clock_;
  const StoreOptions options_;
  LiveState* const live_;

  mutable std::mutex mutex_;  // guards everything below but the thread
  std::condition_variable changed_;
  Items queue_;
  std::chrono::steady_clock::time_point oldest_;    // when the queue's first item came
  std::chrono::steady_clock::time_point retry_at_;  // not before, while there is trouble
  int64_t pending_events_ = 0;                      // appended, not yet committed
  int64_t waiting_ = 0;                             // items in the queue with an answer
  std::string trouble_;
  bool stopping_ = false;
  Committed committed_;
  Refused refused_;

  std::thread thread_;
};

}  // namespace lab
