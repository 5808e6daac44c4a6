#pragma once

// The jobs as a tree for a view: single jobs, and groups (sweeps, seeds) that hold their members,
// each where its first member stands in labd's order. A refresh changes only what differs, so that
// selection and open groups stay. GUI thread.

#include <QAbstractItemModel>
#include <memory>
#include <unordered_map>
#include <vector>

#include "gui/models/words.h"
#include "lab/v1/group.pb.h"
#include "lab/v1/queue.pb.h"

namespace lab::gui {

class JobTreeModel : public QAbstractItemModel {
  Q_OBJECT
 public:
  enum Column {
    kId,
    kName,
    kType,
    kState,
    kProgress,
    kResult,
    kRate,
    kTime,
    kTags,
    kNote,
    kColumns
  };
  enum Role {
    kJobId = Qt::UserRole,  // 0 for a group
    kGroup,                 // a group's or a member's group; "" for a single job
    kTone,                  // an int of Tone
    kFraction,              // of kProgress: 0..1; invalid where there is none
    kSort,                  // what a column is ordered by
    kWords,                 // all that a search for words looks at
  };

  explicit JobTreeModel(QObject* parent = nullptr);
  ~JobTreeModel() override;

  // All jobs in labd's order, and a number for each that changes whenever the job does.
  void setJobs(const std::vector<v1::Job>& jobs, const std::vector<uint64_t>& prints);
  // What labd computed over a group's members; shown with its row.
  void setGroup(const v1::Group& group);

  // nullptr for a group's row.
  const v1::Job* job(const QModelIndex& index) const;
  // Where a job stands; invalid if there is none.
  QModelIndex indexOf(int64_t id) const;
  // The jobs of these rows, members of groups included, each once, in labd's order.
  std::vector<v1::Job> jobsOf(const QModelIndexList& rows) const;

  QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  QModelIndex parent(const QModelIndex& child) const override;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;

  Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
  QStringList mimeTypes() const override;
  QMimeData* mimeData(const QModelIndexList& indexes) const override;
  bool canDropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                       const QModelIndex& parent) const override;
  bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                    const QModelIndex& parent) override;

 Q_SIGNALS:
  // Somebody changed a name, tags or a note in place, or dropped jobs elsewhere in the queue.
  void updateWanted(const lab::v1::UpdateJobRequest& request);
  void moveWanted(const lab::v1::MoveJobsRequest& request);

 private:
  struct Node;
  struct Wanted;

  Node* nodeOf(const QModelIndex& index) const;
  QModelIndex indexOfNode(const Node* node, int column = 0) const;
  int64_t keyOfGroup(const std::string& name);
  void arrange(Node* parent, const std::vector<Wanted>& wanted);
  std::unique_ptr<Node> makeNode(Node* parent, const Wanted& wanted);
  bool refresh(Node* node, const Wanted& wanted);
  void renumber(Node* parent, size_t from);
  QString text(const Node& node, int column) const;
  QString groupResult(const Node& node) const;
  QVariant sortKey(const Node& node, int column) const;
  Tone toneOf(const Node& node, int column) const;

  std::unique_ptr<Node> root_;
  std::unordered_map<int64_t, Node*> by_id_;
  std::unordered_map<std::string, int64_t> group_keys_;  // negative, never reused
  std::unordered_map<std::string, v1::Group> groups_;
};

}  // namespace lab::gui
