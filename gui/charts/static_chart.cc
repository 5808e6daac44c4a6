#include "gui/charts/static_chart.h"

#include <QCategoryAxis>
#include <QChart>
#include <QChartView>
#include <QEvent>
#include <QLabel>
#include <QVBoxLayout>
#include <cmath>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kMostTicks = 6;

}  // namespace

StaticChart::StaticChart(const QString& title, QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kTiny);
  title_ = makeLabel({}, "card-title", this);
  column->addWidget(title_);
  chart_ = new QChart;
  chart_->legend()->hide();
  chart_->setMargins(QMargins(0, 0, 0, 0));
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

void StaticChart::setAxis(Qt::Orientation orientation, const QString& name, const QString& unit,
                          const Bounds& bounds, bool log) {
  QCategoryAxis* axis = orientation == Qt::Horizontal ? axes_.first : axes_.second;
  for (const QString& label : axis->categoriesLabels()) axis->remove(label);
  axis->setRange(placeOf(bounds.low, log), placeOf(bounds.high, log));
  const std::vector<Tick> ticks = log ? LogTicks(bounds.low, bounds.high, kMostTicks)
                                      : LinearTicks(bounds.low, bounds.high, kMostTicks);
  for (const Tick& tick : ticks) axis->append(tickText(tick), placeOf(tick.at, log));
  axis->setTitleText(
      (unit.isEmpty() ? name : QStringLiteral("%1 (%2)").arg(name, unit)).toHtmlEscaped());
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
}

void StaticChart::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) redraw();
}

absl::Status StaticChart::exportPng(const QString& path) {
  QImage picture(size() * 2, QImage::Format_RGB32);
  picture.setDevicePixelRatio(2);
  picture.fill(tokensOf(this).card);
  render(&picture, {}, {}, QWidget::DrawChildren);
  if (!picture.save(path, "PNG")) {
    return absl::UnavailableError("cannot write the picture " + utf8(path));
  }
  return absl::OkStatus();
}

}  // namespace lab::gui
