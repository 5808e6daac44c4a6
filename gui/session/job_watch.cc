#include "gui/session/job_watch.h"

namespace lab::gui {
namespace {

constexpr int kAgainMs = 500;
constexpr double kPausedPollSeconds = 0.5;  // whether a paused job goes on

}  // namespace

JobWatch::JobWatch(LabSession* session, int64_t job_id, QObject* parent,
                   std::vector<std::string> kinds)
    : QObject(parent), session_(session), job_id_(job_id), kinds_(std::move(kinds)) {
  again_.setSingleShot(true);
  again_.setInterval(kAgainMs);
  connect(&again_, &QTimer::timeout, this, &JobWatch::start);
  connect(session, &LabSession::linked, this, &JobWatch::start);
  start();
}

void JobWatch::goOn() {
  if (!ended_) return;
  ended_ = false;
  start();
}

void JobWatch::start() {
  if (ended_ || !session_->connected()) return;
  again_.stop();
  auto call = [id = job_id_, after = last_sequence_, kinds = kinds_](
                  const LabClient& client, const Receive<v1::WatchEvent>& receive,
                  Cancellation* cancellation) {
    // The session mends broken links, so this watch gives up at the first failure.
    WatchOptions options;
    options.after_sequence = after;
    options.kinds = kinds;
    options.give_up_seconds = 0;
    options.last_retry_seconds = kPausedPollSeconds;
    options.cancellation = cancellation;
    return ReconnectingWatch(&client, id, options).Run(receive);
  };
  stream_ = session_->open<v1::WatchEvent>(
      call,
      [this](std::vector<v1::WatchEvent> events) {
        last_sequence_ = std::max(last_sequence_, events.back().sequence());
        Q_EMIT arrived(events);
      },
      [this](const absl::Status& status) { streamEnded(status); });
}

void JobWatch::streamEnded(const absl::Status& status) {
  stream_.reset();
  if (status.ok() || IsLasting(status)) {
    ended_ = true;
    Q_EMIT finished(status);
    return;
  }
  if (session_->connected()) again_.start();
}

}  // namespace lab::gui
