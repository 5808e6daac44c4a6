#pragma once

// What a person does to jobs: each verb is asked of labd, the list is refreshed, and the outcome is
// told in one signal. GUI thread.

#include <QObject>
#include <functional>

#include "gui/models/job_store.h"

namespace lab::gui {

class JobActions : public QObject {
  Q_OBJECT
 public:
  enum class Verb { kPause, kResume, kCancel, kCheckpoint, kHold, kRelease, kRemove };

  // Both outlive this.
  JobActions(LabSession* session, JobStore* jobs, QObject* parent = nullptr);

  // "pause", "resume", …
  static QString nameOf(Verb verb);
  // True if the verb has a meaning in this state.
  static bool fits(Verb verb, v1::Job::State state);

  void act(Verb verb, int64_t id) { act(verb, std::vector<int64_t>{id}); }
  // All of them, one after the other; of refusals the first is told.
  void act(Verb verb, std::vector<int64_t> ids);
  // What these jobs hold on the disk, counted by labd.
  void sizeOf(QObject* receiver, std::vector<int64_t> ids,
              std::function<void(const absl::StatusOr<int64_t>&)> done);
  // Changes settings that the schema marks live: "optim.learning_rate=1e-4".
  // `done` hears of the answer as well as the signals.
  void set(int64_t id, const std::vector<std::string>& overrides,
           std::function<void(const absl::Status&)> done = nullptr);
  void update(v1::UpdateJobRequest request,
              std::function<void(const absl::Status&)> done = nullptr);
  void move(v1::MoveJobsRequest request);
  // What a config would cost, and whether labd would take it. Nothing is told in signals.
  void check(QObject* receiver, v1::ConfigText config,
             std::function<void(const absl::StatusOr<v1::CheckReport>&)> done);
  // `done` hears of the answer as well as the signals.
  using Queued = std::function<void(const absl::StatusOr<v1::CreateJobResponse>&)>;
  void duplicate(v1::DuplicateJobRequest request, Queued done = nullptr);
  // Queues a new job.
  void submit(v1::CreateJobRequest request, Queued done = nullptr);

 Q_SIGNALS:
  // "job 12: will pause", for a toast.
  void done(const QString& text);
  void failed(const absl::Status& status);

 private:
  template <class Call>
  void run(Call call, const QString& said, std::function<void(const absl::Status&)> done = nullptr);
  void tellQueued(const absl::StatusOr<v1::CreateJobResponse>& answer);

  LabSession* session_;
  JobStore* jobs_;
};

}  // namespace lab::gui
