#include "gui/widgets/compared_chart.h"

#include <QEvent>
#include <cmath>

#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

size_t printOf(const std::vector<double>& values) {
  return qHashBits(values.data(), values.size() * sizeof(double), values.size() + 1);
}

}  // namespace

ComparedChart::ComparedChart(LabSession* session, const Comparison* comparison, ColorBook* colors,
                             QWidget* parent)
    : LineChart({}, parent),
      comparison_(comparison),
      detail_(session, comparison),
      colors_(colors) {
  setControls(kAllControls);
  connect(this, &LineChart::xRangeChosen, this,
          [this](const std::optional<std::pair<double, double>>& range) {
            if (!range) return detail_.look(std::nullopt);
            detail_.look(CurveDetail::Range(std::floor(range->first), std::ceil(range->second)));
          });
  connect(&detail_, &CurveDetail::changed, this, &ComparedChart::take);
}

void ComparedChart::changeEvent(QEvent* event) {
  LineChart::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) take();
}

CurveStyle ComparedChart::styleOf(const Compared& curve, std::vector<int>* drawn) const {
  const Tokens& tokens = tokensOf(this);
  const auto slot = static_cast<size_t>(colors_->placeOf(colorKey(curve)));
  CurveStyle style;
  style.label = q(curve.title);
  style.color = tokens.series[slot];
  // The second of a colour is told apart by its dashes.
  style.dashed = (*drawn)[slot]++ > 0;
  if (curve.members > 0) style.n_text = q(curve.state);
  return style;
}

void ComparedChart::take() {
  const std::vector<Compared>& compared = comparison_->curves();
  while (curves_.size() > compared.size()) {
    removeCurve(curves_.back().id);
    curves_.pop_back();
  }
  setTitle(q(comparison_->metric()));
  setY(q(comparison_->metric()), unitText(comparison_->facts().unit));
  std::vector<int> drawn(tokensOf(this).series.size());
  for (size_t i = 0; i < compared.size(); ++i) {
    const CurveStyle style = styleOf(compared[i], &drawn);
    if (i == curves_.size()) {
      curves_.push_back({addCurve(style), style, 0});
    } else if (!(curves_[i].style == style)) {
      setStyle(curves_[i].id, style);
      curves_[i].style = style;
    }
    draw(compared[i], &curves_[i]);
  }
  showFloor();
}

void ComparedChart::draw(const Compared& curve, Drawn* drawn) {
  const std::optional<CurveColumns> finer = detail_.finerOf(curve);
  const std::vector<double>& x = finer ? finer->x : curve.x;
  const std::vector<double>& y = finer ? finer->y : curve.y;
  const size_t print = printOf(x) ^ (printOf(y) * 3) ^ printOf(curve.standard_error);
  if (print == drawn->print) return;
  drawn->print = print;
  setColumns(drawn->id, x, y);
  std::vector<double> low, high;
  for (size_t k = 0; k < curve.standard_error.size(); ++k) {
    low.push_back(curve.y[k] - curve.standard_error[k]);
    high.push_back(curve.y[k] + curve.standard_error[k]);
  }
  setBand(drawn->id, low.empty() ? std::vector<double>() : curve.x, low, high);
}

void ComparedChart::showFloor() {
  std::optional<double> floor;
  bool one_floor = true;
  for (const Compared& curve : comparison_->curves()) {
    if (!curve.floor) continue;
    one_floor = one_floor && (!floor || *floor == *curve.floor);
    floor = curve.floor;
  }
  // Runs on different texts have different floors: none is drawn for all.
  setFloor(one_floor ? floor : std::nullopt,
           floor ? tr("floor %1, the entropy of the corpus").arg(number(*floor)) : QString());
}

}  // namespace lab::gui
