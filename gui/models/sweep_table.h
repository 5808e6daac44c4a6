#pragma once

// Compared runs as rows: one setting, and what the run came to. Sorts by numbers where there are
// numbers. GUI thread.

#include <QAbstractTableModel>

#include "gui/models/sweep.h"

namespace lab::gui {

class SweepTable : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { kRun, kSetting, kValue, kStep, kState, kColumns };
  enum Role {
    kSort = Qt::UserRole,  // a number or a text
    kTone,                 // toneName: the best one is good
  };

  explicit SweepTable(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

  // `best`: the place of the best point; -1 for none. `value_name`: "val/loss, end".
  void show(const SweepAxis& axis, std::vector<SweepPoint> points, const QString& value_name,
            int best);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  QString text(size_t row, int column) const;

  SweepAxis axis_;
  std::vector<SweepPoint> points_;
  QString value_name_;
  int best_ = -1;
};

}  // namespace lab::gui
