#pragma once

// Checkpoints under their runs, newest run first. GUI thread.

#include <QAbstractItemModel>

#include "gui/models/checkpoint_store.h"

namespace lab::gui {

class CheckpointTree : public QAbstractItemModel {
  Q_OBJECT
 public:
  enum Column { kName, kStep, kLoss, kMarks, kKind, kSize, kWritten, kColumns };

  // Both outlive this.
  CheckpointTree(CheckpointStore* store, JobStore* jobs, QObject* parent = nullptr);

  // The job of a row of either level; 0 for an invalid index.
  int64_t jobOf(const QModelIndex& index) const;
  // nullptr for a run's row.
  const KnownCheckpoint* checkpoint(const QModelIndex& index) const;
  // "12@500", or "12" for a run.
  QString reference(const QModelIndex& index) const;
  // The row that `reference` names in these forms; invalid if there is none.
  QModelIndex find(const QString& reference) const;
  // True for a run's newest checkpoint.
  bool newest(const QModelIndex& index) const;

  int run_count() const { return static_cast<int>(runs_.size()); }
  int checkpointCount() const;
  int64_t sizeBytes() const;

  QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  QModelIndex parent(const QModelIndex& index) const override;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  struct Run {
    int64_t job = 0;
    std::vector<KnownCheckpoint> checkpoints;  // newest first
  };
  void take();
  QVariant runData(const Run& run, int column) const;
  static QVariant checkpointData(const KnownCheckpoint& one, int column);

  CheckpointStore* store_;
  JobStore* jobs_;
  std::vector<Run> runs_;
};

}  // namespace lab::gui
