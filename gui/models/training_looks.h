#pragma once

// How what is measured inside a model came to be: one text in checkpoint after checkpoint of a run.
// GUI thread.

#include <QObject>
#include <QString>
#include <map>
#include <optional>
#include <vector>

#include "gui/models/look.h"
#include "proto/client/change_point.h"

namespace lab::gui {

// One quantity over the checkpoints.
struct TrainingCurve {
  QString name;                // "head 1.3", "lens depth"
  std::vector<int64_t> steps;  // ascending
  std::vector<double> values;  // as many; may be NaN
  absl::StatusOr<ChangePoint> change = absl::UnknownError("");
};

// What was measured at one checkpoint.
struct TrainingPoint {
  std::map<std::string, std::vector<double>> scores;  // "heads/entropy" → layer by layer
  int64_t layers = 0, heads = 0;
  double depth = 0;  // of the lens; NaN where there is none
  double loss = 0;   // of the text, mean of its tokens; NaN where there is none
};
// Of an answer to trainingQuestion().
TrainingPoint trainingPointOf(const Inspection& look);
v1::InspectRequest trainingQuestion(const std::string& text);

class TrainingLooks : public QObject {
  Q_OBJECT
 public:
  // `session` outlives this.
  explicit TrainingLooks(LabSession* session, QObject* parent = nullptr);

  // Looks at these checkpoints of the job, one after the other; what is known of another text or
  // job is forgotten, what is known of these is not asked again.
  void start(int64_t job, std::vector<int64_t> steps, const std::string& text);
  // What was measured stays.
  void stop();
  // Forgets everything unless it is about these.
  void setSubject(int64_t job, const std::string& text);

  bool busy() const { return busy_; }
  int total() const { return static_cast<int>(steps_.size()); }
  int done() const { return total() - static_cast<int>(waiting_.size()); }
  // Checkpoints that could not be looked at, and why the first of them could not.
  int failed_count() const { return failed_; }
  const absl::Status& status() const { return status_; }
  const std::map<int64_t, TrainingPoint>& points() const { return points_; }

  // Names of the head scores that there are: "heads/entropy".
  std::vector<std::string> scores() const;
  // The heads whose score changed most over the checkpoints, at most `most`, most first.
  std::vector<TrainingCurve> headCurves(const std::string& score, size_t most) const;
  TrainingCurve depthCurve() const;
  TrainingCurve lossCurve() const;

 Q_SIGNALS:
  void changed();

 private:
  void next();
  void lookChanged();
  template <class ValueOf>
  TrainingCurve curveOf(const QString& name, ValueOf value_of) const;

  Look look_;
  int64_t job_ = 0;
  std::string text_;
  std::vector<int64_t> steps_;    // that are to be looked at
  std::vector<int64_t> waiting_;  // of these, the next one last
  std::map<int64_t, TrainingPoint> points_;
  bool busy_ = false;
  int failed_ = 0;
  absl::Status status_;
};

}  // namespace lab::gui
