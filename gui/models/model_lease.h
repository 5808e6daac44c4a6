#pragma once

// A model that labd holds open for one who uses it: opened by its reference, used again as long as
// the reference stays the same, closed when it is no longer wanted. GUI thread.

#include <QObject>
#include <cstdint>
#include <functional>
#include <string>

#include "gui/session/lab_session.h"
#include "lab/v1/inspect.pb.h"

namespace lab::gui {

class ModelLease : public QObject {
  Q_OBJECT
 public:
  using Then = std::function<void(const absl::Status&)>;

  // `session` outlives this.
  explicit ModelLease(LabSession* session, QObject* parent = nullptr);
  ~ModelLease() override;

  // Calls `then` when model() is that of `reference`, at once if it is open already and need not be
  // `fresh` (a running job's newest checkpoint changes); never after another call of this, of again
  // or of cancel.
  void use(const std::string& reference, bool fresh, Then then);
  // Opens it anew where it was `reused` and labd does not know it any more: its worker has left.
  void again(Then then);
  // Nobody waits for `then` any more.
  void cancel() { ++number_; }
  void close();

  // Its session is empty while nothing is open.
  const v1::OpenResponse& model() const { return model_; }
  const std::string& reference() const { return reference_; }
  // Whether the last use found it open.
  bool reused() const { return reused_; }

 private:
  void open(Then then);
  void closeSession(const std::string& session);

  LabSession* session_;
  std::string reference_;
  v1::OpenResponse model_;
  bool reused_ = false;
  int64_t number_ = 0;  // of use: answers to older ones are dropped
};

}  // namespace lab::gui
