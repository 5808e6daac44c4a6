#pragma once

// The list of jobs: a tree of what the filter lets through, with its menu, drag and keys. Selection
// and open groups survive every refresh. GUI thread.

#include <QTreeView>

#include "gui/models/group_stats.h"
#include "gui/models/job_filter.h"
#include "gui/models/lab.h"

namespace lab::gui {

class JobCommands;

class JobTable : public QTreeView {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit JobTable(Lab* lab, QWidget* parent = nullptr);
  ~JobTable() override;

  JobFilter* filter() { return &filter_; }
  JobCommands* commands() { return commands_; }
  GroupStats* groups() { return &stats_; }
  // Of the row with the focus; 0 for a group's or none.
  int64_t currentJob() const;
  // The group of that row if it is a group's; else "".
  QString currentGroup() const;
  void select(int64_t job_id);

 Q_SIGNALS:
  void openWanted(qint64 job_id);
  void selected();

 protected:
  void selectionChanged(const QItemSelection& chosen, const QItemSelection& dropped) override;
  void currentChanged(const QModelIndex& now, const QModelIndex& before) override;

 private:
  void take();
  void tellCommands();
  void edit(int what, int64_t job_id);
  void openMenu(const QPoint& at);

  Lab* lab_;
  JobTreeModel model_;
  JobFilter filter_{&model_};
  GroupStats stats_;
  JobCommands* commands_;
};

}  // namespace lab::gui
