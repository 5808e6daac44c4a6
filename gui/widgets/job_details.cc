#include "gui/widgets/job_details.h"

#include <QTabBar>

#include "gui/widgets/job_artifacts_view.h"
#include "gui/widgets/job_config_view.h"
#include "gui/widgets/job_events_view.h"
#include "gui/widgets/job_log_view.h"
#include "gui/widgets/job_overview.h"

namespace lab::gui {

JobDetails::JobDetails(Lab* lab, GroupStats* groups, QWidget* parent) : QTabWidget(parent) {
  setDocumentMode(true);
  tabBar()->setDrawBase(false);
  setAccessibleName(tr("Details"));
  overview_ = new JobOverview(lab, groups, this);
  config_ = new JobConfigView(lab, this);
  addTab(overview_, tr("Overview"));
  addTab(config_, tr("Config"));
  addTab(new JobLogView(lab, this), tr("Log"));
  addTab(new JobEventsView(lab, this), tr("Events"));
  addTab(new JobArtifactsView(lab, this), tr("Artifacts"));
  connect(this, &QTabWidget::currentChanged, this, &JobDetails::showTab);
}

void JobDetails::show(int64_t job_id, const QString& group) {
  if (job_id == job_ && group == group_) return;
  job_ = job_id;
  group_ = group;
  overview_->setGroup(job_id == 0 ? group : QString());
  // Of a group there is an overview only.
  for (int tab = 1; tab < count(); ++tab) setTabEnabled(tab, job_id != 0);
  if (job_id == 0) setCurrentIndex(0);
  showTab();
}

void JobDetails::compare(int64_t job_id, int64_t other) {
  show(job_id, {});
  setCurrentWidget(config_);
  config_->compareWith(other);
}

void JobDetails::showTab() {
  for (int tab = 0; tab < count(); ++tab) {
    auto* view = qobject_cast<JobView*>(widget(tab));
    view->setJob(tab == currentIndex() ? job_ : 0);
  }
}

}  // namespace lab::gui
