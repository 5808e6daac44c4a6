#pragma once

// All jobs as labd last told them, kept fresh by labd's word that something changed: then the
// active ones are asked for, and all of them if one appeared or left or if it was none of those.
// While nothing changes nothing is asked. GUI thread.

#include <QElapsedTimer>
#include <QObject>
#include <unordered_map>
#include <vector>

#include "gui/session/lab_session.h"

namespace lab::gui {

class JobStore : public QObject {
  Q_OBJECT
 public:
  // `session` outlives this.
  explicit JobStore(LabSession* session, QObject* parent = nullptr);

  // In queue order, then the ended ones, newest first; without checkpoints and changes.
  const std::vector<v1::Job>& jobs() const { return jobs_; }
  // One number a job, in the same order, that changes whenever the job does.
  const std::vector<uint64_t>& prints() const { return prints_; }
  // nullptr if there is none (any more). Valid until the next signal.
  const v1::Job* find(int64_t id) const;
  // The first running job of this type ("" for any); nullptr if none.
  const v1::Job* running(std::string_view type = "") const;
  // True once the first list has come.
  bool loaded() const { return loaded_; }
  // Why labd starts no jobs at present; "" if it does.
  const std::string& paused_reason() const { return paused_reason_; }
  // Asks for all of them now.
  void refresh();

 Q_SIGNALS:
  // Something in the list is different.
  void changed();
  // A job that was seen active has ended.
  void ended(const lab::v1::Job& job);
  // The list could not be had, although labd answers.
  void failed(const absl::Status& status);

 private:
  // An answer with the prints of its jobs, which are made off the GUI thread.
  struct Listing {
    v1::ListJobsResponse answer;
    std::vector<uint64_t> prints;
  };
  static absl::StatusOr<Listing> list(const LabClient& client, const v1::ListJobsRequest& request);
  // labd has said how it is.
  void hear();
  // What labd has said when it is asked: what changes later is heard of with a later word.
  void note();
  void askActive();
  void take(Listing all);
  void takeActive(const Listing& active);
  void index();

  LabSession* session_;
  bool stale_ = true;      // no listing of this link was asked for yet
  int64_t revision_ = -1;  // of labd's jobs, when they were last asked for
  std::string trouble_;    // that labd spoke of then
  QElapsedTimer since_all_;
  bool asking_ = false;
  bool again_ = false;  // a refresh was wanted while one ran
  bool loaded_ = false;
  std::vector<v1::Job> jobs_;
  std::vector<uint64_t> prints_;
  std::unordered_map<int64_t, size_t> rows_;  // id → place in jobs_
  std::string paused_reason_;
};

}  // namespace lab::gui
