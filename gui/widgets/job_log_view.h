#pragma once

// A job's log as it is written. GUI thread.

#include "gui/models/lab.h"
#include "gui/models/log_model.h"
#include "gui/widgets/job_view.h"

class QCheckBox;
class QPlainTextEdit;

namespace lab::gui {

class Faces;

class JobLogView : public JobView {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit JobLogView(Lab* lab, QWidget* parent = nullptr);

  void setJob(int64_t id) override;

 private:
  void append(const QString& lines);
  void look();

  Lab* lab_;
  LogModel log_;
  bool running_ = false;  // as last seen
  Faces* faces_;
  QPlainTextEdit* text_;
  QCheckBox* follow_;
};

}  // namespace lab::gui
