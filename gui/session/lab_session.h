#pragma once

// The desktop's tie to labd. It opens the link, notices within seconds when it breaks or falls
// silent, tries again by itself, and runs calls and streams on threads of their own, so that the
// GUI thread never waits for the network; whatever comes back is delivered on the GUI thread.
// Create, use and destroy it there.

#include <QElapsedTimer>
#include <QObject>
#include <QPointer>
#include <QThreadPool>
#include <QTimer>
#include <functional>
#include <memory>
#include <type_traits>
#include <vector>

#include "gui/session/link.h"
#include "gui/session/stream.h"

namespace lab::gui {

class LabSession : public QObject {
  Q_OBJECT
 public:
  enum class State {
    kConnecting,  // for the first time
    kConnected,
    kLost,  // what is shown may be old; the next try is due
  };

  explicit LabSession(QObject* parent = nullptr);
  ~LabSession() override;

  // Leaves the present labd and goes to the one that `host` names ("" for LAB_HOST or this
  // machine's own).
  void connectTo(const QString& host);
  // Tries at once, and starts this machine's own labd even if it was stopped on purpose.
  void retryNow();

  State state() const { return state_; }
  bool connected() const { return state_ == State::kConnected; }
  // Why the link is lost.
  const absl::Status& trouble() const { return trouble_; }
  // Until the next try; 0 while one runs.
  double secondsToRetry() const;
  // What `connectTo` was given, and a title for people: "this machine", "box (10.0.0.5:7733)".
  const QString& host() const { return host_; }
  QString title() const;
  // True if labd runs on another machine, whose files are not this one's.
  bool remote() const { return link_ && !link_->address().IsLocal(); }
  // The machine and the daemon, as of the last second or two; null before the first word.
  const v1::System* system() const { return system_ ? &*system_ : nullptr; }

  // Runs `call` (LabClient → absl::StatusOr<T> or absl::Status) on another thread and then `done`
  // with its result on the GUI thread, unless `receiver` is gone by then. Without a link the result
  // is UNAVAILABLE.
  template <class Call, class Done>
  void ask(QObject* receiver, Call call, Done done);

  // Opens a stream: `call` blocks on a thread of its own until the end, what it receives comes to
  // `received` in batches, then `ended`. Dropping the handle ends it; nothing comes after that.
  template <class Message>
  std::unique_ptr<Stream> open(
      std::function<absl::Status(const LabClient&, const Receive<Message>&, Cancellation*)> call,
      std::function<void(std::vector<Message>)> received,
      std::function<void(const absl::Status&)> ended);

 Q_SIGNALS:
  void stateChanged();
  // A new link stands: whoever shows something asks again.
  void linked();
  void systemChanged();
  // Something to tell in passing.
  void said(const QString& text);

 private:
  using Deliver = std::function<void()>;
  // Runs `work` with the link (null if there is none) in the pool and what it returns here.
  void run(QObject* receiver, std::function<Deliver(Link*)> work);
  void tryLink();
  void linkOpened(std::shared_ptr<Link> link);
  void lose(const absl::Status& why);
  void checkSilence();

  QString host_;
  State state_ = State::kConnecting;
  absl::Status trouble_;
  bool asked_ = true;  // for a labd: one that left on purpose is started again
  bool trying_ = false;
  int64_t generation_ = 0;  // of connectTo: answers of older ones are dropped
  int failures_ = 0;
  std::shared_ptr<Link> link_;
  std::shared_ptr<Opening> opening_;  // the try that runs, or the last one
  std::optional<v1::System> system_;
  QElapsedTimer last_word_;  // monotonic: a clock that is set is no silence
  QTimer retry_;
  QTimer silence_;
  QThreadPool pool_;
  std::unique_ptr<StreamThreads> threads_;
  std::unique_ptr<Stream> watch_system_;
};

template <class Call, class Done>
void LabSession::ask(QObject* receiver, Call call, Done done) {
  using Result = std::invoke_result_t<Call, const LabClient&>;
  run(receiver, [call = std::move(call), done = std::move(done)](Link* link) -> Deliver {
    auto result = std::make_shared<Result>(absl::UnavailableError("not connected to labd"));
    if (link != nullptr) *result = call(link->client());
    return [result, done] { done(std::move(*result)); };
  });
}

template <class Message>
std::unique_ptr<Stream> LabSession::open(
    std::function<absl::Status(const LabClient&, const Receive<Message>&, Cancellation*)> call,
    std::function<void(std::vector<Message>)> received,
    std::function<void(const absl::Status&)> ended) {
  auto box = std::make_shared<Mailbox<Message>>(this, std::move(received), std::move(ended));
  threads_->start([box, link = link_, call = std::move(call)] {
    absl::Status status = absl::UnavailableError("not connected to labd");
    if (link != nullptr) {
      status = call(
          link->client(), [&box](const Message& message) { return box->put(message); },
          box->cancellation());
    }
    box->end(status);
  });
  return std::make_unique<Stream>(box);
}

}  // namespace lab::gui
