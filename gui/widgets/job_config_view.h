#pragma once

// A job's config as YAML, and the settings in which it differs from another job's. GUI thread.

#include "gui/models/job_texts.h"
#include "gui/models/lab.h"
#include "gui/widgets/job_view.h"

class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QTableWidget;

namespace lab::gui {

class Faces;

class JobConfigView : public JobView {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit JobConfigView(Lab* lab, QWidget* parent = nullptr);

  void setJob(int64_t id) override;
  void compareWith(int64_t other);

 private:
  QWidget* makeDifference();
  void show();
  void refused(const absl::Status& status);

  Lab* lab_;
  JobTexts texts_;
  Faces* faces_;
  QPlainTextEdit* yaml_;
  QPushButton* submitted_;
  QPushButton* current_;
  QLineEdit* other_ = nullptr;
  QLabel* said_ = nullptr;
  QTableWidget* rows_ = nullptr;
  int64_t compared_ = 0;
};

}  // namespace lab::gui
