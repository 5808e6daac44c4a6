#pragma once

// Those rows of a JobTreeModel that match: words, states, type and tag together. A group is shown
// if one of its members is. Without a sort column the order is labd's. GUI thread.

#include <QSortFilterProxyModel>
#include <set>

#include "gui/models/job_tree_model.h"

namespace lab::gui {

class JobFilter : public QSortFilterProxyModel {
  Q_OBJECT
 public:
  // `model` outlives this.
  explicit JobFilter(JobTreeModel* model, QObject* parent = nullptr);

  // All of these words, anywhere in what a row says; letters of either case.
  void setWords(const QString& words);
  // Empty: any.
  void setStates(std::set<v1::Job::State> states);
  void setType(const QString& type);
  void setTag(const QString& tag);
  // True if something may be left out.
  bool active() const;

  const v1::Job* job(const QModelIndex& index) const { return model_->job(mapToSource(index)); }
  std::vector<v1::Job> jobsOf(const QModelIndexList& rows) const;

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

 private:
  JobTreeModel* model_;
  QStringList words_;
  std::set<v1::Job::State> states_;
  QString type_, tag_;
};

}  // namespace lab::gui
