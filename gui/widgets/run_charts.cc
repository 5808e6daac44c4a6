#include "gui/widgets/run_charts.h"

#include <QEvent>
#include <QHBoxLayout>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr double kSmoothing = 0.9;
constexpr size_t kMostSavedMarks = 1;  // more would push out the words of other marks
constexpr int kSmallHeight = 160;

}  // namespace

RunCharts::RunCharts(QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kGap);
  auto* large = new Card({}, this);
  loss_ = new LineChart(tr("Loss"), large);
  loss_->setY(tr("loss"), tr("nats/token"));
  loss_->setControls(LineChart::kAllControls);
  loss_->setSmoothing(kSmoothing);
  charts_.push_back(loss_);
  large->body()->addWidget(loss_);
  column->addWidget(large, 1);
  addCurve(loss_, "train/loss", tr("train"), 0, true);
  addCurve(loss_, "val/loss", tr("validation"), 1, false);

  auto* row = new QHBoxLayout;
  row->setSpacing(space::kGap);
  const auto add = [&](const QString& title, const QString& y, const QString& unit) {
    auto* card = new Card({}, this);
    card->setFixedHeight(kSmallHeight);
    auto* chart = addSmall(title, y, unit);
    card->body()->addWidget(chart);
    row->addWidget(card, 1);
    return chart;
  };
  addCurve(add(tr("Gradient norm"), tr("norm"), {}), "train/grad_norm", tr("norm"), 0, true);
  addCurve(add(tr("Learning rate"), tr("rate"), {}), "train/learning_rate", tr("rate"), 0, false);
  LineChart* time = add(tr("Step time"), tr("time"), tr("s"));
  addCurve(time, "train/step_seconds", tr("step"), 0, true);
  addCurve(time, "train/data_seconds", tr("its data"), 1, true);
  column->addLayout(row);
  // The small ones follow the large one's axis.
  connect(loss_, &LineChart::xAxisChanged, this, [this](XAxis axis) {
    for (LineChart* chart : charts_) {
      if (chart != loss_) chart->setXAxis(axis);
    }
  });
  for (LineChart* from : charts_) {
    connect(from, &LineChart::crosshairMoved, this, [this, from](std::optional<double> x) {
      for (LineChart* chart : charts_) {
        if (chart != from) chart->setCrosshair(x);
      }
    });
  }
  colour();
}

RunCharts::~RunCharts() { setRun(nullptr); }

LineChart* RunCharts::addSmall(const QString& title, const QString& y, const QString& unit) {
  auto* chart = new LineChart(title, this);
  chart->setY(y, unit);
  chart->setSmoothing(kSmoothing);
  charts_.push_back(chart);
  return chart;
}

void RunCharts::addCurve(LineChart* chart, const char* metric, const QString& label, size_t color,
                         bool smooth) {
  CurveStyle style;
  style.label = label;
  style.smooth = smooth;
  style.color = tokensOf(this).series[color];
  styles_.push_back(style);
  curves_.push_back({chart, chart->addCurve(style), metric, color});
}

void RunCharts::setRun(const Run* run) {
  run_ = run;
  for (Curve& curve : curves_) {
    curve.chart->setSeries(curve.id, nullptr);
    curve.series = curve.tokens = nullptr;
  }
  for (LineChart* chart : charts_) {
    chart->setMarks({});
    chart->setExpectedEnd(0);
    chart->showAll();
  }
  loss_->setFloor(std::nullopt);
  if (run != nullptr) take(~0U);
}

void RunCharts::take(unsigned parts) {
  if (run_ == nullptr) return;
  if ((parts & Run::kProgress) != 0) {
    for (LineChart* chart : charts_) chart->setExpectedEnd(run_->progress().total_steps());
  }
  if ((parts & (Run::kMarks | Run::kCheckpoints)) != 0) showMarks();
  if ((parts & Run::kMetrics) == 0) return;
  bind();
  showFloor();
  for (LineChart* chart : charts_) chart->dataChanged();
}

void RunCharts::bind() {
  // A series comes to be with its first point, and then stays.
  const Series* tokens = run_->series("train/tokens");
  for (Curve& curve : curves_) {
    const Series* series = run_->series(curve.metric);
    if (series == curve.series && tokens == curve.tokens) continue;
    curve.series = series;
    curve.tokens = tokens;
    curve.chart->setSeries(curve.id, series, tokens);
  }
}

void RunCharts::showFloor() {
  const Series* floor = run_->series("floor/loss");
  if (floor == nullptr || floor->empty()) {
    loss_->setFloor(std::nullopt);
    return;
  }
  const double value = floor->values().back();
  loss_->setFloor(value, tr("floor %1, the entropy of the corpus").arg(number(value)));
}

void RunCharts::showMarks() {
  std::vector<ChartMark> marks;
  size_t saved = 0;
  for (auto it = run_->checkpoints().rbegin(); it != run_->checkpoints().rend(); ++it) {
    // Those from which the run can go on; what is kept for later looks would hide the curve.
    if (it->kind() != "full" || ++saved > kMostSavedMarks) continue;
    marks.push_back({it->step(), tr("saved"), Tone::kPlain});
  }
  for (const v1::Mark& mark : run_->marks()) {
    const bool plain = mark.kind() == "note";
    marks.push_back({mark.step(), q(mark.text().empty() ? mark.kind() : mark.text()),
                     plain ? Tone::kPlain : Tone::kWarning});
  }
  loss_->setMarks(std::move(marks));
}

void RunCharts::colour() {
  for (size_t i = 0; i < curves_.size(); ++i) {
    styles_[i].color = tokensOf(this).series[curves_[i].color];
    curves_[i].chart->setStyle(curves_[i].id, styles_[i]);
  }
}

void RunCharts::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) colour();
}

}  // namespace lab::gui
