#include "gui/models/daemon_log.h"

#include "gui/models/words.h"

namespace lab::gui {

DaemonLog::DaemonLog(LabSession* session, QObject* parent) : QObject(parent), session_(session) {
  connect(session, &LabSession::linked, this, [this] {
    if (wanted_) open();
  });
}

void DaemonLog::follow() {
  wanted_ = true;
  if (session_->connected()) open();
}

void DaemonLog::stop() {
  wanted_ = false;
  stream_.reset();
}

void DaemonLog::open() {
  rest_.clear();
  Q_EMIT begun();
  v1::ReadDaemonLogRequest request;
  request.set_follow(true);
  request.set_tail_lines(kLines);
  stream_ = session_->open<v1::DaemonLogChunk>(
      [request](const LabClient& client, const Receive<v1::DaemonLogChunk>& receive,
                Cancellation* cancellation) {
        return client.ReadDaemonLog(request, receive, cancellation);
      },
      [this](const std::vector<v1::DaemonLogChunk>& chunks) { take(chunks); },
      [this](const absl::Status& status) {
        stream_.reset();
        heard_ = true;
        // A lost link is the session's to tell.
        if (!status.ok() && session_->connected()) Q_EMIT failed(status);
      });
}

void DaemonLog::take(const std::vector<v1::DaemonLogChunk>& chunks) {
  heard_ = true;
  QStringList lines;
  for (const v1::DaemonLogChunk& chunk : chunks) {
    rest_ += chunk.text();
    size_t begin = 0;
    for (size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      lines << q(std::string_view(rest_).substr(begin, end - begin));
    }
    rest_.erase(0, begin);
  }
  if (!lines.isEmpty()) Q_EMIT arrived(lines);
}

}  // namespace lab::gui
