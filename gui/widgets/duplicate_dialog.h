#pragma once

// Asks for the one change with which a job is queued once more, and queues it. A refusal is shown
// in the dialog, which stays. GUI thread.

#include <QDialog>

#include "gui/models/lab.h"

class QCheckBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace lab::gui {

class DuplicateDialog : public QDialog {
  Q_OBJECT
 public:
  // `lab` outlives this.
  DuplicateDialog(Lab* lab, const v1::Job& job, QWidget* parent = nullptr);

 private:
  const v1::Field* field() const;
  void showField();
  void queue();
  void refused(const absl::Status& status);

  Lab* lab_;
  v1::Job job_;
  QLineEdit* name_;
  QLineEdit* field_;
  QLineEdit* value_;
  QLabel* help_;
  QCheckBox* hold_;
  QPushButton* queue_;
};

}  // namespace lab::gui
