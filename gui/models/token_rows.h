#pragma once

// The tokens of a text, one a row: what one query gives each of them, and what all give it. GUI
// thread.

#include <QAbstractTableModel>
#include <QStringList>
#include <memory>
#include <vector>

#include "gui/models/attention_map.h"

namespace lab::gui {

class TokenRows : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { kPosition, kToken, kGiven, kReceived, kColumns };

  using QAbstractTableModel::QAbstractTableModel;

  // With its sums (attention_map.h); null for none. A label each key.
  void show(std::shared_ptr<const AttentionMap> map, const QStringList& labels,
            std::vector<double> row_sums, std::vector<double> column_sums);
  // -1 for none.
  void setQuery(int query);
  int query() const { return query_; }
  // Of the query's row; NaN without one.
  double rowSum() const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  QString text(int row, int column) const;

  std::shared_ptr<const AttentionMap> map_;
  QStringList labels_;
  std::vector<double> row_sums_, column_sums_;
  int query_ = -1;
};

}  // namespace lab::gui
