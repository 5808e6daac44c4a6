#include "gui/pages/pretrain_page.h"

#include <QAbstractItemView>
#include <QHBoxLayout>
#include <QShortcut>
#include <QStackedWidget>

#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/new_run.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/run_view.h"

namespace lab::gui {
namespace {

constexpr char kType[] = "pretrain";
constexpr int kNarrow = 900;
constexpr int kShortRun = 5;   // characters of the switch on a narrow page …
constexpr int kLongRun = 16;   // … and on a wide one
constexpr int kMostRuns = 40;  // in the switch; the Jobs page has all

// What follows `word` in the argument; "" if it is about something else.
QString argumentOf(const Route& route, const char* word) {
  const QString start = QString::fromLatin1(word);
  return route.argument.startsWith(start) ? route.argument.mid(start.size()) : QString();
}

}  // namespace

PretrainPage::PretrainPage(Lab* lab) : Page(lab) {
  makeHead(tr("New run"));
  views_ = new QStackedWidget(this);
  new_run_ = new NewRun(lab, views_);
  run_view_ = new RunView(lab, views_);
  views_->addWidget(new_run_);
  views_->addWidget(run_view_);
  state_ = new Chip(this);
  beside_title()->addWidget(state_);
  beside_title()->addWidget(new_run_->type_choice());
  beside_title()->addStretch(1);
  runs_ = new Choice(this);
  runs_->setAccessibleName(tr("which run"));
  runs_->setToolTip(tr("A new run (Ctrl+N), or one of those that were queued"));
  runs_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  connect(runs_, &QComboBox::activated, this, [this](int index) {
    const qint64 id = runs_->itemData(index).toLongLong();
    id == 0 ? showForm() : showRun(id);
  });
  auto* keys = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_N), this);
  connect(keys, &QShortcut::activated, this, &PretrainPage::showForm);
  actions()->addWidget(runs_);
  actions()->addWidget(new_run_->actions());
  actions()->addWidget(run_view_->actions());
  body()->addWidget(views_, 1);

  connect(new_run_, &NewRun::said, this, &Page::said);
  connect(new_run_, &NewRun::queued, this, &PretrainPage::showRun);
  connect(run_view_, &RunView::headChanged, this, &PretrainPage::showHead);
  connect(run_view_, &RunView::editAsked, this, [this](qint64 id) {
    new_run_->startFromJob(id);
    showForm();
  });
  connect(&lab->jobs, &JobStore::changed, this, [this] {
    fillRuns();
    if (undecided_) choose();
  });
  showForm();
}

void PretrainPage::resizeEvent(QResizeEvent* event) {
  Page::resizeEvent(event);
  runs_->setMinimumContentsLength(width() < kNarrow ? kShortRun : kLongRun);
}

bool PretrainPage::showsRun() const { return views_->currentWidget() == run_view_; }

void PretrainPage::visit(const Route& route) {
  undecided_ = false;
  if (route.job != 0) {
    showRun(route.job);
    const QString step = argumentOf(route, "step:");
    if (!step.isEmpty()) run_view_->showSamples(step.toLongLong());
    return;
  }
  if (route.argument.isEmpty()) return choose();
  const QString job = argumentOf(route, "config:"), preset = argumentOf(route, "preset:");
  if (!job.isEmpty()) new_run_->startFromJob(job.toLongLong());
  if (!preset.isEmpty()) new_run_->startFromPreset(preset);
  showForm();
}

void PretrainPage::choose() {
  undecided_ = !lab().jobs.loaded();
  if (undecided_) return;
  const v1::Job* job = lab().jobs.running(kType);
  if (job != nullptr) {
    showRun(job->id());
  } else if (!showsRun()) {
    showForm();
  }
}

void PretrainPage::showRun(int64_t id) {
  undecided_ = false;
  run_view_->setJob(id);
  views_->setCurrentWidget(run_view_);
  showHead();
}

void PretrainPage::showForm() {
  undecided_ = false;
  views_->setCurrentWidget(new_run_);
  showHead();
}

void PretrainPage::showHead() {
  const bool run = showsRun();
  new_run_->actions()->setVisible(!run);
  new_run_->type_choice()->setVisible(!run);
  run_view_->actions()->setVisible(run && !run_view_->failed());
  state_->setVisible(run && run_view_->job().id() != 0);
  if (run) {
    const v1::Job& job = run_view_->job();
    title()->setText(job.id() != 0 ? q(job.name()) : tr("Job %1").arg(run_view_->job_id()));
    state_->show(stateWord(job.state()), stateTone(job.state()));
    setFacts(job.id() != 0 ? run_view_->facts() : QString());
  } else {
    title()->setText(tr("New run"));
    setFacts(tr("every field explains itself; what differs from the default is marked"));
  }
  fillRuns();
}

void PretrainPage::fillRuns() {
  if (runs_->view()->isVisible()) return;  // it is being chosen from
  const QSignalBlocker quiet(runs_);
  const int64_t shown = showsRun() ? run_view_->job_id() : 0;
  runs_->clear();
  runs_->addItem(tr("New run"), qint64{0});
  bool listed = shown == 0;
  for (const v1::Job& job : lab().jobs.jobs()) {
    if (job.type() != kType || runs_->count() > kMostRuns) continue;
    runs_->addItem(tr("%1  %2").arg(job.id()).arg(q(job.name())), qint64{job.id()});
    listed = listed || job.id() == shown;
  }
  if (!listed) runs_->addItem(tr("job %1").arg(shown), qint64{shown});
  runs_->setCurrentIndex(runs_->findData(qint64{shown}));
}

bool PretrainPage::settled() const {
  return !undecided_ && (showsRun() ? run_view_->settled() : new_run_->settled());
}

bool PretrainPage::failed() const { return showsRun() ? run_view_->failed() : new_run_->failed(); }

}  // namespace lab::gui
