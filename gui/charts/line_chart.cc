#include "gui/charts/line_chart.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QMenu>
#include <QMessageBox>
#include <QPainter>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/file.h"
#include "gui/charts/legend.h"
#include "gui/charts/picture.h"
#include "gui/charts/plot_view.h"
#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr std::array<double, 11> kSmoothings = {0,    0.5,  0.7,   0.8,   0.9,  0.95,
                                                0.98, 0.99, 0.995, 0.998, 0.999};
constexpr int kSliderWidth = 72;

int nearestSmoothing(double smoothness) {
  int nearest = 0;
  for (int i = 1; i < static_cast<int>(kSmoothings.size()); ++i) {
    if (std::abs(kSmoothings[i] - smoothness) < std::abs(kSmoothings[nearest] - smoothness)) {
      nearest = i;
    }
  }
  return nearest;
}

}  // namespace

LineChart::LineChart(const QString& title, QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kSmall);
  auto* top = new QHBoxLayout;
  top->setSpacing(space::kPadding);
  title_ = makeLabel({}, "card-title", this);
  top->addWidget(title_);
  legend_ = new Legend(this);
  top->addWidget(legend_, 1);
  head_ = new QHBoxLayout;
  head_->setSpacing(space::kSmall);
  top->addLayout(head_);
  column->addLayout(top);
  plot_ = new PlotView(this);
  column->addWidget(plot_, 1);
  setFocusProxy(plot_);
  connect(plot_, &PlotView::crosshairMoved, this, &LineChart::crosshairMoved);
  connect(plot_, &PlotView::xRangeChosen, this, &LineChart::xRangeChosen);
  connect(plot_, &PlotView::pointedAt, this, &LineChart::setHighlight);
  connect(legend_, &Legend::pointedAt, this, &LineChart::setHighlight);
  makeControls();
  top->addWidget(bar_);
  setTitle(title);
}

LineChart::~LineChart() = default;

void LineChart::makeControls() {
  bar_ = new QWidget(this);
  auto* row = new QHBoxLayout(bar_);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kTiny);
  for (XAxis axis : {XAxis::kStep, XAxis::kTokens, XAxis::kTime}) {
    auto* button = makeButton(wordOf(axis), "segment", bar_);
    button->setCheckable(true);
    button->setToolTip(tr("%1 along the bottom").arg(wordOf(axis)));
    connect(button, &QPushButton::clicked, this, [this, axis] { setXAxis(axis); });
    x_buttons_.push_back(button);
    row->addWidget(button);
  }
  row->addSpacing(space::kTiny);
  smoothing_label_ = makeLabel({}, "caption", bar_);
  // As wide as its longest text, so that nothing moves.
  smoothing_label_->setText(tr("smooth %1").arg(QStringLiteral("0.999")));
  smoothing_label_->setMinimumWidth(smoothing_label_->sizeHint().width());
  smoothing_label_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  smoothing_slider_ = new QSlider(Qt::Horizontal, bar_);
  smoothing_slider_->setRange(0, static_cast<int>(kSmoothings.size()) - 1);
  smoothing_slider_->setFixedWidth(kSliderWidth);
  smoothing_slider_->setAccessibleName(tr("Smoothing"));
  smoothing_slider_->setToolTip(
      tr("Weight of the past in the moving average; the points stay as a pale line"));
  connect(smoothing_slider_, &QSlider::valueChanged, this,
          [this](int place) { setSmoothing(kSmoothings[place]); });
  row->addWidget(smoothing_label_);
  row->addWidget(smoothing_slider_);
  log_button_ = makeButton(tr("log y"), "segment", bar_);
  log_button_->setCheckable(true);
  connect(log_button_, &QPushButton::clicked, this, &LineChart::setLogY);
  row->addWidget(log_button_);
  clip_button_ = makeButton(tr("clip"), "segment", bar_);
  clip_button_->setCheckable(true);
  clip_button_->setToolTip(
      tr("Leaves the highest and lowest hundredth of the points out of the range"));
  connect(clip_button_, &QPushButton::clicked, this, &LineChart::setClip);
  row->addWidget(clip_button_);
  export_button_ = makeButton(tr("export"), "link", bar_);
  connect(export_button_, &QPushButton::clicked, this, &LineChart::askForExport);
  row->addWidget(export_button_);
  showControls();
}

void LineChart::setControls(unsigned controls) {
  controls_ = controls;
  showControls();
}

void LineChart::showControls() {
  bar_->setVisible(controls_ != kNoControls);
  for (size_t i = 0; i < x_buttons_.size(); ++i) {
    x_buttons_[i]->setVisible(controls_ & kXAxis);
    x_buttons_[i]->setChecked(static_cast<size_t>(x_axis_) == i);
  }
  smoothing_label_->setVisible(controls_ & kSmoothing);
  smoothing_slider_->setVisible(controls_ & kSmoothing);
  const QSignalBlocker quiet(smoothing_slider_);
  smoothing_slider_->setValue(nearestSmoothing(smoothing_));
  smoothing_label_->setText(smoothing_ > 0 ? tr("smooth %1").arg(QString::number(smoothing_))
                                           : tr("not smoothed"));
  log_button_->setVisible(controls_ & kLogY);
  log_button_->setChecked(plot_->scene().log_y);
  clip_button_->setVisible(controls_ & kClip);
  clip_button_->setChecked(plot_->scene().clip);
  export_button_->setVisible(controls_ & kExport);
}

void LineChart::setTitle(const QString& title) {
  title_->setText(title);
  title_->setVisible(!title.isEmpty());
  plot_->setAccessibleName(tr("Chart: %1").arg(title));
}

void LineChart::setY(const QString& name, const QString& unit) {
  if (plot_->scene().y_name == name && plot_->scene().y_unit == unit) return;
  plot_->edit().y_name = name;
  plot_->edit().y_unit = unit;
  plot_->sceneChanged();
}

CurveId LineChart::addCurve(const CurveStyle& style) {
  PlotCurve curve{.id = ++last_id_, .style = style};
  curve.data.setXAxis(x_axis_);
  curve.data.setSmoothness(style.smooth ? smoothing_ : 0);
  plot_->edit().curves.push_back(std::move(curve));
  curvesChanged();
  return last_id_;
}

void LineChart::setStyle(CurveId id, const CurveStyle& style) {
  PlotCurve* curve = plot_->edit().find(id);
  if (curve == nullptr) return;
  curve->style = style;
  curve->data.setSmoothness(style.smooth ? smoothing_ : 0);
  curvesChanged();
}

void LineChart::removeCurve(CurveId id) {
  std::erase_if(plot_->edit().curves, [id](const PlotCurve& curve) { return curve.id == id; });
  if (plot_->scene().highlight == id) plot_->edit().highlight.reset();
  curvesChanged();
}

void LineChart::clearCurves() {
  plot_->edit().curves.clear();
  plot_->edit().highlight.reset();
  curvesChanged();
}

// Many may come at once: the legend is made when all are there.
void LineChart::curvesChanged() {
  plot_->sceneChanged();
  if (legend_waits_) return;
  legend_waits_ = true;
  QMetaObject::invokeMethod(this, &LineChart::showLegend, Qt::QueuedConnection);
}

void LineChart::showLegend() {
  legend_waits_ = false;
  std::vector<Legend::Entry> entries;
  for (const PlotCurve& curve : plot_->scene().curves) entries.push_back({curve.id, curve.style});
  // A single curve is named by the title.
  if (entries.size() == 1 && entries[0].style.n_text.isEmpty()) entries.clear();
  legend_->setEntries(std::move(entries));
}

void LineChart::setSeries(CurveId id, const Series* series, const Series* tokens) {
  PlotCurve* curve = plot_->edit().find(id);
  if (curve == nullptr) return;
  curve->data.setSeries(series, tokens);
  plot_->sceneChanged();
}

void LineChart::setColumns(CurveId id, std::vector<double> x, std::vector<double> y) {
  PlotCurve* curve = plot_->edit().find(id);
  if (curve == nullptr) return;
  curve->data.setColumns(std::move(x), std::move(y));
  plot_->sceneChanged();
}

void LineChart::setBand(CurveId id, std::vector<double> x, std::vector<double> low,
                        std::vector<double> high) {
  PlotCurve* curve = plot_->edit().find(id);
  if (curve == nullptr) return;
  const size_t count = std::min({x.size(), low.size(), high.size()});
  x.resize(count);
  low.resize(count);
  high.resize(count);
  curve->band = {std::move(x), std::move(low), std::move(high)};
  plot_->sceneChanged();
}

void LineChart::setFloor(std::optional<double> value, const QString& text) {
  if (value && !std::isfinite(*value)) value.reset();
  if (plot_->scene().floor == value && plot_->scene().floor_text == text) return;
  plot_->edit().floor = value;
  plot_->edit().floor_text = text;
  plot_->sceneChanged();
}

void LineChart::setMarks(std::vector<ChartMark> marks) {
  plot_->edit().marks = std::move(marks);
  plot_->sceneChanged();
}

void LineChart::setExpectedEnd(int64_t step) {
  if (plot_->scene().expected_end == step) return;
  plot_->edit().expected_end = step;
  plot_->sceneChanged();
}

void LineChart::setXAxis(XAxis axis) {
  const bool changed = axis != x_axis_;
  x_axis_ = axis;
  showControls();
  if (!changed) return;
  plot_->edit().x_axis = axis;
  plot_->sceneChanged();
  plot_->showAll();
  Q_EMIT xAxisChanged(axis);
}

void LineChart::setSmoothing(double smoothness) {
  smoothness = std::isfinite(smoothness) ? std::clamp(smoothness, 0.0, 0.9999) : 0;
  const bool changed = smoothness != smoothing_;
  smoothing_ = smoothness;
  showControls();
  if (!changed) return;
  for (PlotCurve& curve : plot_->edit().curves) {
    curve.data.setSmoothness(curve.style.smooth ? smoothness : 0);
  }
  plot_->sceneChanged();
  Q_EMIT smoothingChanged(smoothness);
}

void LineChart::setLogY(bool log) {
  const bool changed = log != plot_->scene().log_y;
  plot_->edit().log_y = log;
  showControls();
  if (!changed) return;
  plot_->sceneChanged();
  Q_EMIT logYChanged(log);
}

void LineChart::setClip(bool clip) {
  plot_->edit().clip = clip;
  showControls();
  plot_->sceneChanged();
}

void LineChart::setHighlight(std::optional<CurveId> id) {
  if (plot_->scene().highlight == id) return;
  plot_->edit().highlight = id;
  plot_->highlightChanged();
  Q_EMIT highlightChanged(id);
}

void LineChart::dataChanged() { plot_->dataChanged(); }
void LineChart::showAll() { plot_->showAll(); }
void LineChart::setView(const ChartView& view) { plot_->setView(view); }
ChartView LineChart::view() const { return plot_->view(); }
void LineChart::setCrosshair(std::optional<double> x) { plot_->setCrosshair(x); }

absl::Status LineChart::exportPng(const QString& path) {
  // Title and legend are grabbed from the widgets, the plot is drawn anew with all its pixels.
  showLegend();
  QImage picture = blankPicture(this);
  QPainter painter(&picture);
  for (QWidget* part : {static_cast<QWidget*>(title_), static_cast<QWidget*>(legend_)}) {
    if (part->isVisibleTo(this)) part->render(&painter, part->pos(), {}, QWidget::DrawChildren);
  }
  painter.drawImage(plot_->pos(), plot_->picture(kPictureRatio));
  painter.end();
  return savePicture(picture, path);
}

std::string LineChart::csv() const {
  const ChartView view = plot_->view();
  plot_->edit().refresh();
  return csvOf(plot_->scene(), view.x_low, view.x_high);
}

absl::Status LineChart::exportCsv(const QString& path) {
  return WriteFileAtomically(utf8(path), csv());
}

void LineChart::askForExport() {
  QMenu menu(this);
  const QAction* picture = menu.addAction(tr("Picture (PNG)…"));
  const QAction* points = menu.addAction(tr("Points in sight (CSV)…"));
  const QAction* chosen = menu.exec(export_button_->mapToGlobal(QPoint(0, bar_->height())));
  if (chosen == nullptr) return;
  const bool png = chosen == picture;
  const QString suffix = png ? QStringLiteral("png") : QStringLiteral("csv");
  const QString path = QFileDialog::getSaveFileName(
      this, points == chosen ? tr("Save the points") : tr("Save the picture"),
      (title_->text().isEmpty() ? tr("chart") : title_->text()) + QLatin1Char('.') + suffix,
      QStringLiteral("*.") + suffix);
  if (path.isEmpty()) return;
  const absl::Status status = png ? exportPng(path) : exportCsv(path);
  if (!status.ok()) QMessageBox::warning(this, tr("Not saved"), q(status.message()));
}

}  // namespace lab::gui
