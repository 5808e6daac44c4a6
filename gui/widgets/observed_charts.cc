#include "gui/widgets/observed_charts.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kHeight = 220;

double spreadOf(const Series& series) {
  const Extremes::Range range = series.extremes().over(series.values(), 0, series.size());
  return range.empty() ? 0 : range.high - range.low;
}

// "1.0" of "heads/induction/1.0".
QString labelOf(const Series& series) {
  const QString member = q(series.name()).section(QLatin1Char('/'), 2);
  return series.name().starts_with("heads/") ? ObservedCharts::tr("head %1").arg(member) : member;
}

}  // namespace

ObservedCharts::ObservedCharts(QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kGap);
  hide();
}

ObservedCharts::~ObservedCharts() { setRun(nullptr); }

std::string ObservedCharts::statisticOf(const std::string& metric) {
  const size_t group = metric.find('/');
  if (group == std::string::npos) return "";
  const size_t member = metric.find('/', group + 1);
  return member == std::string::npos ? "" : metric.substr(0, member);
}

std::vector<const Series*> ObservedCharts::movedMost(std::vector<const Series*> series,
                                                     size_t most) {
  if (series.size() <= most) return series;
  std::vector<const Series*> by_spread = series;
  std::stable_sort(by_spread.begin(), by_spread.end(),
                   [](const Series* a, const Series* b) { return spreadOf(*a) > spreadOf(*b); });
  by_spread.resize(most);
  std::erase_if(series, [&](const Series* one) {
    return std::find(by_spread.begin(), by_spread.end(), one) == by_spread.end();
  });
  return series;
}

void ObservedCharts::setRun(const Run* run) {
  run_ = run;
  for (auto& [name, one] : statistics_) {
    one.chart->clearCurves();
    delete one.card;
  }
  statistics_.clear();
  hide();
  if (run != nullptr) take();
}

std::vector<LineChart*> ObservedCharts::charts() const {
  std::vector<LineChart*> charts;
  for (const auto& [name, one] : statistics_) charts.push_back(one.chart);
  return charts;
}

ObservedCharts::Statistic& ObservedCharts::statistic(const std::string& name, const Series& first) {
  auto [place, is_new] = statistics_.try_emplace(name);
  Statistic& one = place->second;
  if (!is_new) return one;
  auto* card = new Card({}, this);
  card->setFixedHeight(kHeight);
  one.card = card;
  one.chart = new LineChart(q(name), card);
  one.chart->setY(q(name).section(QLatin1Char('/'), 1), q(first.unit()));
  one.chart->setControls(LineChart::kXAxis | LineChart::kLogY | LineChart::kExport);
  one.note = makeLabel({}, "dim", card);
  one.chart->head()->insertWidget(0, one.note);
  card->body()->addWidget(one.chart);
  // In the order of their names, wherever this one came.
  const auto row = static_cast<int>(std::distance(statistics_.begin(), place));
  static_cast<QVBoxLayout*>(layout())->insertWidget(row, card);
  return one;
}

void ObservedCharts::take() {
  if (run_ == nullptr) return;
  for (auto& [name, one] : statistics_) one.all.clear();
  for (const auto& [metric, series] : run_->all_series()) {
    const std::string name = statisticOf(metric);
    if (!name.empty() && !series.empty()) statistic(name, series).all.push_back(&series);
  }
  for (auto& [name, one] : statistics_) draw(one);
  setVisible(!statistics_.empty());
}

void ObservedCharts::draw(Statistic& one) {
  const auto& colors = tokensOf(this).series;
  std::vector<const Series*> shown = movedMost(one.all, colors.size());
  if (shown != one.shown) {
    one.chart->clearCurves();
    one.curves.clear();
    const Series* tokens = run_->series("train/tokens");
    for (size_t i = 0; i < shown.size(); ++i) {
      CurveStyle style;
      style.label = labelOf(*shown[i]);
      style.color = colors[i];
      style.smooth = false;
      one.curves.push_back(one.chart->addCurve(style));
      one.chart->setSeries(one.curves.back(), shown[i], tokens);
    }
    one.shown = std::move(shown);
  }
  one.note->setText(
      one.all.size() > one.shown.size()
          ? tr("%1 of %2: those that moved most").arg(one.shown.size()).arg(one.all.size())
          : QString());
  one.chart->setExpectedEnd(run_->progress().total_steps());
  one.chart->dataChanged();
}

void ObservedCharts::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange) return;
  for (auto& [name, one] : statistics_) {
    one.shown.clear();
    draw(one);
  }
}

}  // namespace lab::gui
