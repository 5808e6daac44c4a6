#include "gui/models/generation.h"

#include <cmath>

#include "proto/client/token_text.h"

namespace lab::gui {

Generation::Generation(LabSession* session, QObject* parent) : QObject(parent), session_(session) {
  // Models of another labd, or of one that was started again, are not open.
  connect(session, &LabSession::linked, this, [this] { model_.clear_session(); });
}

Generation::~Generation() {
  stream_.reset();
  closeModel();
}

void Generation::start(const std::string& reference, v1::GenerateRequest settings, bool fresh) {
  ++number_;
  stream_.reset();
  tokens_.clear();
  cells_.clear();
  text_.clear();
  summary_.reset();
  status_ = absl::OkStatus();
  releasing_ = false;
  settings_ = std::move(settings);
  if (reference != reference_ || fresh) closeModel();
  reference_ = reference;
  reused_ = !model_.session().empty();
  if (reused_) {
    write();
  } else {
    open();
  }
}

void Generation::stop() {
  if (!busy()) return;
  ++number_;
  stream_.reset();
  finish(State::kStopped);
}

void Generation::release() {
  releasing_ = busy();
  if (!releasing_) closeModel();
}

std::optional<double> Generation::perplexity() const {
  if (tokens_.empty()) return std::nullopt;
  double nats = 0;
  for (const v1::Token& token : tokens_) nats -= std::log(token.probability());
  return std::exp(nats / static_cast<double>(tokens_.size()));
}

void Generation::open() {
  state_ = State::kOpening;
  session_->ask(
      this, [reference = reference_](const LabClient& client) { return client.Open(reference); },
      [this, number = number_](const absl::StatusOr<v1::OpenResponse>& answer) {
        opened(number, answer);
      });
  Q_EMIT changed();
}

void Generation::opened(int64_t number, const absl::StatusOr<v1::OpenResponse>& answer) {
  if (number != number_) {
    if (answer.ok()) closeSession(answer->session());
    return;
  }
  if (!answer.ok()) return finish(State::kFailed, answer.status());
  model_ = *answer;
  write();
}

void Generation::write() {
  state_ = State::kWriting;
  v1::GenerateRequest request = settings_;
  request.set_session(model_.session());
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
  if (absl::IsNotFound(status) && reused_ && tokens_.empty()) {
    // Its worker has left meanwhile, and the model with it.
    reused_ = false;
    model_.clear_session();
    return open();
  }
  if (status.ok() && summary_) return finish(State::kDone);
  finish(State::kFailed,
         status.ok() ? absl::InternalError("labd ended the generation without a summary") : status);
}

void Generation::finish(State state, const absl::Status& status) {
  state_ = state;
  status_ = status;
  cells_.finish();
  if (releasing_ || state == State::kFailed) closeModel();
  releasing_ = false;
  Q_EMIT changed();
}

void Generation::closeModel() {
  closeSession(model_.session());
  model_.clear_session();
}

void Generation::closeSession(const std::string& session) {
  // Best effort: labd frees an unused model by itself after a while.
  if (session.empty() || !session_->connected()) return;
  session_->ask(
      session_, [session](const LabClient& client) { return client.Close(session); },
      [](const absl::Status&) {});
}

}  // namespace lab::gui
