#include "gui/models/change_table.h"

#include "gui/models/words.h"

namespace lab::gui {

void ChangeTable::show(const std::vector<TrainingCurve>& curves,
                       const std::vector<QColor>& colors) {
  beginResetModel();
  rows_.clear();
  for (size_t i = 0; i < curves.size(); ++i) {
    rows_.push_back({curves[i].name, i < colors.size() ? colors[i] : QColor(), curves[i].change});
  }
  endResetModel();
}

const ChangePoint* ChangeTable::change(int row) const {
  if (row < 0 || row >= rowCount()) return nullptr;
  const absl::StatusOr<ChangePoint>& change = rows_[static_cast<size_t>(row)].change;
  return change.ok() ? &*change : nullptr;
}

QString ChangeTable::sentence(int row) const {
  const ChangePoint* one = change(row);
  if (one == nullptr) return {};
  return tr("%1 changes between steps %2 and %3")
      .arg(rows_[static_cast<size_t>(row)].name, grouped(one->after), grouped(one->until));
}

int ChangeTable::surest() const {
  int best = -1;
  for (int row = 0; row < rowCount(); ++row) {
    const ChangePoint* one = change(row);
    if (one != nullptr && (best < 0 || one->share > change(best)->share)) best = row;
  }
  return best;
}

int ChangeTable::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int ChangeTable::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumns;
}

QVariant ChangeTable::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const Row& row = rows_[static_cast<size_t>(index.row())];
  if (role == Qt::ToolTipRole) {
    if (!row.change.ok()) return q(row.change.status().message());
    return tr("from %1 to %2; %3")
        .arg(number(row.change->before), number(row.change->behind),
             row.change->sure()
                 ? tr("clearer than a straight line, and rarer than 1 in 20 by chance")
                 : tr("may be a drift or noise"));
  }
  if (role == Qt::DecorationRole && index.column() == kCurve && row.color.isValid()) {
    return row.color;
  }
  if (role != Qt::DisplayRole) return {};
  if (index.column() == kCurve) return row.name;
  if (!row.change.ok()) {
    return index.column() == kBetween ? q(row.change.status().message()) : QVariant();
  }
  const ChangePoint& change = *row.change;
  switch (index.column()) {
    case kBetween:
      return tr("%1 and %2").arg(grouped(change.after), grouped(change.until));
    case kShare:
      return tr("%1 %").arg(QString::number(100 * change.share, 'f', 1)) +
             (change.sure() ? QString() : tr(" ?"));
    case kChance:
      return number(change.chance);
    default:
      return {};
  }
}

QVariant ChangeTable::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::ToolTipRole && section == kShare) {
    return tr("of the curve's variance that one step explains; a straight line reaches 75 %");
  }
  if (role == Qt::ToolTipRole && section == kChance) {
    return tr("how often the same values in another order show as clear a step");
  }
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case kCurve:
      return tr("curve");
    case kBetween:
      return tr("between steps");
    case kShare:
      return tr("explains");
    case kChance:
      return tr("by chance");
    default:
      return {};
  }
}

}  // namespace lab::gui
