#include "gui/widgets/job_table.h"

#include <QHeaderView>
#include <QMenu>
#include <QSettings>

#include "gui/widgets/job_commands.h"
#include "gui/widgets/job_delegate.h"

namespace lab::gui {
namespace {

QString columnsKey() { return QStringLiteral("jobs/columns"); }

constexpr int kWidths[JobTreeModel::kColumns] = {46, 180, 70, 88, 150, 230, 64, 92, 56, 40};

}  // namespace

JobTable::JobTable(Lab* lab, QWidget* parent)
    : QTreeView(parent),
      lab_(lab),
      stats_(&lab->session, &lab->jobs),
      commands_(new JobCommands(lab, this)) {
  setAccessibleName(tr("Jobs"));
  setModel(&filter_);
  setItemDelegate(new JobDelegate(this));
  setUniformRowHeights(true);
  setTreePosition(JobTreeModel::kName);
  setIndentation(16);
  setSelectionMode(QAbstractItemView::ExtendedSelection);
  setEditTriggers(QAbstractItemView::NoEditTriggers);
  setDragDropMode(QAbstractItemView::DragDrop);
  setDefaultDropAction(Qt::MoveAction);
  setDropIndicatorShown(true);
  setContextMenuPolicy(Qt::CustomContextMenu);
  header()->setSortIndicatorClearable(true);
  header()->setSortIndicator(-1, Qt::AscendingOrder);
  header()->setSectionsMovable(false);
  setSortingEnabled(true);
  for (int column = 0; column < JobTreeModel::kColumns; ++column) {
    setColumnWidth(column, kWidths[column]);
  }
  const QByteArray columns = QSettings().value(columnsKey()).toByteArray();
  if (!columns.isEmpty()) header()->restoreState(columns);

  connect(commands_, &JobCommands::openWanted, this, &JobTable::openWanted);
  connect(commands_, &JobCommands::editWanted, this, &JobTable::edit);
  connect(this, &QTreeView::activated, this, [this](const QModelIndex& index) {
    if (const v1::Job* job = filter_.job(index)) Q_EMIT openWanted(job->id());
    if (filter_.job(index) == nullptr) setExpanded(index, !isExpanded(index));
  });
  setExpandsOnDoubleClick(false);
  connect(this, &QTreeView::expanded, this, [this](const QModelIndex& index) {
    stats_.follow(utf8(index.data(JobTreeModel::kGroup).toString()));
  });
  connect(this, &QWidget::customContextMenuRequested, this, &JobTable::openMenu);
  connect(&stats_, &GroupStats::arrived, &model_, &JobTreeModel::setGroup);
  connect(&model_, &JobTreeModel::updateWanted, this,
          [this](const v1::UpdateJobRequest& request) { lab_->actions.update(request); });
  connect(&model_, &JobTreeModel::moveWanted, this,
          [this](const v1::MoveJobsRequest& request) { lab_->actions.move(request); });
  connect(&lab->jobs, &JobStore::changed, this, &JobTable::take);
  if (lab->jobs.loaded()) take();
}

JobTable::~JobTable() {
  QSettings().setValue(columnsKey(), header()->saveState());
  // The model goes before the view does; nobody needs to hear of it.
  blockSignals(true);
  setModel(nullptr);
}

int64_t JobTable::currentJob() const {
  const v1::Job* job = filter_.job(currentIndex());
  return job == nullptr ? 0 : job->id();
}

QString JobTable::currentGroup() const {
  const QModelIndex index = currentIndex();
  if (!index.isValid() || filter_.job(index) != nullptr) return {};
  return index.data(JobTreeModel::kGroup).toString();
}

void JobTable::select(int64_t job_id) {
  const QModelIndex index = filter_.mapFromSource(model_.indexOf(job_id));
  if (!index.isValid()) return;
  setCurrentIndex(index);
  scrollTo(index);
}

void JobTable::selectionChanged(const QItemSelection& chosen, const QItemSelection& dropped) {
  QTreeView::selectionChanged(chosen, dropped);
  tellCommands();
}

void JobTable::currentChanged(const QModelIndex& now, const QModelIndex& before) {
  QTreeView::currentChanged(now, before);
  // Rows that come and go around it change the current index, too; what is shown may be the same.
  Q_EMIT selected();
}

void JobTable::take() {
  model_.setJobs(lab_->jobs.jobs(), lab_->jobs.prints());
  tellCommands();
  if (!currentIndex().isValid() && filter_.rowCount() > 0) {
    setCurrentIndex(filter_.index(0, 0));
  }
}

void JobTable::tellCommands() {
  if (selectionModel() == nullptr) return;
  commands_->setJobs(filter_.jobsOf(selectionModel()->selectedRows()));
}

void JobTable::edit(int what, int64_t job_id) {
  const int column = what == JobCommands::kRename ? JobTreeModel::kName
                     : what == JobCommands::kTags ? JobTreeModel::kTags
                                                  : JobTreeModel::kNote;
  const QModelIndex index = filter_.mapFromSource(model_.indexOf(job_id).siblingAtColumn(column));
  if (!index.isValid()) return;
  scrollTo(index);
  QTreeView::edit(index);
}

void JobTable::openMenu(const QPoint& at) {
  if (commands_->jobs().empty()) return;
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  commands_->fill(menu);
  menu->popup(viewport()->mapToGlobal(at));
}

}  // namespace lab::gui
