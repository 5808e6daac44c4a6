#include "gui/models/model_lease.h"

#include <utility>

namespace lab::gui {

ModelLease::ModelLease(LabSession* session, QObject* parent) : QObject(parent), session_(session) {
  // Models of a labd that was started again are not open.
  connect(session, &LabSession::linked, this, [this] { model_.clear_session(); });
}

ModelLease::~ModelLease() { close(); }

void ModelLease::use(const std::string& reference, bool fresh, Then then) {
  ++number_;
  if (reference != reference_ || fresh) close();
  reference_ = reference;
  reused_ = !model_.session().empty();
  if (reused_) return then(absl::OkStatus());
  open(std::move(then));
}

void ModelLease::again(Then then) {
  ++number_;
  reused_ = false;
  model_.clear_session();
  open(std::move(then));
}

void ModelLease::open(Then then) {
  session_->ask(
      this, [reference = reference_](const LabClient& client) { return client.Open(reference); },
      [this, number = number_,
       then = std::move(then)](const absl::StatusOr<v1::OpenResponse>& answer) {
        if (number != number_) {
          if (answer.ok()) closeSession(answer->session());
          return;
        }
        if (answer.ok()) model_ = *answer;
        then(answer.status());
      });
}

void ModelLease::close() {
  closeSession(model_.session());
  model_.clear_session();
}

void ModelLease::closeSession(const std::string& session) {
  // Best effort: labd frees an unused model by itself after a while.
  if (session.empty() || !session_->connected()) return;
  session_->ask(
      session_, [session](const LabClient& client) { return client.Close(session); },
      [](const absl::Status&) {});
}

}  // namespace lab::gui
