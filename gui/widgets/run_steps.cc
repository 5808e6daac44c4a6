#include "gui/widgets/run_steps.h"

#include <QHBoxLayout>
#include <algorithm>
#include <vector>

#include "gui/models/checkpoint_steps.h"
#include "gui/models/lab.h"
#include "gui/style/tokens.h"
#include "gui/widgets/step_bar.h"

namespace lab::gui {
namespace {

QString referenceOf(int64_t job, int64_t step) {
  return QStringLiteral("%1@%2").arg(job).arg(step);
}

}  // namespace

RunSteps::RunSteps(Lab* lab, QWidget* parent) : Card({}, parent), lab_(lab) {
  auto* row = new QHBoxLayout;
  row->setSpacing(space::kGap);
  title_ = makeLabel(tr("Through training"), "strong", this);
  row->addWidget(title_);
  bar_ = new StepBar(this);
  connect(bar_, &StepBar::stepChosen, this,
          [this](qint64 step) { Q_EMIT chosen(referenceOf(job(), step)); });
  row->addWidget(bar_, 1);
  row->addStretch();
  auto* samples = makeButton(tr("Samples of this step"), "link", this);
  samples->setToolTip(tr("What the run wrote then"));
  connect(samples, &QPushButton::clicked, this, [this] { Q_EMIT samplesWanted(job(), step()); });
  row->addWidget(samples);
  body()->addLayout(row);
  hide();
  connect(&lab->checkpoints, &CheckpointStore::changed, this, &RunSteps::fill);
}

void RunSteps::setReference(const QString& reference) {
  reference_ = reference;
  fill();
}

void RunSteps::fill() {
  const std::vector<int64_t> steps = stepsOf(lab_->checkpoints, job());
  bar_->setSteps(logSpaced(steps, kMostFollowed));
  bar_->setStep(step());
  title_->setVisible(bar_->steps().size() > 1);
  setVisible(!bar_->steps().empty());
  Q_EMIT changed();
}

int64_t RunSteps::job() const { return reference_.section(QLatin1Char('@'), 0, 0).toLongLong(); }

const std::vector<int64_t>& RunSteps::all() const { return bar_->steps(); }

int64_t RunSteps::step() const {
  const KnownCheckpoint* known = lab_->checkpoints.find(utf8(reference_));
  return known == nullptr ? 0 : known->checkpoint.step();
}

QString RunSteps::before() const {
  const std::vector<int64_t>& steps = bar_->steps();
  const auto at = std::lower_bound(steps.begin(), steps.end(), step());
  return at == steps.begin() ? QString() : referenceOf(job(), *std::prev(at));
}

void RunSteps::setBusy(bool busy) { bar_->setBusy(busy); }
void RunSteps::setPlaying(bool playing) { bar_->setPlaying(playing); }

}  // namespace lab::gui
