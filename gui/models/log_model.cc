#include "gui/models/log_model.h"

#include "gui/models/words.h"

namespace lab::gui {
namespace {

constexpr int kAgainMs = 1000;

// labd's own log and a job's come by calls of the same form.
absl::Status readLog(const LabClient& client, const v1::ReadLogRequest& request,
                     const Receive<v1::LogChunk>& receive, Cancellation* cancellation) {
  if (request.job_id() != LogModel::kDaemon) return client.ReadLog(request, receive, cancellation);
  v1::ReadDaemonLogRequest own;
  own.set_follow(request.follow());
  own.set_tail_lines(request.tail_lines());
  if (request.has_from()) *own.mutable_from() = request.from();
  return client.ReadDaemonLog(
      own,
      [&receive](const v1::DaemonLogChunk& said) {
        v1::LogChunk chunk;
        chunk.set_text(said.text());
        *chunk.mutable_end() = said.end();
        return receive(chunk);
      },
      cancellation);
}

}  // namespace

LogModel::LogModel(LabSession* session, QObject* parent) : QObject(parent), session_(session) {
  again_.setSingleShot(true);
  again_.setInterval(kAgainMs);
  connect(&again_, &QTimer::timeout, this, &LogModel::open);
  connect(session, &LabSession::linked, this, &LogModel::open);
}

void LogModel::follow(int64_t job) {
  if (job_ == job) return;
  job_ = job;
  position_.reset();
  open();
}

void LogModel::stop() {
  job_.reset();
  again_.stop();
  stream_.reset();
}

void LogModel::goOn() {
  if (stream_ == nullptr) open();
}

void LogModel::open() {
  again_.stop();
  stream_.reset();
  if (!position_) {
    rest_.clear();
    loaded_ = false;
    Q_EMIT cleared();
  }
  if (!job_ || !session_->connected()) return;
  v1::ReadLogRequest request;
  request.set_job_id(*job_);
  request.set_follow(true);
  request.set_tail_lines(kMostLines);
  if (position_) *request.mutable_from() = *position_;
  stream_ = session_->open<v1::LogChunk>(
      [request](const LabClient& client, const Receive<v1::LogChunk>& receive,
                Cancellation* cancellation) {
        return readLog(client, request, receive, cancellation);
      },
      [this](const std::vector<v1::LogChunk>& chunks) { take(chunks); },
      [this](const absl::Status& status) { end(status); });
}

void LogModel::take(const std::vector<v1::LogChunk>& chunks) {
  for (const v1::LogChunk& chunk : chunks) rest_ += chunk.text();
  if (chunks.back().has_end()) position_ = chunks.back().end();
  loaded_ = true;
  const size_t end = rest_.rfind('\n');
  if (end == std::string::npos) return;
  const QString lines = q(std::string_view(rest_).substr(0, end + 1));
  rest_.erase(0, end + 1);
  Q_EMIT appended(lines);
}

void LogModel::end(const absl::Status& status) {
  stream_.reset();
  loaded_ = true;
  // A broken link is the session's to tell, and to mend.
  if (!status.ok() && !session_->connected()) return;
  if (absl::IsUnavailable(status) || absl::IsCancelled(status)) {
    again_.start();
    return;
  }
  if (!rest_.empty()) Q_EMIT appended(q(std::exchange(rest_, {})) + QLatin1Char('\n'));
  Q_EMIT settled();
  if (!status.ok()) Q_EMIT failed(status);
}

}  // namespace lab::gui
