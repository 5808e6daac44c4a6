#pragma once

// What is read about one job beside its record: its configs, how they differ from another job's,
// and what it left on the disk. Each is asked off the GUI thread; an answer for a job that is no
// longer the one looked at is dropped. GUI thread.

#include <QObject>
#include <functional>
#include <optional>

#include "gui/session/lab_session.h"

namespace lab::gui {

class JobTexts : public QObject {
  Q_OBJECT
 public:
  // `session` outlives this.
  explicit JobTexts(LabSession* session, QObject* parent = nullptr);

  // The job that is looked at; 0 for none. Drops what was read of another one.
  void setJob(int64_t id);
  int64_t job() const { return job_; }

  void readConfig();
  void compareWith(int64_t other);
  void readArtifacts();

  const std::optional<v1::JobConfig>& config() const { return config_; }
  const std::optional<v1::CompareConfigsResponse>& difference() const { return difference_; }
  const std::optional<v1::ListArtifactsResponse>& artifacts() const { return artifacts_; }

 Q_SIGNALS:
  void changed();
  void failed(const absl::Status& status);

 private:
  // Asks with `call` and puts the answer into `place`.
  template <class Answer, class Call>
  void read(Call call, std::optional<Answer> JobTexts::*place);

  LabSession* session_;
  int64_t job_ = 0;
  int64_t round_ = 0;  // of setJob
  std::optional<v1::JobConfig> config_;
  std::optional<v1::CompareConfigsResponse> difference_;
  std::optional<v1::ListArtifactsResponse> artifacts_;
};

}  // namespace lab::gui
