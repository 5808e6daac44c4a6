#pragma once

// What compared runs came to, and the settings in which they differ, as a table: a column a run,
// or, where there are many, a row a run. GUI thread.

#include <QAbstractTableModel>
#include <vector>

#include "gui/models/comparison.h"

namespace lab::gui {

class ComparisonTable : public QAbstractTableModel {
  Q_OBJECT
 public:
  // Up to so many runs stand side by side.
  static constexpr int kMostColumns = 6;

  explicit ComparisonTable(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

  // `jobs` gives what the curves do not know: tags, notes, speed.
  void show(const Comparison& comparison, const JobStore& jobs);
  // The table as comma-separated values, a run a row.
  std::string csv() const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  struct Fact {
    QString title;                // "validation loss, end"
    std::vector<QString> values;  // one a run
  };

  bool sideBySide() const { return static_cast<int>(titles_.size()) <= kMostColumns; }

  std::vector<QString> titles_;  // of the runs
  std::vector<Fact> facts_;
};

}  // namespace lab::gui
