#include "gui/models/log_model.h"

#include "gui/models/words.h"

namespace lab::gui {
namespace {

constexpr int kAgainMs = 1000;

}  // namespace

LogModel::LogModel(LabSession* session, QObject* parent) : QObject(parent), session_(session) {
  again_.setSingleShot(true);
  again_.setInterval(kAgainMs);
  connect(&again_, &QTimer::timeout, this, &LogModel::open);
  connect(session, &LabSession::linked, this, &LogModel::open);
}

void LogModel::follow(int64_t job_id) {
  if (job_ == job_id) return;
  job_ = job_id;
  stream_.reset();
  open();
}

void LogModel::goOn() {
  if (job_ != 0 && stream_ == nullptr) open();
}

void LogModel::open() {
  again_.stop();
  rest_.clear();
  loaded_ = false;
  Q_EMIT cleared();
  if (job_ == 0 || !session_->connected()) return;
  v1::ReadLogRequest request;
  request.set_job_id(job_);
  request.set_follow(true);
  request.set_tail_lines(kMostLines);
  stream_ = session_->open<v1::LogChunk>(
      [request](const LabClient& client, const Receive<v1::LogChunk>& receive,
                Cancellation* cancellation) {
        return client.ReadLog(request, receive, cancellation);
      },
      [this](const std::vector<v1::LogChunk>& chunks) { take(chunks); },
      [this](const absl::Status& status) { end(status); });
}

void LogModel::take(const std::vector<v1::LogChunk>& chunks) {
  for (const v1::LogChunk& chunk : chunks) rest_ += chunk.text();
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
  if (!rest_.empty()) Q_EMIT appended(q(std::exchange(rest_, {})) + QLatin1Char('\n'));
  Q_EMIT settled();
  // A broken link is the session's to tell, and to mend.
  if (status.ok() || !session_->connected()) return;
  if (absl::IsUnavailable(status) || absl::IsCancelled(status)) {
    again_.start();
    return;
  }
  Q_EMIT failed(status);
}

}  // namespace lab::gui
