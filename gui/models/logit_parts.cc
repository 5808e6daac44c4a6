#include "gui/models/logit_parts.h"

#include <algorithm>
#include <cmath>

#include "gui/models/probe_words.h"
#include "gui/models/words.h"

namespace lab::gui {

LogitParts logitPartsOf(const Inspection& look) {
  LogitParts found;
  const InspectedTensor& parts = *look.Find("attribution/components");
  const InspectedTensor& heads = *look.Find("attribution/heads");
  const InspectedTensor& biases = *look.Find("attribution/head_biases");
  found.position = positionAt(parts, 0, 0);
  found.target = look.Find("attribution/targets")->Integer({0});
  found.word = look.WordOf(found.target);
  found.logit = look.Find("attribution/logits")->Float({0});
  for (int64_t i = 0; i < parts.Dim(1); ++i) {
    found.parts.push_back({q(parts.Label(1, i)), parts.Float({0, i})});
    found.sum += found.parts.back().value;
  }
  found.layers = static_cast<int>(heads.Dim(1));
  found.heads = static_cast<int>(heads.Dim(2));
  const size_t count = static_cast<size_t>(found.layers) * static_cast<size_t>(found.heads);
  found.head_values.assign(heads.floats.begin(),
                           heads.floats.begin() + static_cast<std::ptrdiff_t>(count));
  for (int64_t layer = 0; layer < biases.Dim(1); ++layer) {
    found.attention_biases.push_back(biases.Float({0, layer}));
  }
  return found;
}

void LogitPartTable::show(std::vector<LogitPart> parts) {
  beginResetModel();
  given_ = std::move(parts);
  arrange();
  endResetModel();
}

void LogitPartTable::setSorted(bool sorted) {
  beginResetModel();
  sorted_ = sorted;
  arrange();
  endResetModel();
}

void LogitPartTable::arrange() {
  parts_ = given_;
  most_ = 0;
  for (const LogitPart& part : parts_) most_ = std::max(most_, std::abs(part.value));
  if (!sorted_) return;
  std::stable_sort(parts_.begin(), parts_.end(), [](const LogitPart& a, const LogitPart& b) {
    return std::abs(a.value) > std::abs(b.value);
  });
}

int LogitPartTable::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(parts_.size());
}

int LogitPartTable::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumns;
}

QVariant LogitPartTable::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const LogitPart& part = parts_[static_cast<size_t>(index.row())];
  if (role == kShare && index.column() == kBar) return most_ > 0 ? part.value / most_ : 0;
  if (role == Qt::TextAlignmentRole && index.column() == kValue) {
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  }
  if (role != Qt::DisplayRole) return {};
  if (index.column() == kName) return part.name;
  if (index.column() == kValue) return number(part.value);
  return {};
}

QVariant LogitPartTable::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole && section == kValue) {
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  }
  if (role != Qt::DisplayRole) return {};
  if (section == kName) return tr("part");
  if (section == kValue) return tr("logit");
  return QString();
}

}  // namespace lab::gui
