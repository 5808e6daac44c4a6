#include "gui/widgets/metric_card.h"

#include <QHBoxLayout>

#include "gui/style/tokens.h"

namespace lab::gui {

MetricCard::MetricCard(QWidget* parent) : QFrame(parent) {
  setProperty("role", QStringLiteral("card"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(space::kGap, 10, space::kSmall, 10);
  column->setSpacing(2);
  name_ = makeLabel({}, "caption", this);
  column->addWidget(name_);
  auto* row = new QHBoxLayout;
  row->setSpacing(5);
  value_ = makeLabel({}, "value", this);
  row->addWidget(value_, 0, Qt::AlignBaseline);
  unit_ = makeLabel({}, "caption", this);
  unit_->setMinimumWidth(0);
  unit_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  row->addWidget(unit_, 1, Qt::AlignBaseline);
  column->addLayout(row);
  note_ = makeLabel({}, "caption", this);
  note_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  column->addWidget(note_);
}

void MetricCard::show(const Figure& figure) {
  name_->setText(figure.name);
  value_->setText(figure.value);
  unit_->setText(figure.unit);
  note_text_ = figure.note;
  // The style sheet knows the tones of a caption as states.
  const QString state = figure.tone == Tone::kBad       ? QStringLiteral("error")
                        : figure.tone == Tone::kWarning ? QStringLiteral("warning")
                        : figure.tone == Tone::kGood    ? QStringLiteral("good")
                                                        : QString();
  setStyleProperty(note_, "state", state);
  setAccessibleName(
      QStringList{figure.name, figure.value, figure.unit, figure.note}.join(QLatin1Char(' ')));
  fit();
}

void MetricCard::fit() {
  const QMargins margins = layout()->contentsMargins();
  setElided(note_, note_text_, width() - margins.left() - margins.right());
}

void MetricCard::resizeEvent(QResizeEvent* event) {
  QFrame::resizeEvent(event);
  fit();
}

}  // namespace lab::gui
