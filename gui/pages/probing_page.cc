#include "gui/pages/probing_page.h"

#include <QHBoxLayout>
#include <QSettings>
#include <QStackedWidget>

#include "gui/widgets/attribution_view.h"
#include "gui/widgets/cosines_view.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/lens_view.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/pca_view.h"
#include "gui/widgets/residual_view.h"
#include "gui/widgets/run_steps.h"
#include "gui/widgets/subject_card.h"
#include "gui/widgets/training_view.h"

namespace lab::gui {
namespace {

QString viewKey() { return QStringLiteral("probing/view"); }

}  // namespace

ProbingPage::ProbingPage(Lab* lab)
    : LookPage(lab, tr("Probing"), tr("Once there was a little girl. One day the little girl")),
      probe_(&lab->session),
      other_(&lab->session) {
  stack_ = new QStackedWidget(this);
  setViews(stack_);
  addViews();
  addLookButton();
  for (Probe* one : {&probe_, &other_}) {
    connect(one, &Probe::changed, this, &ProbingPage::showAnswer);
  }
  connect(steps(), &RunSteps::changed, this, &ProbingPage::showRun);
  connect(&lab->session, &LabSession::linked, this, [this] {
    for (Probe* one : {&probe_, &other_}) {
      if (one->failed() && absl::IsUnavailable(one->status())) one->retry();
    }
  });
  showRun();
  showView(QSettings().value(viewKey()).toString());
}

void ProbingPage::addViews() {
  addView(QStringLiteral("residual"), tr("Residual stream"), new ResidualView(stack_));
  auto* lens = new LensView(stack_);
  addView(QStringLiteral("lens"), tr("Lens"), lens);
  attribution_ = new AttributionView(stack_);
  addView(QStringLiteral("attribution"), tr("Attribution"), attribution_);
  addView(QStringLiteral("cosines"), tr("Cosines"), new CosinesView(stack_));
  addView(QStringLiteral("pca"), tr("PCA"), new PcaView(stack_));
  training_ = new TrainingView(&lab(), stack_);
  addView(QStringLiteral("training"), tr("Over training"), training_);
  connect(lens, &LensView::partsWanted, this, [this](qint64 position) {
    attribution_->setPosition(position, probe_.text());
    showView(QStringLiteral("attribution"));
  });
}

void ProbingPage::addView(const QString& id, const QString& title, ProbeView* widget) {
  stack_->addWidget(widget);
  auto* button = makeButton(title, "segment", this);
  button->setCheckable(true);
  button->setAutoExclusive(true);
  connect(button, &QPushButton::clicked, this, [this, id] { showView(id); });
  connect(widget, &ProbeView::asksAnew, this, &ProbingPage::ask);
  actions()->addWidget(button);
  views_.push_back({id, title, widget, button});
}

ProbeView* ProbingPage::view() const { return static_cast<ProbeView*>(stack_->currentWidget()); }

void ProbingPage::showView(const QString& id) {
  const View* shown = &views_.front();
  for (const View& one : views_) {
    if (one.id == id) shown = &one;
  }
  shown->button->setChecked(true);
  stack_->setCurrentWidget(shown->widget);
  QSettings().setValue(viewKey(), shown->id);
  ask();
}

void ProbingPage::lookAt(const QString& reference, bool fresh) {
  probe_.setSubject(utf8(reference), utf8(subject()->text()), fresh);
  ask();
}

void ProbingPage::lookBeside(const QString& reference, bool fresh) {
  other_.setSubject(utf8(reference), reference.isEmpty() ? "" : utf8(subject()->text()), fresh);
  ask();
}

void ProbingPage::stopLooking() {
  training_->stop();
  for (Probe* one : {&probe_, &other_}) {
    if (one->busy()) one->stop();
  }
}

void ProbingPage::release() {
  training_->stop();
  probe_.release();
  other_.release();
}

bool ProbingPage::busy() const { return probe_.busy() || other_.busy(); }

void ProbingPage::ask() {
  // A page that nobody looks at asks for nothing.
  if (isVisible()) askWhatIsNext(true);
  showAnswer();
}

// What was answered may lead to further questions.
void ProbingPage::askWhatIsNext(bool anew) {
  auto open = [anew](const Probe& one) {
    return !one.reference().empty() && (anew || (!one.busy() && !one.failed() && !one.stopped()));
  };
  if (open(probe_)) probe_.want(view()->questions(probe_));
  if (open(other_)) other_.want(view()->besideQuestions(other_, probe_));
}

ProbeBeside ProbingPage::beside() const {
  const bool there = compares() && !other_.model().session().empty();
  const bool fits = there && comparable(probe_.lookedAt(), other_.lookedAt()).ok();
  return {fits ? &other_ : nullptr, compares(), subject()->both()};
}

void ProbingPage::showAnswer() {
  // Two that belong together are shown together.
  const bool waits = compares() && busy() && view()->filled();
  if (!probe_.reference().empty() && !waits) view()->take(probe_, beside());
  if (isVisible()) askWhatIsNext(false);
  showBusy();
  showFace();
  showFacts();
}

void ProbingPage::showRun() {
  training_->setRun(steps()->all().empty() ? 0 : steps()->job(), steps()->all());
}

void ProbingPage::showFace() {
  if (probe_.reference().empty()) return showNothingYet();
  if (probe_.failed()) {
    return faces()->showError(tr("The model could not be looked into"), probe_.status(),
                              [this] { probe_.retry(); });
  }
  if (view()->filled()) return faces()->showContent();
  if (probe_.stopped()) {
    return faces()->showEmpty(tr("Stopped before there was anything to show."), tr("Go on"),
                              [this] { probe_.retry(); });
  }
  faces()->showLoading();
}

// Why two are not compared; "" if they are, or while one is asked.
QString ProbingPage::besideTrouble() const {
  if (!compares() || busy() || probe_.model().session().empty()) return {};
  if (other_.reference().empty()) {
    return tr("no difference: nothing is before the first checkpoint");
  }
  if (other_.failed()) return tr("no difference: %1").arg(q(other_.status().message()));
  if (other_.model().session().empty()) return {};
  const absl::Status fits = comparable(probe_.lookedAt(), other_.lookedAt());
  return fits.ok() ? QString() : tr("no difference: %1").arg(q(fits.message()));
}

void ProbingPage::showFacts() {
  QStringList facts;
  const v1::OpenResponse& model = probe_.model();
  const Probe& asked = probe_.busy() ? probe_ : other_;
  if (busy()) {
    facts << tr("looking into %1").arg(q(asked.reference()));
    if (asked.plan() != nullptr) {
      facts << tr("%1 of %2").arg(bytes(asked.received()), bytes(asked.plan()->result_bytes()));
    }
  } else if (!model.session().empty()) {
    const QString about = subject()->about();
    facts << (about.isEmpty() ? tr("step %1").arg(grouped(model.step())) : about);
    facts << shapeWords(model);
    facts << (probe_.summary().cached() ? tr("known")
                                        : tr("in %1").arg(duration(probe_.summary().seconds())));
    if (compares() && !other_.reference().empty()) {
      facts << tr("beside %1").arg(q(other_.reference()));
    }
  } else {
    facts << tr("computed exactly from the checkpoint");
  }
  subject()->setTrouble(besideTrouble());
  setFacts(facts.join(QStringLiteral("  ·  ")));
}

void ProbingPage::showEvent(QShowEvent* event) {
  LookPage::showEvent(event);
  if (!event->spontaneous()) ask();
}

}  // namespace lab::gui
