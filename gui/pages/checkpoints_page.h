#pragma once

// Checkpoints: all of them by run, and what one does with them: go on, generate, export, delete.

#include "gui/models/checkpoint_tree.h"
#include "gui/models/job_export.h"
#include "gui/models/storage_store.h"
#include "gui/pages/page.h"

class QPushButton;
class QTimer;
class QTreeView;

namespace lab::gui {

class ShareBar;
class Faces;

class CheckpointsPage : public Page {
  Q_OBJECT
 public:
  explicit CheckpointsPage(Lab* lab);

  void visit(const Route& route) override;
  bool settled() const override;
  bool failed() const override;

  // The checkpoints that are selected, as "12@500"; a run stands for all of its own.
  QStringList selected() const;
  // Deletes them without a question; `show` has told what that frees.
  void remove(const QStringList& references);

 private:
  void makeActions();
  QWidget* makeExport();
  void showList();
  void showActions();
  void resume();
  void generate();
  void chooseFile(v1::ExportJobsRequest::Checkpoints checkpoints);
  void showExport();
  void askRemove();
  void keepPlace();
  void restorePlace();

  CheckpointTree tree_;
  StorageStore storage_;
  JobExport export_;
  Faces* faces_;
  QTreeView* view_;
  QTimer* again_;  // while the page is in view
  QPushButton* resume_ = nullptr;
  QPushButton* generate_ = nullptr;
  QPushButton* save_ = nullptr;
  QPushButton* remove_ = nullptr;
  QWidget* exporting_ = nullptr;
  QLabel* export_words_ = nullptr;
  ShareBar* export_bar_ = nullptr;
  QStringList open_;  // runs that were open, before the rows are made anew
  QString current_;
  bool first_ = true;
};

}  // namespace lab::gui
