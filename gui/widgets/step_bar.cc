#include "gui/widgets/step_bar.h"

#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QSlider>
#include <algorithm>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kSettleMs = 120;
constexpr int kBeatMs = 600;
constexpr int kWordsWidth = 190;

}  // namespace

StepBar::StepBar(QWidget* parent) : QWidget(parent) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kSmall);
  play_ = makeButton(tr("Play"), "", this);
  play_->setToolTip(tr("From checkpoint to checkpoint."));
  connect(play_, &QPushButton::clicked, this, [this] { setPlaying(!playing_); });
  slider_ = new QSlider(Qt::Horizontal, this);
  slider_->setAccessibleName(tr("checkpoint"));
  slider_->setPageStep(1);
  slider_->setMinimumHeight(space::kControl);
  words_ = makeLabel({}, "dim", this);
  words_->setFixedWidth(kWordsWidth);
  row->addWidget(play_);
  row->addWidget(slider_, 1);
  row->addWidget(words_);
  settle_.setSingleShot(true);
  settle_.setInterval(kSettleMs);
  connect(&settle_, &QTimer::timeout, this, &StepBar::moved);
  beat_.setInterval(kBeatMs);
  connect(&beat_, &QTimer::timeout, this, &StepBar::advance);
  connect(slider_, &QSlider::valueChanged, this, [this] {
    showWords();
    settle_.start();
  });
  hide();
}

void StepBar::setSteps(std::vector<int64_t> steps) {
  if (steps == steps_) return;
  setPlaying(false);
  const int64_t before = steps_.empty() ? 0 : steps_[static_cast<size_t>(slider_->value())];
  steps_ = std::move(steps);
  setVisible(steps_.size() > 1);
  const QSignalBlocker quiet(slider_);
  slider_->setRange(0, std::max<int>(0, static_cast<int>(steps_.size()) - 1));
  setStep(before);
}

void StepBar::setStep(int64_t step) {
  if (steps_.empty() || settle_.isActive()) return;
  const auto nearest = std::min_element(steps_.begin(), steps_.end(), [step](int64_t a, int64_t b) {
    return std::abs(a - step) < std::abs(b - step);
  });
  const QSignalBlocker quiet(slider_);
  slider_->setValue(static_cast<int>(nearest - steps_.begin()));
  showWords();
}

void StepBar::setBusy(bool busy) { busy_ = busy; }

void StepBar::setPlaying(bool playing) {
  if (playing == playing_) return;
  playing_ = playing && steps_.size() > 1;
  play_->setText(playing_ ? tr("Pause") : tr("Play"));
  if (!playing_) return beat_.stop();
  beat_.start();
  // From the end it begins anew.
  if (slider_->value() == slider_->maximum()) slider_->setValue(0);
}

void StepBar::moved() {
  if (!steps_.empty()) Q_EMIT stepChosen(steps_[static_cast<size_t>(slider_->value())]);
}

void StepBar::advance() {
  if (busy_ || settle_.isActive()) return;
  if (slider_->value() == slider_->maximum()) return setPlaying(false);
  slider_->setValue(slider_->value() + 1);
}

void StepBar::showWords() {
  if (steps_.empty()) return words_->clear();
  const auto place = static_cast<size_t>(slider_->value());
  words_->setText(
      tr("step %1  ·  %2 of %3").arg(grouped(steps_[place])).arg(place + 1).arg(steps_.size()));
}

}  // namespace lab::gui
