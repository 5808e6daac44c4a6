#include "gui/pages/look_page.h"

#include <QHBoxLayout>
#include <QHideEvent>
#include <QShortcut>

#include "gui/widgets/faces.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/run_steps.h"
#include "gui/widgets/subject_card.h"

namespace lab::gui {
namespace {

using Beside = SubjectCard::Beside;

// Whether a reference means another checkpoint soon: the newest of a job that goes on.
bool isNewest(const Lab& lab, const QString& reference) {
  if (reference.contains(QLatin1Char('@')) && !reference.endsWith(QStringLiteral("@best"))) {
    return false;
  }
  const v1::Job* job = lab.jobs.find(reference.section(QLatin1Char('@'), 0, 0).toLongLong());
  return job != nullptr && isActive(job->state());
}

}  // namespace

LookPage::LookPage(Lab* lab, const QString& title, const QString& text) : Page(lab) {
  makeHead(title);
  subject_ = new SubjectCard(lab, text, this);
  body()->addWidget(subject_);
  connect(subject_, &SubjectCard::entered, this, &LookPage::look);
  connect(subject_, &SubjectCard::besideEntered, this, [this] {
    if (begun_) lookBesideIt();
  });
  connect(subject_, &SubjectCard::bothChanged, this, [this] { showAnswer(); });
  connect(&lab->checkpoints, &CheckpointStore::changed, this, [this] {
    begin();
    showAnswer();
  });
}

void LookPage::setViews(QWidget* views) {
  faces_ = new Faces(views, this);
  body()->addWidget(faces_, 1);
  steps_ = new RunSteps(&lab(), this);
  connect(steps_, &RunSteps::chosen, this, [this](const QString& reference) {
    subject_->setReference(reference);
    look();
  });
  connect(steps_, &RunSteps::samplesWanted, this, [this](qint64 job, qint64 step) {
    Q_EMIT go({QStringLiteral("pretrain"), job, QStringLiteral("step:%1").arg(step)});
  });
  connect(subject_, &SubjectCard::referenceChanged, this,
          [this] { steps_->setReference(subject_->reference()); });
  steps_->setReference(subject_->reference());
  body()->addWidget(steps_);
}

void LookPage::addLookButton() {
  look_ = makeButton(tr("Look"), "primary", this);
  look_->setToolTip(tr("Ctrl+Return; Esc stops"));
  connect(look_, &QPushButton::clicked, this, [this] { busy() ? stop() : look(); });
  actions()->addWidget(look_);
  for (auto key : {Qt::Key_Return, Qt::Key_Enter}) {
    auto* go = new QShortcut(QKeySequence(Qt::CTRL | key), this);
    go->setContext(Qt::WidgetWithChildrenShortcut);
    connect(go, &QShortcut::activated, this, &LookPage::look);
  }
  auto* end = new QShortcut(QKeySequence(Qt::Key_Escape), this);
  end->setContext(Qt::WidgetWithChildrenShortcut);
  connect(end, &QShortcut::activated, this, &LookPage::stop);
}

bool LookPage::compares() const { return subject_->beside() != Beside::kNothing; }

void LookPage::visit(const Route& route) {
  lab().checkpoints.refresh();
  QString reference = route.argument;
  if (reference.isEmpty() && route.job > 0) reference = QString::number(route.job);
  if (!reference.isEmpty()) {
    subject_->setReference(reference);
    begun_ = false;
  }
  begin();
  showAnswer();
}

// It looks by itself once, as soon as there is a model.
bool LookPage::begins() const {
  return !begun_ && isVisible() && !subject_->reference().isEmpty() && !subject_->text().isEmpty();
}

void LookPage::begin() {
  const bool known = lab().checkpoints.loaded() || !lab().checkpoints.status().ok();
  if (begins() && known) look();
}

void LookPage::look() {
  const QString reference = subject_->reference();
  if (reference.isEmpty()) {
    subject_->focusReference();
    return Q_EMIT said(tr("Choose a model first"));
  }
  if (subject_->text().isEmpty()) {
    subject_->focusText();
    return Q_EMIT said(tr("Write a text first"));
  }
  begun_ = true;
  lookAt(reference, isNewest(lab(), reference));
  lookBesideIt();
}

void LookPage::lookBesideIt() {
  QString reference;
  if (subject_->beside() == Beside::kOtherModel) reference = subject_->otherReference();
  if (subject_->beside() == Beside::kStepBefore) reference = steps_->before();
  lookBeside(reference, isNewest(lab(), reference));
}

void LookPage::stop() {
  steps_->setPlaying(false);
  stopLooking();
  showAnswer();
}

bool LookPage::settled() const {
  return failed() || (lab().checkpoints.loaded() && !begins() && !busy());
}

bool LookPage::failed() const { return faces_->face() == Faces::Face::kError; }

void LookPage::showNothingYet() {
  const CheckpointStore& known = lab().checkpoints;
  if (!known.loaded() && !known.status().ok()) {
    return faces_->showError(tr("The checkpoints could not be listed"), known.status(),
                             [this] { lab().jobs.refresh(); });
  }
  if (!known.loaded()) return faces_->showLoading();
  if (known.all().empty() && subject_->reference().isEmpty()) {
    return faces_->showEmpty(tr("No job has a checkpoint yet. Start a run, or type the path of a "
                                "model's folder above."),
                             tr("New run"), [this] { Q_EMIT go({QStringLiteral("pretrain")}); });
  }
  faces_->showEmpty(tr("Choose a model, write a text and press Look (Ctrl+Return)."));
}

void LookPage::showBusy() {
  steps_->setBusy(busy());
  look_->setText(busy() ? tr("Stop") : tr("Look"));
}

void LookPage::hideEvent(QHideEvent* event) {
  Page::hideEvent(event);
  if (event->spontaneous()) return;
  steps_->setPlaying(false);
  // What was not finished begins anew when the page is seen again.
  if (busy()) {
    stopLooking();
    begun_ = false;
  }
  // The models' memory is wanted elsewhere.
  release();
}

void LookPage::showEvent(QShowEvent* event) {
  Page::showEvent(event);
  if (!event->spontaneous()) begin();
}

}  // namespace lab::gui
