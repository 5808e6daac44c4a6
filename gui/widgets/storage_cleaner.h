#pragma once

// What may go of the disk: rules, what they would delete, and only then the button that does it.
// GUI thread.

#include <QWidget>

#include "gui/models/storage_store.h"

class QCheckBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;

namespace lab::gui {

class StorageCleaner : public QWidget {
  Q_OBJECT
 public:
  // `store` outlives this.
  explicit StorageCleaner(StorageStore* store, QWidget* parent = nullptr);

 Q_SIGNALS:
  void said(const QString& text);
  // Files went.
  void cleaned();

 private:
  v1::PruneStorageRequest request() const;
  void rulesChanged();
  void look();
  void clean();

  StorageStore* store_;
  QSpinBox* days_;
  QSpinBox* keep_;
  QCheckBox* cache_;
  QPushButton* look_;
  QPushButton* delete_;
  QPlainTextEdit* plan_;
  v1::PruneStorageRequest planned_;
  int number_ = 0;  // of the newest question
};

}  // namespace lab::gui
