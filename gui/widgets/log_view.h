#pragma once

// A log as it is written: a job's, or labd's own. GUI thread.

#include "gui/models/log_model.h"
#include "gui/widgets/faces.h"

class QCheckBox;
class QPlainTextEdit;

namespace lab::gui {

class LogView : public QWidget {
  Q_OBJECT
 public:
  // `session` outlives this. `name` is what the text is called, `empty` what is said without one.
  LogView(LabSession* session, const QString& name, const QString& empty,
          QWidget* parent = nullptr);

  LogModel& log() { return log_; }
  // See LogModel::follow.
  void follow(int64_t job);
  Faces::Face face() const { return faces_->face(); }

 private:
  void append(const QString& lines);

  LogModel log_;
  Faces* faces_;
  QPlainTextEdit* text_;
  QCheckBox* follow_;
};

}  // namespace lab::gui
