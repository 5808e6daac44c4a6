#pragma once

// A job's log as it is written. GUI thread.

#include "gui/models/log_model.h"
#include "gui/widgets/job_view.h"

class QCheckBox;
class QPlainTextEdit;

namespace lab::gui {

class Faces;

class JobLogView : public JobView {
  Q_OBJECT
 public:
  // `session` outlives this.
  explicit JobLogView(LabSession* session, QWidget* parent = nullptr);

  void setJob(int64_t id) override;

 private:
  void append(const QString& lines);

  LogModel log_;
  Faces* faces_;
  QPlainTextEdit* text_;
  QCheckBox* follow_;
};

}  // namespace lab::gui
