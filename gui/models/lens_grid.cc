#include "gui/models/lens_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gui/models/probe_words.h"
#include "gui/models/words.h"

namespace lab::gui {
namespace {

double mostOf(const InspectedTensor& tensor) {
  double most = 0;
  for (float value : tensor.floats) {
    if (std::isfinite(value)) most = std::max(most, double{value});
  }
  return most;
}

}  // namespace

std::vector<int64_t> lensDepths(const Inspection& look) {
  const InspectedTensor* ids = look.Find("lens/top_ids");
  std::vector<int64_t> depths;
  if (ids == nullptr || ids->Dim(2) == 0) return depths;
  const int64_t end = ids->Dim(0) - 1;
  for (int64_t token = 0; token < ids->Dim(1); ++token) {
    int64_t point = 0;
    while (point < end && ids->Integer({point, token, 0}) != ids->Integer({end, token, 0})) ++point;
    depths.push_back(point);
  }
  return depths;
}

std::optional<double> lensDepth(const Inspection& look) {
  const std::vector<int64_t> depths = lensDepths(look);
  if (depths.empty()) return std::nullopt;
  double sum = 0;
  for (int64_t depth : depths) sum += static_cast<double>(depth);
  return sum / static_cast<double>(depths.size());
}

void LensGrid::show(std::shared_ptr<const Inspection> look,
                    std::shared_ptr<const Inspection> other) {
  if (look == look_ && other == other_) return;
  beginResetModel();
  look_ = std::move(look);
  other_ = std::move(other);
  most_entropy_ = most_kl_ = 0;
  for (const Inspection* one : {look_.get(), other_.get()}) {
    if (one == nullptr) continue;
    most_entropy_ = std::max(most_entropy_, mostOf(*one->Find("lens/entropy")));
    most_kl_ = std::max(most_kl_, mostOf(*one->Find("lens/kl")));
  }
  endResetModel();
}

void LensGrid::setMeasure(Measure measure) {
  if (measure == measure_) return;
  measure_ = measure;
  if (rowCount() == 0) return;
  Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1), {kShade});
}

int LensGrid::rowCount(const QModelIndex& parent) const {
  if (parent.isValid() || look_ == nullptr) return 0;
  return static_cast<int>(tensor("lens/top_ids")->Dim(0));
}

int LensGrid::columnCount(const QModelIndex& parent) const {
  if (parent.isValid() || look_ == nullptr) return 0;
  return static_cast<int>(tensor("lens/top_ids")->Dim(1));
}

double LensGrid::shade(int point, int token) const {
  const double own = shadeOf(*look_, point, token);
  return other_ == nullptr ? own : own - shadeOf(*other_, point, token);
}

bool LensGrid::saysOther(int point, int token) const {
  if (other_ == nullptr) return false;
  const InspectedTensor &own = *look_->Find("lens/top_ids"), &there = *other_->Find("lens/top_ids");
  if (own.Dim(2) == 0 || there.Dim(2) == 0) return false;
  return own.Integer({point, token, 0}) != there.Integer({point, token, 0});
}

double LensGrid::shadeOf(const Inspection& look, int point, int token) const {
  auto tensor = [&look](const char* name) { return look.Find(name); };
  auto share = [](double value, double most) {
    return most > 0 ? std::sqrt(std::max(0.0, value) / most) : 0;
  };
  switch (measure_) {
    case Measure::kProbability:
      return tensor("lens/top_probabilities")->Float({point, token, 0});
    case Measure::kNextRank: {
      const int64_t rank = tensor("lens/next_rank")->Integer({point, token});
      return rank < 0 ? std::numeric_limits<double>::quiet_NaN() : 1 / (1 + double(rank));
    }
    case Measure::kEntropy:
      return share(tensor("lens/entropy")->Float({point, token}), most_entropy_);
    case Measure::kKl:
      return share(tensor("lens/kl")->Float({point, token}), most_kl_);
  }
  return 0;
}

LensGrid::Cell LensGrid::cellOf(const Inspection& look, int point, int token) {
  auto tensor = [&look](const char* name) { return look.Find(name); };
  const InspectedTensor& ids = *tensor("lens/top_ids");
  Cell cell;
  cell.point = q(ids.Label(0, point));
  cell.position = positionAt(ids, 1, token);
  for (int64_t i = 0; i < ids.Dim(2); ++i) {
    cell.top.push_back({look.WordOf(ids.Integer({point, token, i})),
                        tensor("lens/top_probabilities")->Float({point, token, i})});
  }
  cell.next_rank = tensor("lens/next_rank")->Integer({point, token});
  if (cell.next_rank >= 0 && cell.position + 1 < look.plan.tokens_size()) {
    cell.next = look.plan.tokens(static_cast<int>(cell.position) + 1).text();
  }
  cell.next_probability = tensor("lens/next_probability")->Float({point, token});
  cell.entropy = tensor("lens/entropy")->Float({point, token});
  cell.kl = tensor("lens/kl")->Float({point, token});
  return cell;
}

QVariant LensGrid::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || look_ == nullptr) return {};
  const InspectedTensor& ids = *tensor("lens/top_ids");
  const int point = index.row(), token = index.column();
  switch (role) {
    case Qt::DisplayRole:
      return ids.Dim(2) > 0 ? tokenText(look_->WordOf(ids.Integer({point, token, 0}))) : QString();
    case Qt::AccessibleTextRole: {
      const Cell one = cell(point, token);
      return tr("%1, after token %2: %3, probability %4")
          .arg(pointWords(one.point))
          .arg(one.position)
          .arg(one.top.empty() ? QString() : tokenText(one.top[0].text),
               one.top.empty() ? QString() : number(one.top[0].probability));
    }
    case kShade:
      return shade(point, token);
    case kHit:
      return tensor("lens/next_rank")->Integer({point, token}) == 0;
    case kOther:
      return saysOther(point, token);
    default:
      return {};
  }
}

QVariant LensGrid::headerData(int section, Qt::Orientation orientation, int role) const {
  if (look_ == nullptr || (role != Qt::DisplayRole && role != Qt::ToolTipRole)) return {};
  const InspectedTensor& ids = *tensor("lens/top_ids");
  if (orientation == Qt::Vertical) {
    const QString point = q(ids.Label(0, section));
    return role == Qt::DisplayRole ? point : pointWords(point);
  }
  const int64_t position = positionAt(ids, 1, section);
  if (position >= look_->plan.tokens_size()) return {};
  const QString text = tokenText(look_->plan.tokens(static_cast<int>(position)).text());
  return role == Qt::DisplayRole ? text : tr("token %1").arg(position);
}

}  // namespace lab::gui
