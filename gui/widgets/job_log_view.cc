#include "gui/widgets/job_log_view.h"

#include <QVBoxLayout>

namespace lab::gui {

JobLogView::JobLogView(Lab* lab, QWidget* parent) : JobView(parent), lab_(lab) {
  view_ = new LogView(&lab->session, tr("Log"), tr("The job has written no log yet."), this);
  auto* column = new QVBoxLayout(this);
  column->addWidget(view_);
  connect(&lab->jobs, &JobStore::changed, this, &JobLogView::look);
}

void JobLogView::setJob(int64_t id) {
  if (id == 0) return view_->log().stop();
  view_->follow(id);
}

void JobLogView::look() {
  const v1::Job* job = lab_->jobs.find(view_->log().job().value_or(0));
  const bool running = job != nullptr && job->state() == v1::Job::RUNNING;
  if (running && !running_) view_->log().goOn();
  running_ = running;
}

}  // namespace lab::gui
