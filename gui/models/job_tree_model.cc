#include "gui/models/job_tree_model.h"

#include <algorithm>
#include <set>

#include "gui/models/job_tree_node.h"
#include "gui/models/row_diff.h"

namespace lab::gui {

// A row as it is to be.
struct JobTreeModel::Wanted {
  int64_t key;
  uint64_t print;      // of a group: over its members
  const v1::Job* job;  // of a group: its first member
  std::vector<Wanted> members;
};

JobTreeModel::JobTreeModel(QObject* parent)
    : QAbstractItemModel(parent), root_(std::make_unique<Node>()) {}

JobTreeModel::~JobTreeModel() = default;

void JobTreeModel::setJobs(const std::vector<v1::Job>& jobs, const std::vector<uint64_t>& prints) {
  std::vector<Wanted> wanted;
  std::unordered_map<std::string, size_t> places;  // of groups in `wanted`
  for (size_t i = 0; i < jobs.size(); ++i) {
    const v1::Job& job = jobs[i];
    if (job.group().empty()) {
      wanted.push_back({job.id(), prints[i], &job, {}});
      continue;
    }
    auto [place, fresh] = places.try_emplace(job.group(), wanted.size());
    if (fresh) wanted.push_back({keyOfGroup(job.group()), 0, &job, {}});
    Wanted& group = wanted[place->second];
    group.members.push_back({job.id(), prints[i], &job, {}});
    group.print = group.print * 1099511628211u + prints[i];
  }
  arrange(root_.get(), wanted);
}

void JobTreeModel::setGroup(const v1::Group& group) {
  groups_[group.name()] = group;
  const auto key = group_keys_.find(group.name());
  if (key == group_keys_.end()) return;
  for (const auto& node : root_->children) {
    if (node->key != key->second) continue;
    Q_EMIT dataChanged(indexOfNode(node.get(), kResult), indexOfNode(node.get(), kResult));
  }
}

int64_t JobTreeModel::keyOfGroup(const std::string& name) {
  auto [place, fresh] = group_keys_.try_emplace(name, 0);
  if (fresh) place->second = -static_cast<int64_t>(group_keys_.size());
  return place->second;
}

void JobTreeModel::arrange(Node* parent, const std::vector<Wanted>& wanted) {
  std::vector<int64_t> have, want;
  for (const auto& child : parent->children) have.push_back(child->key);
  std::unordered_map<int64_t, const Wanted*> by_key;
  for (const Wanted& row : wanted) {
    want.push_back(row.key);
    by_key[row.key] = &row;
  }
  const QModelIndex at = indexOfNode(parent);
  auto& rows = parent->children;
  for (const RowStep& step : rowSteps(have, want)) {
    const int first = static_cast<int>(step.row);
    const int last = static_cast<int>(step.row + step.count) - 1;
    const auto begin = rows.begin() + first;
    if (step.kind == RowStep::Kind::kRemove) {
      beginRemoveRows(at, first, last);
      for (auto row = begin; row != begin + static_cast<ptrdiff_t>(step.count); ++row) {
        by_id_.erase((*row)->key);
        for (const auto& member : (*row)->children) by_id_.erase(member->key);
      }
      rows.erase(begin, begin + static_cast<ptrdiff_t>(step.count));
      renumber(parent, step.row);
      endRemoveRows();
    } else if (step.kind == RowStep::Kind::kInsert) {
      beginInsertRows(at, first, last);
      for (size_t next = step.row; next < step.row + step.count; ++next) {
        rows.insert(rows.begin() + static_cast<ptrdiff_t>(next),
                    makeNode(parent, *by_key.at(want[next])));
      }
      renumber(parent, step.row);
      endInsertRows();
    } else {
      const int to = static_cast<int>(step.to);
      // Qt counts the row that leaves.
      beginMoveRows(at, first, first, at, to > first ? to + 1 : to);
      std::unique_ptr<Node> row = std::move(*begin);
      rows.erase(begin);
      rows.insert(rows.begin() + to, std::move(row));
      renumber(parent, std::min(step.row, step.to));
      endMoveRows();
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    Node* node = rows[i].get();
    if (node->is_group()) arrange(node, wanted[i].members);
    if (!refresh(node, wanted[i])) continue;
    Q_EMIT dataChanged(indexOfNode(node), indexOfNode(node, kColumns - 1));
  }
}

std::unique_ptr<JobTreeModel::Node> JobTreeModel::makeNode(Node* parent, const Wanted& wanted) {
  auto node = std::make_unique<Node>();
  node->parent = parent;
  node->key = wanted.key;
  refresh(node.get(), wanted);
  if (!node->is_group()) by_id_[node->key] = node.get();
  for (const Wanted& member : wanted.members) {
    node->children.push_back(makeNode(node.get(), member));
  }
  renumber(node.get(), 0);
  return node;
}

bool JobTreeModel::refresh(Node* node, const Wanted& wanted) {
  if (node->job.id() != 0 && node->print == wanted.print) return false;
  node->print = wanted.print;
  if (!node->is_group()) {
    node->job = *wanted.job;
    return true;
  }
  node->job.set_id(wanted.job->id());
  node->job.set_group(wanted.job->group());
  node->job.set_name(wanted.job->name());
  node->job.set_type(wanted.job->type());
  node->counts.clear();
  for (const Wanted& member : wanted.members) ++node->counts[member.job->state()];
  return true;
}

void JobTreeModel::renumber(Node* parent, size_t from) {
  for (size_t i = from; i < parent->children.size(); ++i) parent->children[i]->row = i;
}

JobTreeModel::Node* JobTreeModel::nodeOf(const QModelIndex& index) const {
  return index.isValid() ? static_cast<Node*>(index.internalPointer()) : root_.get();
}

QModelIndex JobTreeModel::indexOfNode(const Node* node, int column) const {
  if (node == root_.get()) return {};
  return createIndex(static_cast<int>(node->row), column, const_cast<Node*>(node));
}

const v1::Job* JobTreeModel::job(const QModelIndex& index) const {
  if (!index.isValid()) return nullptr;
  const Node* node = nodeOf(index);
  return node->is_group() ? nullptr : &node->job;
}

QModelIndex JobTreeModel::indexOf(int64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? QModelIndex() : indexOfNode(found->second);
}

std::vector<v1::Job> JobTreeModel::jobsOf(const QModelIndexList& rows) const {
  std::set<std::pair<size_t, size_t>> places;  // (row, member's row + 1)
  for (const QModelIndex& index : rows) {
    const Node* node = nodeOf(index);
    if (node == root_.get()) continue;
    for (const auto& member : node->children) places.insert({node->row, member->row + 1});
    if (node->is_group()) continue;
    const bool single = node->parent == root_.get();
    places.insert(single ? std::pair{node->row, size_t{0}}
                         : std::pair{node->parent->row, node->row + 1});
  }
  std::vector<v1::Job> jobs;
  for (const auto& [row, member] : places) {
    const Node& node = *root_->children[row];
    jobs.push_back(member == 0 ? node.job : node.children[member - 1]->job);
  }
  return jobs;
}

QModelIndex JobTreeModel::index(int row, int column, const QModelIndex& parent) const {
  const auto& rows = nodeOf(parent)->children;
  if (row < 0 || row >= static_cast<int>(rows.size()) || column < 0 || column >= kColumns ||
      parent.column() > 0) {
    return {};
  }
  return createIndex(row, column, rows[static_cast<size_t>(row)].get());
}

QModelIndex JobTreeModel::parent(const QModelIndex& child) const {
  return child.isValid() ? indexOfNode(nodeOf(child)->parent) : QModelIndex();
}

int JobTreeModel::rowCount(const QModelIndex& parent) const {
  return parent.column() > 0 ? 0 : static_cast<int>(nodeOf(parent)->children.size());
}

int JobTreeModel::columnCount(const QModelIndex&) const { return kColumns; }

}  // namespace lab::gui
