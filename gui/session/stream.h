#pragma once

// The pieces of a stream between its thread and the GUI thread: a mailbox that gathers messages and
// delivers them in batches, the handle that ends it, and the threads. A thread waits while the GUI
// has not emptied its mailbox, so that a busy GUI never piles up memory.

#include <QMetaObject>
#include <QObject>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "proto/client/lab_client.h"

namespace lab::gui {

// What every mailbox can, whatever its messages are. Any thread.
class AnyMailbox {
 public:
  virtual ~AnyMailbox() = default;
  // Nothing is delivered any more; the thread ends soon. GUI thread.
  virtual void close() = 0;
};

// Keeps a stream open; dropping it closes the stream without waiting. GUI thread.
class Stream {
 public:
  explicit Stream(std::shared_ptr<AnyMailbox> box) : box_(std::move(box)) {}
  ~Stream() { box_->close(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

 private:
  std::shared_ptr<AnyMailbox> box_;
};

template <class Message>
class Mailbox : public AnyMailbox, public std::enable_shared_from_this<Mailbox<Message>> {
 public:
  // `context` lives on the GUI thread and outlives every thread that puts.
  Mailbox(QObject* context, std::function<void(std::vector<Message>)> received,
          std::function<void(const absl::Status&)> ended)
      : context_(context), received_(std::move(received)), ended_(std::move(ended)) {}

  Cancellation* cancellation() { return &cancellation_; }

  // From the stream's thread; false if the stream is to end.
  bool put(const Message& message) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return closed_ || waiting_.size() < kMost; });
    if (closed_) return false;
    waiting_.push_back(message);
    if (waiting_.size() == 1) post();
    return true;
  }

  // From the stream's thread, at its end.
  void end(const absl::Status& status) {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    status_ = status;
    if (waiting_.empty()) post();
  }

  void close() override {
    std::lock_guard lock(mutex_);
    closed_ = true;
    waiting_.clear();
    room_.notify_all();
    cancellation_.Cancel();
  }

 private:
  static constexpr size_t kMost = 256;

  // Requires: mutex_ is held.
  void post() {
    QMetaObject::invokeMethod(
        context_, [box = this->shared_from_this()] { box->deliver(); }, Qt::QueuedConnection);
  }

  void deliver() {
    std::vector<Message> batch;
    std::optional<absl::Status> status;
    {
      std::lock_guard lock(mutex_);
      if (closed_) return;
      batch.swap(waiting_);
      status.swap(status_);
      room_.notify_all();
    }
    // Either may close this stream.
    if (!batch.empty()) received_(std::move(batch));
    if (status && !closed()) ended_(*status);
  }

  bool closed() {
    std::lock_guard lock(mutex_);
    return closed_;
  }

  QObject* context_;
  const std::function<void(std::vector<Message>)> received_;
  const std::function<void(const absl::Status&)> ended_;
  Cancellation cancellation_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable room_;
  std::vector<Message> waiting_;
  std::optional<absl::Status> status_;
  bool closed_ = false;
};

// The threads of streams. Finished ones are joined when the next one starts. GUI thread.
class StreamThreads {
 public:
  // Waits for all of them: end what they do first.
  ~StreamThreads() = default;
  void start(std::function<void()> work);

 private:
  struct Entry {
    std::shared_ptr<std::atomic<bool>> done;
    std::jthread thread;
  };
  std::list<Entry> entries_;
};

}  // namespace lab::gui
