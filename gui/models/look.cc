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

Inspection Look::giveFound() {
  Inspection given = std::move(*found_);
  found_.reset();
  return given;
}

void Look::read() {
  state_ = State::kComputing;
  whole_.reset();
  v1::InspectRequest request = settings_;
  request.set_session(lease_.model().session());
  stream_ = session_->open<News>(
      [request](const LabClient& client, const std::function<bool(const News&)>& tell,
                Cancellation* cancellation) { return readOn(client, request, tell, cancellation); },
      [this](const std::vector<News>& news) { take(news); },
      [this](const absl::Status& status) { ended(status); });
}

absl::Status Look::readOn(const LabClient& client, const v1::InspectRequest& request,
                          const std::function<bool(const News&)>& tell,
                          Cancellation* cancellation) {
  InspectionReader reader(request.plan_only());
  absl::Status taken;
  const absl::Status status = client.Inspect(
      request,
      [&](const v1::InspectEvent& event) {
        taken = reader.Take(event);
        News news;
        if (event.has_plan()) news.plan = event.plan();
        if (event.has_part()) news.bytes = static_cast<int64_t>(event.part().data().size());
        return taken.ok() && tell(news);
      },
      cancellation);
  if (!taken.ok()) return taken;
  if (!status.ok()) return status;
  absl::StatusOr<Inspection> whole = reader.Finish();
  if (!whole.ok()) return whole.status();
  tell({std::nullopt, 0, std::make_shared<Inspection>(*std::move(whole))});
  return absl::OkStatus();
}

void Look::take(const std::vector<News>& news) {
  for (const News& one : news) {
    if (one.plan) plan_ = one.plan;
    received_ += one.bytes;
    if (one.whole) whole_ = one.whole;
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
  found_ = std::move(whole_);
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
