#include "gui/models/sweep_table.h"

#include <cmath>
#include <limits>

#include "gui/models/words.h"

namespace lab::gui {
namespace {

const QString kNone = QStringLiteral("–");

// What is not a number comes after all that are.
double sortable(double value) {
  return std::isfinite(value) ? value : std::numeric_limits<double>::max();
}

}  // namespace

void SweepTable::show(const SweepAxis& axis, std::vector<SweepPoint> points,
                      const QString& value_name, int best) {
  auto same = [](const SweepPoint& a, const SweepPoint& b) { return a.title == b.title; };
  const bool same_rows =
      axis.field == axis_.field && value_name == value_name_ &&
      std::equal(points.begin(), points.end(), points_.begin(), points_.end(), same);
  if (!same_rows) beginResetModel();
  axis_ = axis;
  points_ = std::move(points);
  value_name_ = value_name;
  best_ = best;
  if (!same_rows) return endResetModel();
  // Only values: who has selected or scrolled keeps that.
  if (!points_.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, kColumns - 1));
}

int SweepTable::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(points_.size());
}

int SweepTable::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumns;
}

QString SweepTable::text(size_t row, int column) const {
  const SweepPoint& point = points_[row];
  switch (column) {
    case kRun:
      return point.title;
    case kSetting:
      return axis_.texts[row];
    case kValue:
      if (!point.value) return kNone;
      return point.is_mean ? q(FormatEstimate(*point.value, point.error, true))
                           : number(*point.value);
    case kStep:
      return point.step ? grouped(*point.step) : kNone;
    default:
      return point.state;
  }
}

QVariant SweepTable::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const auto row = static_cast<size_t>(index.row());
  const SweepPoint& point = points_[row];
  const int column = index.column();
  switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
      return text(row, column);
    case Qt::TextAlignmentRole: {
      const bool figure =
          column == kValue || column == kStep || (column == kSetting && axis_.numeric);
      return int((figure ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    }
    case kSort:
      if (column == kSetting && axis_.numeric) return sortable(axis_.places[row]);
      if (column == kValue) {
        return sortable(point.value.value_or(std::numeric_limits<double>::quiet_NaN()));
      }
      if (column == kStep) return QVariant::fromValue<qlonglong>(point.step.value_or(-1));
      if (column == kRun) return index.row();
      return text(row, column);
    case kTone:
      return toneName(index.row() == best_ && column == kValue ? Tone::kGood : Tone::kPlain);
    default:
      return {};
  }
}

QVariant SweepTable::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole) {
    const bool figure =
        section == kValue || section == kStep || (section == kSetting && axis_.numeric);
    return int((figure ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  }
  if (role != Qt::DisplayRole) return {};
  const QString titles[] = {tr("run"), axis_.field, value_name_, tr("at step"), tr("state")};
  return section >= 0 && section < kColumns ? titles[section] : QVariant();
}

}  // namespace lab::gui
