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
  std::vector<Row> rows;
  for (LogitPart& part : parts) rows.push_back({std::move(part)});
  take(std::move(rows), {}, {});
}

void LogitPartTable::show(std::vector<LogitPart> here, const std::vector<LogitPart>& there,
                          const QString& here_name, const QString& there_name) {
  std::vector<Row> rows;
  for (size_t i = 0; i < here.size() && i < there.size(); ++i) {
    rows.push_back({{here[i].name, here[i].value - there[i].value}, here[i].value, there[i].value});
  }
  take(std::move(rows), here_name, there_name);
}

void LogitPartTable::take(std::vector<Row> rows, const QString& here_name,
                          const QString& there_name) {
  beginResetModel();
  given_ = std::move(rows);
  here_name_ = here_name;
  there_name_ = there_name;
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
  for (const Row& row : parts_) most_ = std::max(most_, std::abs(row.part.value));
  if (!sorted_) return;
  std::stable_sort(parts_.begin(), parts_.end(), [](const Row& a, const Row& b) {
    return std::abs(a.part.value) > std::abs(b.part.value);
  });
}

int LogitPartTable::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(parts_.size());
}

int LogitPartTable::columnCount(const QModelIndex& parent) const {
  if (parent.isValid()) return 0;
  return two() ? kColumns : kHere;
}

QVariant LogitPartTable::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const Row& row = parts_[static_cast<size_t>(index.row())];
  const LogitPart& part = row.part;
  if (role == kShare && index.column() == kBar) return most_ > 0 ? part.value / most_ : 0;
  if (role == Qt::TextAlignmentRole && index.column() >= kValue) {
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  }
  if (role != Qt::DisplayRole) return {};
  if (index.column() == kName) return part.name;
  if (index.column() == kValue) return number(part.value);
  if (index.column() == kHere) return number(row.here);
  if (index.column() == kThere) return number(row.there);
  return {};
}

QVariant LogitPartTable::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole && section >= kValue) {
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  }
  if (role != Qt::DisplayRole) return {};
  if (section == kName) return tr("part");
  if (section == kValue) return two() ? tr("difference") : tr("logit");
  if (section == kHere) return here_name_;
  if (section == kThere) return there_name_;
  return QString();
}

}  // namespace lab::gui
