#pragma once

// One look into a model: asked for, computed by labd, put together here. What was asked last is
// what is shown; a new question ends the old one. GUI thread.

#include <QObject>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gui/models/model_lease.h"
#include "gui/session/stream.h"
#include "proto/client/inspection.h"

namespace lab::gui {

class Look : public QObject {
  Q_OBJECT
 public:
  enum class State { kIdle, kOpening, kComputing, kDone, kFailed };

  // `session` outlives this.
  explicit Look(LabSession* session, QObject* parent = nullptr);
  ~Look() override;

  // Asks anew, with these settings (all but the session). What was found before stays until the
  // answer is there. `fresh` as ModelLease::use.
  void ask(const std::string& reference, v1::InspectRequest settings, bool fresh = false);
  // Ends the question; what was found before stays.
  void cancel();
  // Closes the model.
  void release();

  State state() const { return state_; }
  bool busy() const { return state_ == State::kOpening || state_ == State::kComputing; }
  const absl::Status& status() const { return status_; }  // why it failed
  // The last whole answer, whose it is and to what; null before the first and after a failure.
  std::shared_ptr<const Inspection> found() const { return found_; }
  // The same, given away: large tensors need not be copied. Requires: found() was kept by nobody.
  Inspection giveFound();
  const v1::OpenResponse& foundIn() const { return found_in_; }
  const v1::InspectRequest& foundWith() const { return found_with_; }
  // What comes, once labd has planned it; null before.
  const v1::InspectPlan* plan() const { return plan_ ? &*plan_ : nullptr; }
  // Bytes of the present answer that have come.
  int64_t received() const { return received_; }
  const std::string& reference() const { return lease_.reference(); }

 Q_SIGNALS:
  void changed();

 private:
  void read();
  // What the stream's thread tells: it puts the answer together, which takes its time.
  struct News {
    std::optional<v1::InspectPlan> plan;
    int64_t bytes = 0;
    std::shared_ptr<Inspection> whole;
  };
  static absl::Status readOn(const LabClient& client, const v1::InspectRequest& request,
                             const std::function<bool(const News&)>& tell,
                             Cancellation* cancellation);
  void take(const std::vector<News>& news);
  void ended(const absl::Status& status);
  void fail(const absl::Status& status);

  LabSession* session_;
  ModelLease lease_;
  State state_ = State::kIdle;
  absl::Status status_;
  v1::InspectRequest settings_, found_with_;
  v1::OpenResponse found_in_;
  std::shared_ptr<Inspection> found_;
  std::optional<v1::InspectPlan> plan_;
  std::shared_ptr<Inspection> whole_;  // of the question that runs
  int64_t received_ = 0;
  std::unique_ptr<Stream> stream_;
};

}  // namespace lab::gui
