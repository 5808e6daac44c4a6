#include "gui/models/checkpoint_tree.h"

#include <algorithm>

#include "gui/models/words.h"

namespace lab::gui {
namespace {

bool isFigure(int column) {
  return column == CheckpointTree::kStep || column == CheckpointTree::kLoss ||
         column == CheckpointTree::kSize;
}

}  // namespace

// An index's internalId is 0 for a run, and 1 + the run's row for a checkpoint.

CheckpointTree::CheckpointTree(CheckpointStore* store, JobStore* jobs, QObject* parent)
    : QAbstractItemModel(parent), store_(store), jobs_(jobs) {
  connect(store, &CheckpointStore::changed, this, &CheckpointTree::take);
  take();
}

int64_t CheckpointTree::jobOf(const QModelIndex& index) const {
  if (!index.isValid()) return 0;
  return runs_[index.internalId() == 0 ? index.row() : index.internalId() - 1].job;
}

const KnownCheckpoint* CheckpointTree::checkpoint(const QModelIndex& index) const {
  if (!index.isValid() || index.internalId() == 0) return nullptr;
  return &runs_[index.internalId() - 1].checkpoints[index.row()];
}

QString CheckpointTree::reference(const QModelIndex& index) const {
  if (!index.isValid()) return {};
  const QString job = QString::number(jobOf(index));
  const KnownCheckpoint* one = checkpoint(index);
  if (one == nullptr) return job;
  return job + QLatin1Char('@') + QString::number(one->checkpoint.step());
}

QModelIndex CheckpointTree::find(const QString& reference) const {
  for (int row = 0; row < rowCount(); ++row) {
    const QModelIndex run = index(row, 0);
    if (this->reference(run) == reference) return run;
    for (int inner = 0; inner < rowCount(run); ++inner) {
      const QModelIndex one = index(inner, 0, run);
      if (this->reference(one) == reference) return one;
    }
  }
  return {};
}

bool CheckpointTree::newest(const QModelIndex& index) const {
  return checkpoint(index) != nullptr && index.row() == 0;
}

int CheckpointTree::checkpointCount() const {
  size_t count = 0;
  for (const Run& run : runs_) count += run.checkpoints.size();
  return static_cast<int>(count);
}

int64_t CheckpointTree::sizeBytes() const {
  int64_t bytes = 0;
  for (const Run& run : runs_) {
    for (const KnownCheckpoint& one : run.checkpoints) bytes += one.checkpoint.size_bytes();
  }
  return bytes;
}

QModelIndex CheckpointTree::index(int row, int column, const QModelIndex& parent) const {
  if (!hasIndex(row, column, parent)) return {};
  return createIndex(row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) + 1 : 0);
}

QModelIndex CheckpointTree::parent(const QModelIndex& index) const {
  if (!index.isValid() || index.internalId() == 0) return {};
  return createIndex(static_cast<int>(index.internalId()) - 1, 0, quintptr{0});
}

int CheckpointTree::rowCount(const QModelIndex& parent) const {
  if (!parent.isValid()) return static_cast<int>(runs_.size());
  if (parent.internalId() != 0 || parent.column() != 0) return 0;
  return static_cast<int>(runs_[parent.row()].checkpoints.size());
}

int CheckpointTree::columnCount(const QModelIndex&) const { return kColumns; }

QVariant CheckpointTree::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  if (role == Qt::TextAlignmentRole) {
    return static_cast<int>((isFigure(index.column()) ? Qt::AlignRight : Qt::AlignLeft) |
                            Qt::AlignVCenter);
  }
  if (role != Qt::DisplayRole) return {};
  const KnownCheckpoint* one = checkpoint(index);
  return one == nullptr ? runData(runs_[index.row()], index.column())
                        : checkpointData(*one, index.column());
}

QVariant CheckpointTree::runData(const Run& run, int column) const {
  const v1::Job* job = jobs_->find(run.job);
  int64_t bytes_held = 0;
  switch (column) {
    case kName:
      return job == nullptr ? QString::number(run.job)
                            : tr("%1 · %2").arg(run.job).arg(q(job->name()));
    case kStep:
      return tr("%1 kept").arg(run.checkpoints.size());
    case kMarks:
      return job == nullptr ? QString() : stateWord(job->state());
    case kSize:
      for (const KnownCheckpoint& one : run.checkpoints) bytes_held += one.checkpoint.size_bytes();
      return bytes(bytes_held);
  }
  return {};
}

QVariant CheckpointTree::checkpointData(const KnownCheckpoint& one, int column) {
  QStringList marks;
  switch (column) {
    case kName:
      return q(one.checkpoint.name());
    case kStep:
      return grouped(one.checkpoint.step());
    case kLoss:
      return one.loss ? number(*one.loss) : tr("not measured");
    case kMarks:
      if (one.best) marks << tr("best");
      if (one.final) marks << tr("final");
      return marks.join(tr(", "));
    case kKind:
      return one.checkpoint.kind() == "full" ? tr("resumable") : tr("weights");
    case kSize:
      return bytes(one.checkpoint.size_bytes());
    case kWritten:
      return clock(one.checkpoint.create_time());
  }
  return {};
}

QVariant CheckpointTree::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole) {
    return static_cast<int>((isFigure(section) ? Qt::AlignRight : Qt::AlignLeft) |
                            Qt::AlignVCenter);
  }
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case kName:
      return tr("run, checkpoint");
    case kStep:
      return tr("step");
    case kLoss:
      return tr("validation loss, nats/token");
    case kMarks:
      return tr("mark");
    case kKind:
      return tr("kind");
    case kSize:
      return tr("size");
    case kWritten:
      return tr("written");
  }
  return {};
}

void CheckpointTree::take() {
  std::vector<Run> fresh;
  for (const auto& [job, checkpoints] : store_->all()) {
    Run run{job, checkpoints};
    std::reverse(run.checkpoints.begin(), run.checkpoints.end());
    fresh.push_back(std::move(run));
  }
  // Where the rows are the same ones, they change in place: nothing loses its selection.
  const bool same = std::equal(
      fresh.begin(), fresh.end(), runs_.begin(), runs_.end(), [](const Run& a, const Run& b) {
        return a.job == b.job &&
               std::equal(a.checkpoints.begin(), a.checkpoints.end(), b.checkpoints.begin(),
                          b.checkpoints.end(), [](const auto& one, const auto& other) {
                            return one.checkpoint.step() == other.checkpoint.step();
                          });
      });
  if (!same) {
    beginResetModel();
    runs_ = std::move(fresh);
    endResetModel();
    return;
  }
  runs_ = std::move(fresh);
  if (runs_.empty()) return;
  Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, kColumns - 1));
  for (int row = 0; row < rowCount(); ++row) {
    const QModelIndex run = index(row, 0);
    Q_EMIT dataChanged(index(0, 0, run), index(rowCount(run) - 1, kColumns - 1, run));
  }
}

}  // namespace lab::gui
