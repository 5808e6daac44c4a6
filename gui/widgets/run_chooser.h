#pragma once

// A dialog that chooses runs and groups from the list of jobs. GUI thread.

#include <QDialog>
#include <QStringList>

#include "gui/models/job_store.h"

class QLabel;
class QLineEdit;
class QListWidget;

namespace lab::gui {

class RunChooser : public QDialog {
  Q_OBJECT
 public:
  // `chosen` are ids and names of groups that are marked at first.
  RunChooser(const JobStore& jobs, const QStringList& chosen, QWidget* parent = nullptr);

  // In the order of the list; what was marked before stays first.
  QStringList chosen() const;

 private:
  void filter(const QString& text);
  // All that the filter leaves.
  void markShown(bool marked);
  void showCount();

  QLineEdit* filter_;
  QListWidget* list_;
  QLabel* count_;
  QStringList before_;
};

}  // namespace lab::gui
