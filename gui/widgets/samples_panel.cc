#include "gui/widgets/samples_panel.h"

#include <QCheckBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QSlider>
#include <QTextEdit>
#include <algorithm>

#include "gui/models/word_diff.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr size_t kMostListed = 60;  // the scrubber reaches the others

QString textOf(const v1::Sample& sample) {
  return QString::fromUtf8(sample.prompt().data(), static_cast<int>(sample.prompt().size())) +
         QString::fromUtf8(sample.text().data(), static_cast<int>(sample.text().size()));
}

bool same(const v1::Sample& a, const v1::Sample& b) {
  return a.step() == b.step() && a.prompt() == b.prompt() && a.text() == b.text();
}

}  // namespace

SamplesPanel::SamplesPanel(QWidget* parent) : Card(tr("Samples"), parent) {
  settings_ = makeLabel({}, "caption", this);
  head()->addWidget(settings_);
  all_button_ = makeButton(tr("all"), "segment", this);
  one_button_ = makeButton(tr("one"), "segment", this);
  for (QPushButton* button : {all_button_, one_button_}) {
    button->setCheckable(true);
    head()->addWidget(button);
  }
  connect(all_button_, &QPushButton::clicked, this, [this] {
    wanted_.reset();
    showAll(true);
  });
  connect(one_button_, &QPushButton::clicked, this, [this] { showAll(false); });
  text_ = new QTextEdit(this);
  text_->setReadOnly(true);
  text_->setProperty("role", QStringLiteral("bare"));
  text_->setFont(monoFont(type::kRow));
  text_->setAccessibleName(tr("samples"));
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  body()->addWidget(text_, 1);
  scrubbing_ = new QWidget(this);
  auto* column = new QVBoxLayout(scrubbing_);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kTiny);
  auto* row = new QHBoxLayout;
  step_ = makeLabel({}, "strong", scrubbing_);
  row->addWidget(step_);
  row->addStretch(1);
  difference_ = new QCheckBox(tr("difference"), scrubbing_);
  difference_->setToolTip(tr("What is new beside the sample before, and what is gone"));
  connect(difference_, &QCheckBox::toggled, this, &SamplesPanel::draw);
  row->addWidget(difference_);
  column->addLayout(row);
  scrubber_ = new QSlider(Qt::Horizontal, scrubbing_);
  scrubber_->setPageStep(1);
  scrubber_->setAccessibleName(tr("which sample"));
  connect(scrubber_, &QSlider::valueChanged, this, [this] {
    wanted_.reset();
    draw();
  });
  column->addWidget(scrubber_);
  body()->addWidget(scrubbing_);
  showAll(true);
}

void SamplesPanel::clear() {
  wanted_.reset();
  setSamples({});
}

void SamplesPanel::setSamples(const std::vector<v1::Sample>& samples) {
  if (std::equal(samples.begin(), samples.end(), samples_.begin(), samples_.end(), same)) return;
  const bool newest = samples_.empty() || scrubber_->value() == scrubber_->maximum();
  samples_ = samples;
  {
    const QSignalBlocker quiet(scrubber_);
    scrubber_->setRange(0, std::max<int>(0, static_cast<int>(samples_.size()) - 1));
    if (newest) scrubber_->setValue(scrubber_->maximum());
  }
  settings_->setText(samples_.empty() ? QString()
                                      : tr("T %1").arg(samples_.back().temperature(), 0, 'g', 3));
  if (wanted_) goToStep();
  draw();
}

void SamplesPanel::showStep(int64_t step) {
  wanted_ = step;
  goToStep();
  showAll(false);
}

void SamplesPanel::goToStep() {
  if (samples_.empty()) return;
  // Of several texts of one step the first.
  const auto later =
      std::upper_bound(samples_.begin(), samples_.end(), *wanted_,
                       [](int64_t step, const v1::Sample& one) { return step < one.step(); });
  const int64_t step = later == samples_.begin() ? later->step() : std::prev(later)->step();
  const auto first =
      std::lower_bound(samples_.begin(), samples_.end(), step,
                       [](const v1::Sample& one, int64_t step) { return one.step() < step; });
  const QSignalBlocker quiet(scrubber_);
  scrubber_->setValue(static_cast<int>(first - samples_.begin()));
}

// Which step it is, and why it is another one than the one that was asked for.
void SamplesPanel::showPlace() {
  const int64_t step = samples_[static_cast<size_t>(scrubber_->value())].step();
  QString words = tr("step %1").arg(grouped(step));
  if (wanted_ && step < *wanted_) words += tr(", the last before %1").arg(grouped(*wanted_));
  if (wanted_ && step > *wanted_) words += tr(", the first there is");
  step_->setText(words);
}

QString SamplesPanel::shownText() const { return text_->toPlainText(); }

void SamplesPanel::changeEvent(QEvent* event) {
  Card::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) draw();
}

void SamplesPanel::showAll(bool all) {
  all_ = all;
  all_button_->setChecked(all);
  one_button_->setChecked(!all);
  scrubbing_->setVisible(!all);
  draw();
}

void SamplesPanel::setEnded(bool ended) {
  if (ended == ended_) return;
  ended_ = ended;
  if (samples_.empty()) draw();
}

void SamplesPanel::draw() {
  const int place = text_->verticalScrollBar()->value();
  text_->clear();
  if (samples_.empty()) {
    text_->setPlainText(ended_ ? tr("This run wrote no sample.")
                               : tr("The first sample is yet to come."));
  } else if (all_) {
    drawAll();
  } else {
    drawOne();
  }
  // The cursor was pushed on by what was written, and the view follows it.
  text_->moveCursor(QTextCursor::Start);
  text_->verticalScrollBar()->setValue(place);
}

void SamplesPanel::drawAll() {
  QTextCursor cursor(text_->document());
  cursor.beginEditBlock();
  const size_t count = std::min(kMostListed, samples_.size());
  for (size_t i = 0; i < count; ++i) {
    const v1::Sample& sample = samples_[samples_.size() - 1 - i];
    QTextCharFormat heading;
    heading.setForeground(tokensOf(this).dim);
    heading.setFontWeight(QFont::DemiBold);
    if (i > 0) cursor.insertText(QStringLiteral("\n\n"));
    cursor.insertText(tr("step %1\n").arg(grouped(sample.step())), heading);
    write(&cursor, sample, nullptr);
  }
  if (count < samples_.size()) {
    cursor.insertText(tr("\n\nand %1 earlier ones").arg(samples_.size() - count),
                      QTextCharFormat());
  }
  cursor.endEditBlock();
}

void SamplesPanel::drawOne() {
  const size_t index =
      std::min<size_t>(static_cast<size_t>(scrubber_->value()), samples_.size() - 1);
  showPlace();
  const bool compares = difference_->isChecked() && index > 0;
  QTextCursor cursor(text_->document());
  cursor.beginEditBlock();
  write(&cursor, samples_[index], compares ? &samples_[index - 1] : nullptr);
  cursor.endEditBlock();
}

void SamplesPanel::write(QTextCursor* cursor, const v1::Sample& sample, const v1::Sample* before) {
  const Tokens& tokens = tokensOf(this);
  QTextCharFormat plain, added, removed;
  plain.setForeground(tokens.text);
  added.setForeground(tokens.accent);
  added.setBackground(tokens.accent_ground);
  removed.setForeground(tokens.dim);
  removed.setFontStrikeOut(true);
  if (before == nullptr) {
    cursor->insertText(textOf(sample), plain);
    return;
  }
  for (const WordRun& run : diffWords(textOf(*before), textOf(sample))) {
    cursor->insertText(run.text, run.kind == WordRun::Kind::kAdded     ? added
                                 : run.kind == WordRun::Kind::kRemoved ? removed
                                                                       : plain);
  }
}

}  // namespace lab::gui
