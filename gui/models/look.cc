#include "gui/models/look.h"

#include <utility>

namespace lab::gui {

Look::Look(LabSession* session, QObject* parent)
    : QObject(parent), session_(session), lease_(session) {}

Look::~Look() { stream_.reset(); }

void Look::ask(const std::string& reference, v1::InspectRequest settings, bool fresh) {
  stream_.reset();
  plan_.reset();
  received_ = 0;
  status_ = absl::OkStatus();
  settings_ = std::move(settings);
  state_ = State::kOpening;
  lease_.use(reference, fresh, [this](const absl::Status& status) {
    if (!status.ok()) return fail(status);
    read();
  });
  Q_EMIT changed();
}

void Look::cancel() {
  if (!busy()) return;
  lease_.cancel();
  stream_.reset();
  state_ = found_ ? State::kDone : State::kIdle;
  Q_EMIT changed();
}

void Look::release() {
  cancel();
  lease_.close();
}

void Look::read() {
  state_ = State::kComputing;
  reader_ = std::make_unique<InspectionReader>(settings_.plan_only());
  taken_ = absl::OkStatus();
  v1::InspectRequest request = settings_;
  request.set_session(lease_.model().session());
  stream_ = session_->open<v1::InspectEvent>(
      [request](const LabClient& client, const Receive<v1::InspectEvent>& receive,
                Cancellation* cancellation) {
        return client.Inspect(request, receive, cancellation);
      },
      [this](const std::vector<v1::InspectEvent>& events) { take(events); },
      [this](const absl::Status& status) { ended(status); });
}

void Look::take(const std::vector<v1::InspectEvent>& events) {
  for (const v1::InspectEvent& event : events) {
    if (event.has_plan()) plan_ = event.plan();
    if (event.has_part()) received_ += static_cast<int64_t>(event.part().data().size());
    if (taken_.ok()) taken_ = reader_->Take(event);
  }
  Q_EMIT changed();
}

void Look::ended(const absl::Status& status) {
  stream_.reset();
  if (absl::IsNotFound(status) && lease_.reused() && !plan_) {
    state_ = State::kOpening;
    return lease_.again([this](const absl::Status& opened) {
      if (!opened.ok()) return fail(opened);
      read();
    });
  }
  if (!status.ok()) return fail(status);
  if (!taken_.ok()) return fail(taken_);
  absl::StatusOr<Inspection> whole = reader_->Finish();
  if (!whole.ok()) return fail(whole.status());
  found_ = *std::move(whole);
  found_in_ = lease_.model();
  found_with_ = settings_;
  state_ = State::kDone;
  Q_EMIT changed();
}

void Look::fail(const absl::Status& status) {
  state_ = State::kFailed;
  status_ = status;
  found_.reset();
  lease_.close();
  Q_EMIT changed();
}

}  // namespace lab::gui
