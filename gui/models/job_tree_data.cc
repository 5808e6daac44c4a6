// What the cells of JobTreeModel show, what may be typed into them, and where rows may be dropped.

#include <QMimeData>
#include <algorithm>
#include <limits>

#include "gui/models/job_edit.h"
#include "gui/models/job_tree_node.h"

namespace lab::gui {
namespace {

constexpr int kNoteShown = 200;  // characters of a note in its cell

QString mimeType() { return QStringLiteral("application/x-lab-jobs"); }

bool isEditable(int column) {
  return column == JobTreeModel::kName || column == JobTreeModel::kTags ||
         column == JobTreeModel::kNote;
}

std::vector<int64_t> idsOf(const QMimeData* data) {
  std::vector<int64_t> ids;
  for (const QByteArray& word : data->data(mimeType()).split(' ')) {
    if (const qlonglong id = word.toLongLong(); id > 0) ids.push_back(id);
  }
  return ids;
}

}  // namespace

QString JobTreeModel::groupResult(const Node& node) const {
  QStringList parts;
  const auto known = groups_.find(node.job.group());
  const QString estimate = known == groups_.end() ? QString() : estimateText(known->second);
  const Node* best = nullptr;
  for (const auto& member : node.children) {
    const std::optional<double> loss = bestLoss(member->job);
    if (loss && (best == nullptr || *loss < *bestLoss(best->job))) best = member.get();
  }
  if (!estimate.isEmpty()) parts << estimate;
  if (best != nullptr) {
    parts << tr("best %1 by %2").arg(number(*bestLoss(best->job)), q(best->job.member()));
  }
  return parts.join(tr("  ·  "));
}

QString JobTreeModel::text(const Node& node, int column) const {
  const v1::Job& job = node.job;
  const bool group = node.is_group();
  switch (column) {
    case kId:
      return group ? QString() : QString::number(job.id());
    case kName:
      if (group) return tr("%1, %2 runs").arg(q(job.name())).arg(node.children.size());
      return job.member().empty() ? q(job.name()) : q(job.member());
    case kType:
      return q(job.type());
    case kState:
      return stateWord(group ? mainState(node.counts) : job.state());
    case kProgress:
      return group ? countsText(node.counts) : stepsText(job);
    case kResult:
      return group ? groupResult(node) : resultOf(job).text;
    case kRate:
      return group ? QString() : rateText(job);
    case kTime:
      return group ? QString() : timeText(job);
    case kTags:
      return group ? QString() : tagsOf(job).join(QLatin1Char(' '));
    case kNote:
      return group ? QString() : q(job.note()).simplified().left(kNoteShown);
    default:
      return {};
  }
}

Tone JobTreeModel::toneOf(const Node& node, int column) const {
  if (column == kState) {
    return stateTone(node.is_group() ? mainState(node.counts) : node.job.state());
  }
  return column == kResult && !node.is_group() ? resultOf(node.job).tone : Tone::kPlain;
}

QVariant JobTreeModel::sortKey(const Node& node, int column) const {
  // Of a group the best of its members; what has none comes last.
  double best = std::numeric_limits<double>::infinity();
  std::vector<const Node*> nodes;
  for (const auto& member : node.children) nodes.push_back(member.get());
  if (nodes.empty()) nodes.push_back(&node);
  for (const Node* each : nodes) {
    const v1::Job& job = each->job;
    if (column == kId) best = std::min(best, static_cast<double>(job.id()));
    if (column == kState) best = std::min(best, static_cast<double>(job.state()));
    if (column == kProgress) best = std::min(best, -job.progress().fraction());
    if (column == kResult) best = std::min(best, bestLoss(job).value_or(best));
    if (column == kTime) best = std::min(best, RunSeconds(job, 0).value_or(best));
    if (column == kRate && SummaryOf(job, "train/tokens_per_second") != nullptr) {
      best = std::min(best, -SummaryOf(job, "train/tokens_per_second")->last());
    }
  }
  const bool words = column == kName || column == kType || column == kTags || column == kNote;
  return words ? QVariant(text(node, column)) : QVariant(best);
}

QVariant JobTreeModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const Node& node = *nodeOf(index);
  const int column = index.column();
  switch (role) {
    case Qt::DisplayRole:
      return text(node, column);
    case Qt::EditRole:
      if (column == kName) return q(node.job.name());
      return column == kNote ? q(node.job.note()) : text(node, column);
    case Qt::ToolTipRole: {
      // As plain text, whatever is in it: Qt takes what looks like HTML for HTML.
      const QString all = column == kNote ? q(node.job.note()) : text(node, column);
      return all.isEmpty() ? QVariant() : QVariant(all.toHtmlEscaped());
    }
    case Qt::TextAlignmentRole: {
      const bool figure = column == kRate || column == kTime;
      return static_cast<int>(Qt::AlignVCenter) |
             static_cast<int>(figure ? Qt::AlignRight : Qt::AlignLeft);
    }
    case kJobId:
      return QVariant::fromValue<qlonglong>(node.is_group() ? 0 : node.job.id());
    case kGroup:
      return q(node.job.group());
    case kTone:
      return static_cast<int>(toneOf(node, column));
    case kFraction: {
      if (column != kProgress) return {};
      // What is done needs no bar.
      if (node.is_group() ? node.counts.count(v1::Job::SUCCEEDED) == node.counts.size()
                          : node.job.state() == v1::Job::SUCCEEDED) {
        return {};
      }
      double sum = node.is_group() ? 0 : node.job.progress().fraction();
      for (const auto& member : node.children) sum += member->job.progress().fraction();
      if (node.is_group()) return sum / static_cast<double>(node.children.size());
      return node.job.has_start_time() ? QVariant(sum) : QVariant();
    }
    case kSort:
      return sortKey(node, column);
    case kWords: {
      QStringList words{q(node.job.name()), q(node.job.member()), q(node.job.group()),
                        q(node.job.note())};
      for (int each : {kId, kType, kState, kResult, kTags}) words << text(node, each);
      return words.join(QLatin1Char('\n'));
    }
    default:
      return {};
  }
}

bool JobTreeModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  const v1::Job* known = job(index);
  if (role != Qt::EditRole || known == nullptr || !isEditable(index.column())) return false;
  const QString text = value.toString();
  const auto request = index.column() == kTags   ? tagsTyped(*known, text)
                       : index.column() == kName ? nameTyped(*known, text)
                                                 : noteTyped(*known, text);
  if (!request) return false;
  // labd's answer brings the new text, or a refusal leaves the old one.
  Q_EMIT updateWanted(*request);
  return true;
}

QVariant JobTreeModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= kColumns) return {};
  if (role == Qt::TextAlignmentRole) {
    const bool figure = section == kRate || section == kTime;
    return static_cast<int>(Qt::AlignVCenter) |
           static_cast<int>(figure ? Qt::AlignRight : Qt::AlignLeft);
  }
  if (role != Qt::DisplayRole) return {};
  const QString titles[] = {tr("Job"),    tr("Name"),     tr("Type"), tr("State"), tr("Progress"),
                            tr("Result"), tr("Tokens/s"), tr("Time"), tr("Tags"),  tr("Note")};
  return titles[section];
}

Qt::ItemFlags JobTreeModel::flags(const QModelIndex& index) const {
  // Onto the free space below the last row: to the end of the queue.
  if (!index.isValid()) return Qt::ItemIsDropEnabled;
  const Node& node = *nodeOf(index);
  Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
  const v1::Job::State state = node.is_group() ? v1::Job::QUEUED : node.job.state();
  if (isWaiting(state)) flags |= Qt::ItemIsDragEnabled | Qt::ItemIsDropEnabled;
  if (!node.is_group() && isEditable(index.column())) flags |= Qt::ItemIsEditable;
  return flags;
}

QStringList JobTreeModel::mimeTypes() const { return {mimeType()}; }

QMimeData* JobTreeModel::mimeData(const QModelIndexList& indexes) const {
  QByteArray ids;
  for (const v1::Job& job : jobsOf(indexes)) {
    if (isWaiting(job.state())) ids += QByteArray::number(qlonglong{job.id()}) + ' ';
  }
  if (ids.isEmpty()) return nullptr;
  auto* data = new QMimeData;
  data->setData(mimeType(), ids);
  return data;
}

bool JobTreeModel::canDropMimeData(const QMimeData* data, Qt::DropAction, int, int,
                                   const QModelIndex&) const {
  return data->hasFormat(mimeType());
}

bool JobTreeModel::dropMimeData(const QMimeData* data, Qt::DropAction, int row, int,
                                const QModelIndex& parent) {
  v1::MoveJobsRequest request;
  const std::vector<int64_t> moved = idsOf(data);
  for (int64_t id : moved) request.add_job_ids(id);
  if (moved.empty()) return false;
  // The first job that stays and waits at the place or below it.
  const Node* at = nodeOf(parent);
  std::pair<size_t, size_t> place{at->row, 0};  // (row, member)
  if (at == root_.get()) {
    place = {row < 0 ? root_->children.size() : static_cast<size_t>(row), 0};
  } else if (at->parent != root_.get()) {
    place = {at->parent->row, at->row};
  } else if (row >= 0) {
    place.second = static_cast<size_t>(row);
  }
  request.set_place(v1::MoveJobsRequest::BOTTOM);
  for (; place.first < root_->children.size(); place = {place.first + 1, 0}) {
    const Node& top = *root_->children[place.first];
    const bool group = top.is_group();
    for (; place.second < (group ? top.children.size() : 1); ++place.second) {
      const v1::Job& job = group ? top.children[place.second]->job : top.job;
      if (!isWaiting(job.state()) ||
          std::find(moved.begin(), moved.end(), job.id()) != moved.end()) {
        continue;
      }
      request.set_place(v1::MoveJobsRequest::BEFORE);
      request.set_before_job_id(job.id());
      Q_EMIT moveWanted(request);
      return true;
    }
  }
  Q_EMIT moveWanted(request);
  return true;
}

}  // namespace lab::gui
