#pragma once

// One model writing: opened by its reference, kept open for the next time,
// closed when it is no longer wanted. What it writes arrives token by token.
// GUI thread.

#include <QObject>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gui/models/model_lease.h"
#include "gui/models/token_cells.h"
#include "gui/session/lab_session.h"

namespace lab::gui {

class Generation : public QObject {
  Q_OBJECT
 public:
  enum class State { kIdle, kOpening, kWriting, kDone, kStopped, kFailed };

  // `session` outlives this.
  explicit Generation(LabSession* session, QObject* parent = nullptr);
  ~Generation() override;

  // Begins anew with these settings (all but the session). A model that is open
  // already is used again unless it is to be `fresh`: a running job's newest
  // checkpoint changes.
  void start(const std::string& reference, v1::GenerateRequest settings, bool fresh = false);
  // Ends the writing; what there is stays.
  void stop();
  // Closes the model, once it has written what it writes.
  void release();

  State state() const { return state_; }
  bool busy() const { return state_ == State::kOpening || state_ == State::kWriting; }
  const absl::Status& status() const { return status_; }  // why it failed
  // What was opened; its session is empty while nothing is.
  const v1::OpenResponse& model() const { return lease_.model(); }
  // What was begun with last; "" before.
  const std::string& reference() const { return lease_.reference(); }
  const v1::GenerateRequest& settings() const { return settings_; }
  const std::vector<v1::Token>& tokens() const { return tokens_; }
  const std::vector<TokenCell>& cells() const { return cells_.cells(); }
  // The new text so far, without special tokens.
  const std::string& text() const { return text_; }
  // Present once it ended by itself.
  const std::optional<v1::GenerateSummary>& summary() const { return summary_; }
  // Of the new tokens, by the model itself at temperature 1; absent without a
  // token.
  std::optional<double> perplexity() const;

 Q_SIGNALS:
  void changed();

 private:
  void opened(const absl::Status& status);
  void write();
  void take(const std::vector<v1::GenerateEvent>& events);
  void ended(const absl::Status& status);
  void finish(State state, const absl::Status& status = absl::OkStatus());

  LabSession* session_;
  ModelLease lease_;
  State state_ = State::kIdle;
  absl::Status status_;
  v1::GenerateRequest settings_;
  bool releasing_ = false;  // to be closed when it has ended
  std::vector<v1::Token> tokens_;
  TokenCells cells_;
  std::string text_;
  std::optional<v1::GenerateSummary> summary_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace lab::gui
