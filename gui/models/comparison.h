#pragma once

// Runs and groups laid over each other: their curves of one metric, what they came to, the settings
// in which they differ, and whether the differences are larger than the seeds' noise. Read again
// every few seconds while one of them runs. GUI thread.

#include <QObject>
#include <QStringList>
#include <QTimer>
#include <vector>

#include "gui/models/comparison_reader.h"
#include "gui/models/job_store.h"
#include "gui/models/student_t.h"
#include "gui/models/words.h"

namespace lab::gui {

// What a curve's colour is asked by: the same run has the same one everywhere, of a group each grid
// point has its own.
QString colorKey(const Compared& curve);

class Comparison : public QObject {
  Q_OBJECT
 public:
  // Both outlive this.
  Comparison(LabSession* session, JobStore* jobs, QObject* parent = nullptr);

  // Ids of jobs and names of groups, in the order shown.
  const QStringList& names() const { return names_; }
  void setNames(const QStringList& names);
  // "" for the one that suits all: the validation loss where there is one.
  void setMetric(const QString& metric);
  void setXAxis(XAxis axis);
  XAxis x_axis() const { return x_axis_; }
  // Of a curve; longer ones are thinned.
  void setMostPoints(int points);
  int most_points() const { return most_points_; }
  // While false nothing is read by itself.
  void setWatched(bool watched);

  bool loaded() const { return loaded_; }
  const absl::Status& status() const { return status_; }
  // The metric shown, its unit and direction, and all that one of them has logged.
  const std::string& metric() const { return answer_.metric; }
  const MetricFacts& facts() const { return answer_.facts; }
  const std::vector<std::string>& metrics() const { return answer_.metrics; }
  // Their order is that of names(), grid points in theirs.
  const std::vector<Compared>& curves() const { return answer_.curves; }
  // One setting a curve: of a grid point its first member's.
  const std::vector<v1::SettingRow>& differences() const { return answer_.differences; }

  // The curve's values for a test of differences; absent unless it is a mean of two or more.
  static std::optional<Estimate> estimateOf(const Compared& curve);
  // One sentence a pair of neighbouring curves, and its tone.
  std::vector<Verdict> verdicts() const;

 Q_SIGNALS:
  void changed();

 private:
  void read();

  LabSession* session_;
  JobStore* jobs_;
  QStringList names_;
  std::string wanted_metric_;
  XAxis x_axis_ = XAxis::kStep;
  int most_points_ = 4000;
  bool watched_ = false;
  bool loaded_ = false;
  bool reading_ = false;
  int64_t asked_ = 0;  // number of the newest question; older answers are dropped
  absl::Status status_;
  ComparisonAnswer answer_;
  QTimer again_;
};

}  // namespace lab::gui
