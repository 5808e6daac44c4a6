#pragma once

// One text in one model, and what was found out about the two: a view names the questions it has,
// they are asked one after the other, and what is known is not asked again. GUI thread.

#include <QObject>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gui/models/look.h"
#include "gui/models/two_models.h"

namespace lab::gui {

class Probe : public QObject {
  Q_OBJECT
 public:
  using Answer = std::shared_ptr<const Inspection>;

  // `session` outlives this.
  explicit Probe(LabSession* session, QObject* parent = nullptr);

  // What is looked at from now on; nothing is asked yet. `fresh`: what is known of this reference
  // is forgotten, for it may mean another checkpoint by now.
  void setSubject(const std::string& reference, const std::string& text, bool fresh = false);
  const std::string& reference() const { return reference_; }
  const std::string& text() const { return text_; }

  // The questions (without session and text) of the view that is shown, in the order in which they
  // are asked. One that failed is asked again only by retry().
  void want(std::vector<v1::InspectRequest> questions);
  // Null while it is not known of this subject.
  Answer find(const v1::InspectRequest& question) const;
  // Whether all that is wanted is known.
  bool complete() const;

  void retry();
  // Asks nothing more until the subject is set or retry() is called.
  void stop();
  bool stopped() const { return stopped_; }
  // Closes the model; what is known stays.
  void release();

  bool busy() const { return look_.busy(); }
  bool failed() const { return !failed_.empty(); }
  const absl::Status& status() const { return look_.status(); }
  // Of the question that runs; null before labd has planned it.
  const v1::InspectPlan* plan() const { return look_.plan(); }
  int64_t received() const { return look_.received(); }
  // The model of the last answer of this subject; its session is empty before the first.
  const v1::OpenResponse& model() const { return model_; }
  // That model and the text's tokens, to be set beside another's.
  LookedAt lookedAt() const;
  // How long the last answer took to compute; absent where it had been computed before.
  const v1::InspectSummary& summary() const { return summary_; }

 Q_SIGNALS:
  void changed();

 private:
  std::string keyOf(const v1::InspectRequest& question) const;
  bool isWanted(const std::string& key) const;
  void next();
  void lookChanged();
  void keep(const std::string& key, Answer answer);

  Look look_;
  std::string reference_, text_;
  bool fresh_ = false, stopped_ = false;
  std::vector<v1::InspectRequest> wanted_;
  std::string asked_;   // the key of the question that runs; "" for none
  std::string failed_;  // of the one that failed; "" for none
  std::map<std::string, Answer> known_;
  std::deque<std::string> order_;  // of known_, oldest first
  int64_t known_bytes_ = 0;
  std::map<std::string, v1::OpenResponse> models_;  // by reference
  // The text's tokens, by reference and text.
  std::map<std::pair<std::string, std::string>, std::vector<int64_t>> ids_;
  v1::OpenResponse model_;
  v1::InspectSummary summary_;
};

}  // namespace lab::gui
