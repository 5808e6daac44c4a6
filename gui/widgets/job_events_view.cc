#include "gui/widgets/job_events_view.h"

#include <QHeaderView>
#include <QTableView>
#include <QVBoxLayout>

#include "gui/widgets/faces.h"

namespace lab::gui {

JobEventsView::JobEventsView(Lab* lab, QWidget* parent) : JobView(parent), events_(&lab->session) {
  auto* column = new QVBoxLayout(this);
  auto* table = new QTableView(this);
  table->setModel(&events_);
  table->setAccessibleName(tr("Events"));
  table->verticalHeader()->hide();
  table->setShowGrid(false);
  table->setProperty("role", QStringLiteral("table"));
  table->setSelectionBehavior(QAbstractItemView::SelectRows);
  table->horizontalHeader()->setStretchLastSection(true);
  table->setColumnWidth(JobEvents::kTime, 110);
  table->setColumnWidth(JobEvents::kStep, 80);
  table->setColumnWidth(JobEvents::kWhat, 110);
  faces_ = new Faces(table, this);
  column->addWidget(faces_);
  connect(&events_, &JobEvents::settled, this, [this] {
    if (events_.rowCount() > 0) {
      faces_->showContent();
    } else {
      faces_->showEmpty(tr("Nothing has happened to this job yet."));
    }
  });
  connect(&events_, &JobEvents::failed, this, [this](const absl::Status& status) {
    faces_->showError(tr("The events could not be read"), status);
  });
  connect(&lab->jobs, &JobStore::changed, this, [this, lab] {
    const v1::Job* job = lab->jobs.find(job_);
    if (job != nullptr && isActive(job->state())) events_.goOn();
  });
}

void JobEventsView::setJob(int64_t id) {
  if (id == job_) return;
  job_ = id;
  faces_->showLoading();
  events_.follow(id);
}

}  // namespace lab::gui
