#include "gui/models/generation.h"

#include <cmath>

#include "proto/client/token_text.h"

namespace lab::gui {

Generation::Generation(LabSession* session, QObject* parent)
    : QObject(parent), session_(session), lease_(session) {}

Generation::~Generation() { stream_.reset(); }

void Generation::start(const std::string& reference, v1::GenerateRequest settings, bool fresh) {
  stream_.reset();
  tokens_.clear();
  cells_.clear();
  text_.clear();
  summary_.reset();
  status_ = absl::OkStatus();
  releasing_ = false;
  settings_ = std::move(settings);
  state_ = State::kOpening;
  lease_.use(reference, fresh, [this](const absl::Status& status) { opened(status); });
  if (state_ == State::kOpening) Q_EMIT changed();
}

void Generation::stop() {
  if (!busy()) return;
  lease_.cancel();
  stream_.reset();
  finish(State::kStopped);
}

void Generation::release() {
  releasing_ = busy();
  if (!releasing_) lease_.close();
}

std::optional<double> Generation::perplexity() const {
  if (tokens_.empty()) return std::nullopt;
  double nats = 0;
  for (const v1::Token& token : tokens_) nats -= std::log(token.probability());
  return std::exp(nats / static_cast<double>(tokens_.size()));
}

void Generation::opened(const absl::Status& status) {
  if (!status.ok()) return finish(State::kFailed, status);
  write();
}

void Generation::write() {
  state_ = State::kWriting;
  v1::GenerateRequest request = settings_;
  request.set_session(lease_.model().session());
  stream_ = session_->open<v1::GenerateEvent>(
      [request](const LabClient& client, const Receive<v1::GenerateEvent>& receive,
                Cancellation* cancellation) {
        return client.Generate(request, receive, cancellation);
      },
      [this](const std::vector<v1::GenerateEvent>& events) { take(events); },
      [this](const absl::Status& status) { ended(status); });
  Q_EMIT changed();
}

void Generation::take(const std::vector<v1::GenerateEvent>& events) {
  for (const v1::GenerateEvent& event : events) {
    if (event.has_summary()) summary_ = event.summary();
    if (!event.has_token()) continue;
    tokens_.push_back(event.token());
    const std::string_view shown = ShownBytes(event.token());
    text_ += shown;
    cells_.add(shown, event.token().text());
  }
  Q_EMIT changed();
}

void Generation::ended(const absl::Status& status) {
  stream_.reset();
  if (absl::IsNotFound(status) && lease_.reused() && tokens_.empty()) {
    // Its worker has left meanwhile, and the model with it.
    state_ = State::kOpening;
    Q_EMIT changed();
    return lease_.again([this](const absl::Status& again) { opened(again); });
  }
  if (status.ok() && summary_) return finish(State::kDone);
  finish(State::kFailed,
         status.ok() ? absl::InternalError("labd ended the generation without a summary") : status);
}

void Generation::finish(State state, const absl::Status& status) {
  state_ = state;
  status_ = status;
  cells_.finish();
  if (releasing_ || state == State::kFailed) lease_.close();
  releasing_ = false;
  Q_EMIT changed();
}

}  // namespace lab::gui
