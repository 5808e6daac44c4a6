#include "gui/session/lab_session.h"

#include <algorithm>

#include "core/base/status.h"

namespace lab::gui {
namespace {

constexpr double kSystemSeconds = 1;  // between two words of labd
constexpr int kSilenceMs = 6000;      // without one the link counts as lost
constexpr int kFirstRetryMs = 500;    // doubles up to
constexpr int kLastRetryMs = 10000;
constexpr int kMostCalls = 16;  // at once

}  // namespace

LabSession::LabSession(QObject* parent)
    : QObject(parent), threads_(std::make_unique<StreamThreads>()) {
  pool_.setMaxThreadCount(kMostCalls);
  retry_.setSingleShot(true);
  connect(&retry_, &QTimer::timeout, this, &LabSession::tryLink);
  silence_.setInterval(1000);
  connect(&silence_, &QTimer::timeout, this, &LabSession::checkSilence);
}

LabSession::~LabSession() {
  ++generation_;
  watch_system_.reset();
  if (link_) link_->close();
  if (opening_) opening_->close();
  threads_.reset();
  pool_.waitForDone();
}

void LabSession::connectTo(const QString& host) {
  ++generation_;
  host_ = host;
  watch_system_.reset();
  if (link_) link_->close();
  if (opening_) opening_->close();
  link_.reset();
  system_.reset();
  state_ = State::kConnecting;
  trouble_ = absl::OkStatus();
  asked_ = true;
  trying_ = false;
  failures_ = 0;
  silence_.stop();
  Q_EMIT stateChanged();
  tryLink();
}

void LabSession::retryNow() {
  if (connected()) return;
  asked_ = true;
  tryLink();
}

double LabSession::secondsToRetry() const {
  return trying_ ? 0 : std::max(0, retry_.remainingTime()) / 1000.0;
}

QString LabSession::title() const {
  if (link_ && !link_->address().is_default) {
    return QString::fromStdString(link_->address().Title());
  }
  return host_.isEmpty() ? tr("this machine") : host_;
}

void LabSession::tryLink() {
  if (trying_) return;
  trying_ = true;
  retry_.stop();
  const int64_t generation = generation_;
  // Not through ask: there is no link yet.
  opening_ = std::make_shared<Opening>();
  pool_.start([this, generation, asked = asked_, opening = opening_, host = host_.toStdString()] {
    auto link = std::make_shared<absl::StatusOr<std::shared_ptr<Link>>>(
        openLink(host, asked, opening.get()));
    QMetaObject::invokeMethod(
        this,
        [this, generation, link] {
          if (generation != generation_) return;
          trying_ = false;
          if (link->ok()) {
            linkOpened(**link);
          } else {
            lose(link->status());
          }
        },
        Qt::QueuedConnection);
  });
  Q_EMIT stateChanged();
}

void LabSession::linkOpened(std::shared_ptr<Link> link) {
  link_ = std::move(link);
  failures_ = 0;
  asked_ = false;
  trouble_ = absl::OkStatus();
  state_ = State::kConnected;
  last_word_.start();
  silence_.start();
  watch_system_ = open<v1::System>(
      [](const LabClient& client, const Receive<v1::System>& receive, Cancellation* cancellation) {
        return client.WatchSystem(kSystemSeconds, receive, cancellation);
      },
      [this](std::vector<v1::System> words) {
        last_word_.start();
        system_ = std::move(words.back());
        Q_EMIT systemChanged();
      },
      [this](const absl::Status& status) {
        lose(status.ok() ? absl::UnavailableError("labd closed the connection") : status);
      });
  if (link_->started_daemon()) Q_EMIT said(tr("labd was not running and has been started"));
  Q_EMIT stateChanged();
  Q_EMIT linked();
}

void LabSession::lose(const absl::Status& why) {
  watch_system_.reset();
  if (link_) link_->close();
  link_.reset();
  silence_.stop();
  trouble_ = why;
  state_ = State::kLost;
  const int pause = std::min(kLastRetryMs, kFirstRetryMs << std::min(failures_, 6));
  ++failures_;
  retry_.start(pause);
  Q_EMIT stateChanged();
}

void LabSession::checkSilence() {
  if (!connected() || last_word_.elapsed() < kSilenceMs) return;
  lose(absl::UnavailableError("labd keeps the line open but has not said a word for 6 s"));
}

void LabSession::run(QObject* receiver, std::function<Deliver(Link*)> work) {
  pool_.start([this, guard = QPointer<QObject>(receiver), link = link_, work = std::move(work)] {
    Deliver deliver = work(link.get());
    QMetaObject::invokeMethod(
        this,
        [guard, deliver = std::move(deliver)] {
          if (guard) deliver();
        },
        Qt::QueuedConnection);
  });
}

}  // namespace lab::gui
