#pragma once

// Jobs: the queue and everything that ended, with what can be done to it and the details of the
// selected job.

#include "gui/pages/page.h"

class QComboBox;
class QLineEdit;
class QSplitter;

namespace lab::gui {

class Faces;
class JobDetails;
class JobTable;

class JobsPage : public Page {
  Q_OBJECT
 public:
  explicit JobsPage(Lab* lab);
  ~JobsPage() override;

  void visit(const Route& route) override;
  bool settled() const override;
  bool failed() const override;

 private:
  QWidget* makeFilters();
  void addButtons();
  void show();
  void showFace();
  void filter();
  void clearFilters();

  JobTable* table_;
  JobDetails* details_;
  Faces* faces_;
  QSplitter* halves_;
  QWidget* filters_ = nullptr;
  QLineEdit* words_ = nullptr;
  QComboBox* states_ = nullptr;
  QComboBox* types_ = nullptr;
  QComboBox* tags_ = nullptr;
  int64_t wanted_ = 0;  // to select once the list is there
};

}  // namespace lab::gui
