#pragma once

// When curves changed, one a row. GUI thread.

#include <QAbstractTableModel>
#include <QColor>
#include <vector>

#include "gui/models/training_looks.h"

namespace lab::gui {

class ChangeTable : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { kCurve, kBetween, kShare, kChance, kColumns };

  explicit ChangeTable(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

  // `colors`: in which the curves are drawn; none, or as many.
  void show(const std::vector<TrainingCurve>& curves, const std::vector<QColor>& colors = {});
  // Null where none was found.
  const ChangePoint* change(int row) const;
  // "head 1.3 changes after step 180, by step 240"; "" where none was found.
  QString sentence(int row) const;
  // The row whose change explains most of its curve; −1 if none has one.
  int surest() const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  struct Row {
    QString name;
    QColor color;
    absl::StatusOr<ChangePoint> change = absl::UnknownError("");
  };
  std::vector<Row> rows_;
};

}  // namespace lab::gui
