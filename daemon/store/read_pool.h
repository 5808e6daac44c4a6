#pragma once

// Read connections for whoever asks, one at a time each; kept for the next. Safe from any thread.

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "daemon/store/database.h"

namespace lab {

class ReadPool {
 public:
  // A connection that is the holder's until it goes out of scope.
  class Lease {
   public:
    Lease(ReadPool* pool, std::unique_ptr<Database> database)
        : pool_(pool), database_(std::move(database)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (database_) pool_->Return(std::move(database_));
    }
    Database* get() const { return database_.get(); }

   private:
    ReadPool* pool_;
    std::unique_ptr<Database> database_;
  };

  explicit ReadPool(std::string path) : path_(std::move(path)) {}
  absl::StatusOr<Lease> Take() {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        Lease lease(this, std::move(idle_.back()));
        idle_.pop_back();
        return lease;
      }
    }
    ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                     Database::Open(path_, Database::Mode::kRead));
    return Lease(this, std::move(database));
  }

 private:
  static constexpr size_t kKept = 4;

  void Return(std::unique_ptr<Database> database) {
    std::lock_guard lock(mutex_);
    if (idle_.size() < kKept) idle_.push_back(std::move(database));
  }

  const std::string path_;
  std::mutex mutex_;  // guards idle_
  std::vector<std::unique_ptr<Database>> idle_;
};

}  // namespace lab
