#include "gui/models/token_rows.h"

#include <cmath>
#include <limits>
#include <utility>

namespace lab::gui {
namespace {

// All with as many digits: they stand below each other.
QString digits(double value) { return QString::number(value, 'f', 3); }

}  // namespace

void TokenRows::show(std::shared_ptr<const AttentionMap> map, const QStringList& labels,
                     std::vector<double> row_sums, std::vector<double> column_sums) {
  const bool same = map && map_ && map->keys == map_->keys && labels == labels_;
  if (!same) beginResetModel();
  map_ = std::move(map);
  labels_ = labels;
  row_sums_ = std::move(row_sums);
  column_sums_ = std::move(column_sums);
  if (!map_ || query_ >= map_->queries) query_ = -1;
  if (!same) {
    endResetModel();
  } else {
    Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, kColumns - 1));
  }
}

void TokenRows::setQuery(int query) {
  query_ = map_ && query < map_->queries ? query : -1;
  if (rowCount() > 0) Q_EMIT dataChanged(index(0, kGiven), index(rowCount() - 1, kGiven));
}

double TokenRows::rowSum() const {
  return query_ < 0 ? std::numeric_limits<double>::quiet_NaN()
                    : row_sums_[static_cast<size_t>(query_)];
}

int TokenRows::rowCount(const QModelIndex& parent) const {
  return parent.isValid() || !map_ ? 0 : map_->keys;
}

int TokenRows::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumns;
}

QVariant TokenRows::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  if (role == Qt::TextAlignmentRole) {
    return QVariant(index.column() == kToken ? Qt::AlignLeft | Qt::AlignVCenter
                                             : Qt::AlignRight | Qt::AlignVCenter);
  }
  if (role == Qt::DisplayRole) return text(index.row(), index.column());
  return {};
}

QString TokenRows::text(int row, int column) const {
  switch (column) {
    case kPosition:
      return QString::number(row);
    case kToken:
      return labels_.value(row);
    case kGiven:
      if (query_ < 0) return {};
      // After the query: it cannot be seen. Left out: it is not shown.
      if (row > query_ || !std::isfinite(map_->at(query_, row))) return QStringLiteral("–");
      return digits(map_->at(query_, row));
    default:
      return digits(column_sums_[static_cast<size_t>(row)]);
  }
}

QVariant TokenRows::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  static const std::pair<QString, QString> kTitles[kColumns] = {
      {tr("#"), tr("its place in the text")},
      {tr("key"), tr("the token that is looked at")},
      {tr("row"), tr("what the selected query gives it")},
      {tr("sum"), tr("the sum of its column: what all queries give it")}};
  const auto& [title, help] = kTitles[section];
  if (role == Qt::DisplayRole) return title;
  if (role == Qt::ToolTipRole) return help;
  return {};
}

}  // namespace lab::gui
