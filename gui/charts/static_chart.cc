#include "gui/charts/static_chart.h"

#include <QCategoryAxis>
#include <QChart>
#include <QChartView>
#include <QEvent>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "gui/charts/picture.h"
#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kMostTicks = 6;
constexpr double kBesideWords = 0.5;  // room beside the outermost words
constexpr int kLettersInAll = 110, kShortestWord = 6;

}  // namespace

StaticChart::StaticChart(const QString& title, QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kTiny);
  title_ = makeLabel({}, "card-title", this);
  column->addWidget(title_);
  chart_ = new QChart;
  chart_->legend()->hide();
  chart_->setMargins(QMargins(0, type::kCaption / 2, 0, 0));  // half of the topmost number
  chart_->setBackgroundRoundness(0);
  chart_->layout()->setContentsMargins(0, 0, 0, 0);
  view_ = new QChartView(chart_, this);
  view_->setRenderHint(QPainter::Antialiasing);
  view_->setFrameShape(QFrame::NoFrame);
  column->addWidget(view_, 1);
  note_ = makeLabel({}, "warning", this);
  note_->hide();
  column->addWidget(note_);
  for (auto [axis, side] :
       {std::pair{&axes_.first, Qt::AlignBottom}, std::pair{&axes_.second, Qt::AlignLeft}}) {
    *axis = new QCategoryAxis(chart_);
    (*axis)->setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
    (*axis)->setTruncateLabels(false);
    chart_->addAxis(*axis, side);
  }
  axes_.first->setGridLineVisible(false);
  axes_.second->setLineVisible(false);
  setTitle(title);
}

void StaticChart::setTitle(const QString& title) {
  title_->setText(title);
  title_->setVisible(!title.isEmpty());
  setAccessibleName(tr("Chart: %1").arg(title));
}

void StaticChart::setNote(const QString& note) {
  note_->setText(note);
  note_->setVisible(!note.isEmpty());
}

double StaticChart::placeOf(double value, bool log) { return log ? std::log10(value) : value; }

// The axis without labels, in the theme's colours.
QCategoryAxis* StaticChart::begin(Qt::Orientation orientation, const QString& name) {
  QCategoryAxis* axis = orientation == Qt::Horizontal ? axes_.first : axes_.second;
  for (const QString& label : axis->categoriesLabels()) axis->remove(label);
  axis->setTitleText(name.toHtmlEscaped());
  const Tokens& tokens = tokensOf(this);
  QFont small = font();
  small.setPixelSize(type::kCaption);
  axis->setLabelsFont(small);
  axis->setTitleFont(small);
  axis->setLabelsBrush(tokens.dim);
  axis->setTitleBrush(tokens.dim);
  axis->setGridLinePen(QPen(tokens.grid, 1));
  axis->setLinePen(QPen(tokens.line, 1));
  chart_->setBackgroundBrush(tokens.card);
  view_->setBackgroundBrush(tokens.card);
  return axis;
}

void StaticChart::setAxis(Qt::Orientation orientation, const QString& name, const QString& unit,
                          const Bounds& bounds, bool log) {
  QCategoryAxis* axis =
      begin(orientation, unit.isEmpty() ? name : QStringLiteral("%1 (%2)").arg(name, unit));
  axis->setRange(placeOf(bounds.low, log), placeOf(bounds.high, log));
  const std::vector<Tick> ticks = log ? LogTicks(bounds.low, bounds.high, kMostTicks)
                                      : LinearTicks(bounds.low, bounds.high, kMostTicks);
  for (const Tick& tick : ticks) axis->append(tickText(tick), placeOf(tick.at, log));
}

void StaticChart::setWords(Qt::Orientation orientation, const QString& name,
                           const QStringList& words) {
  QCategoryAxis* axis = begin(orientation, name);
  axis->setRange(-kBesideWords, static_cast<double>(words.size()) - 1 + kBesideWords);
  const int most = std::max<int>(kShortestWord, kLettersInAll / std::max<int>(words.size(), 1));
  QStringList labels;
  for (const QString& word : words) {
    QString label = word.size() > most ? word.left(most - 1) + QChar(0x2026) : word;
    // Qt tells labels apart by their text.
    while (labels.contains(label)) label += QChar(0x200A);
    axis->append(label, static_cast<double>(labels.size()));
    labels << label;
  }
}

void StaticChart::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) redraw();
}

absl::Status StaticChart::exportPng(const QString& path) { return savePicture(this, path); }

}  // namespace lab::gui
