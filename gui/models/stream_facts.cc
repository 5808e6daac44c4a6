#include "gui/models/stream_facts.h"

#include <algorithm>
#include <cmath>

#include "gui/models/probe_words.h"
#include "gui/models/words.h"

namespace lab::gui {
namespace {

std::vector<double> meansOf(const InspectedTensor& tensor) {
  std::vector<double> means;
  for (int64_t row = 0; row < tensor.Dim(0); ++row) {
    double sum = 0;
    for (int64_t i = 0; i < tensor.Dim(1); ++i) sum += tensor.Float({row, i});
    means.push_back(sum / static_cast<double>(tensor.Dim(1)));
  }
  return means;
}

}  // namespace

StreamFacts streamFactsOf(const Inspection& look) {
  StreamFacts facts;
  const InspectedTensor& norm = *look.Find("residual/norm");
  const InspectedTensor& attention = *look.Find("residual/attn_norm");
  facts.points = axisTexts(norm, 0);
  facts.layers = axisTexts(attention, 0);
  facts.norm = meansOf(norm);
  facts.attention = meansOf(attention);
  facts.mlp = meansOf(*look.Find("residual/mlp_norm"));
  const InspectedTensor& first = *look.Find("residual/first_token");
  for (int64_t point = 0; point < first.Dim(0); ++point) {
    const double times = first.Float({point});
    if (!std::isfinite(times) || (facts.outlier && times <= *facts.outlier)) continue;
    facts.outlier = times;
    facts.outlier_point = q(first.Label(0, point));
  }
  return facts;
}

PointDifferences pointDifferences(const InspectedTensor& a, const InspectedTensor& b) {
  PointDifferences found;
  for (int64_t point = 0; point < a.Dim(0); ++point) {
    double sum = 0, most = 0;
    for (int64_t token = 0; token < a.Dim(1); ++token) {
      const double apart = std::abs(a.Float({point, token}) - b.Float({point, token}));
      sum += apart;
      most = std::max(most, apart);
    }
    found.mean.push_back(sum / static_cast<double>(a.Dim(1)));
    found.most.push_back(most);
  }
  return found;
}

void MassiveTable::show(const Inspection& look) {
  beginResetModel();
  rows_.clear();
  const InspectedTensor& norm = *look.Find("residual/norm");
  const InspectedTensor& places = *look.Find("residual/massive_places");
  const InspectedTensor& values = *look.Find("residual/massive_values");
  for (int64_t i = 0; i < places.Dim(0); ++i) {
    const int64_t token = places.Integer({i, 1});
    const QString text = token < look.plan.tokens_size()
                             ? quotedToken(look.plan.tokens(static_cast<int>(token)).text())
                             : QString();
    rows_.push_back({q(norm.Label(0, places.Integer({i, 0}))), tr("%1 %2").arg(token).arg(text),
                     QString::number(places.Integer({i, 2})), number(values.Float({i, 0})),
                     tr("%1 ×").arg(number(values.Float({i, 1})))});
  }
  endResetModel();
}

int MassiveTable::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int MassiveTable::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumns;
}

QVariant MassiveTable::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  if (role == Qt::TextAlignmentRole && index.column() >= kChannel) {
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  }
  if (role != Qt::DisplayRole) return {};
  return rows_[static_cast<size_t>(index.row())][index.column()];
}

QVariant MassiveTable::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole && section >= kChannel) {
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  }
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case kPoint:
      return tr("point");
    case kToken:
      return tr("token");
    case kChannel:
      return tr("channel");
    case kValue:
      return tr("value");
    case kTimes:
      return tr("of the median");
    default:
      return {};
  }
}

}  // namespace lab::gui
