#include "cli/output/chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "cli/output/terminal.h"
#include "proto/client/ticks.h"

namespace lab::cli {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kDrawable = 1e150;  // differences of such values are finite
constexpr int kMarkColumns = 18;     // between two marks of one curve

struct Range {
  double low = kInfinity, high = -kInfinity;
  void Take(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
  double span() const { return high - low; }
};

class Chart {
 public:
  Chart(const std::vector<ChartCurve>& curves, const ChartOptions& options)
      : curves_(curves), options_(options) {
    for (const ChartCurve& curve : curves_) {
      for (size_t i = 0; i < curve.x.size(); ++i) TakePoint(curve, i);
    }
    // A floor far below would press the curves together; the legend names it in any case.
    for (double floor : options_.floors) {
      if (!IsDrawn(floor) || x_.empty()) continue;
      Range with = y_;
      with.Take(Scaled(floor));
      if (with.span() <= 2 * y_.span() || y_.span() == 0) y_ = with;
    }
    if (y_.span() == 0) {
      const double half = std::max(std::abs(y_.low) * 0.05, 1e-12);
      y_ = {y_.low - half, y_.high + half};
    }
  }

  std::string Draw() {
    if (x_.empty()) return "";
    const int rows = std::max(4, options_.height);
    LabelRows(rows);
    const int columns = std::max(10, options_.width - label_width_ - 2);
    Canvas canvas(columns, rows, options_.unicode);
    DrawFloors(canvas);
    for (const ChartCurve& curve : curves_) DrawBand(canvas, curve);
    for (const ChartCurve& curve : curves_) DrawLine(canvas, curve);
    for (size_t i = 0; i < curves_.size(); ++i) PutMarks(canvas, i);
    std::string text;
    for (int row = 0; row < rows; ++row) {
      const std::string& label = labels_[static_cast<size_t>(row)];
      const char* axis =
          options_.unicode ? (label.empty() ? "│" : "┤") : (label.empty() ? "|" : "+");
      text += std::string(static_cast<size_t>(label_width_ - DisplayWidth(label)), ' ') + label +
              " " + axis + canvas.Row(row, options_.color) + "\n";
    }
    return text + XAxis(columns);
  }

 private:
  bool IsDrawn(double y) const { return std::abs(y) < kDrawable && (!options_.log_y || y > 0); }
  double Scaled(double y) const { return options_.log_y ? std::log10(y) : y; }

  void TakePoint(const ChartCurve& curve, size_t i) {
    if (!IsDrawn(curve.y[i])) return;
    x_.Take(curve.x[i]);
    y_.Take(Scaled(curve.y[i]));
    if (curve.low.empty()) return;
    if (IsDrawn(curve.low[i])) y_.Take(Scaled(curve.low[i]));
    if (IsDrawn(curve.high[i])) y_.Take(Scaled(curve.high[i]));
  }

  int DotX(const Canvas& canvas, double x) const {
    if (x_.span() == 0) return canvas.dots_wide() / 2;
    return static_cast<int>(std::lround((x - x_.low) / x_.span() * (canvas.dots_wide() - 1)));
  }
  // Within ±1 million dots, also for what lies outside.
  int DotOfScaled(int dots, double scaled) const {
    const double share = (y_.high - scaled) / y_.span();
    return static_cast<int>(std::lround(std::clamp(share, -1e3, 1e3) * (dots - 1)));
  }
  int DotY(const Canvas& canvas, double y) const {
    return DotOfScaled(canvas.dots_high(), Scaled(y));
  }

  void LabelRows(int rows) {
    labels_.assign(static_cast<size_t>(rows), "");
    const int most = std::max(4, rows / 3);
    const std::vector<Tick> ticks =
        options_.log_y ? LogTicks(std::pow(10, y_.low), std::pow(10, y_.high), most)
                       : LinearTicks(y_.low, y_.high, most);
    for (const Tick& tick : ticks) {
      const int row = DotOfScaled(rows, Scaled(tick.at));
      if (row < 0 || row >= rows || !labels_[static_cast<size_t>(row)].empty()) continue;
      labels_[static_cast<size_t>(row)] = tick.label;
      label_width_ = std::max(label_width_, DisplayWidth(tick.label));
    }
  }

  void DrawFloors(Canvas& canvas) const {
    const Ink ink{.color = 244, .ascii = '-'};
    const int apart = options_.unicode ? 4 : 2;
    for (double floor : options_.floors) {
      if (!IsDrawn(floor)) continue;
      for (int x = 0; x < canvas.dots_wide(); x += apart) canvas.Dot(x, DotY(canvas, floor), ink);
    }
  }

  void DrawBand(Canvas& canvas, const ChartCurve& curve) const {
    if (curve.low.empty()) return;
    const Ink ink{.color = curve.ink.color, .ascii = '.'};
    for (size_t i = 0; i < curve.x.size(); ++i) {
      if (!HasBand(curve, i)) continue;
      const bool joined = i + 1 < curve.x.size() && HasBand(curve, i + 1);
      const int from = DotX(canvas, curve.x[i]);
      const int to = joined ? DotX(canvas, curve.x[i + 1]) : from;
      const size_t next = joined ? i + 1 : i;
      for (int x = from; x <= to; ++x) {
        const double share = to > from ? static_cast<double>(x - from) / (to - from) : 0;
        auto at = [&](const std::vector<double>& side) {
          return DotY(canvas, side[i] + share * (side[next] - side[i]));
        };
        // Every other dot, so that the line stands out.
        for (int y = at(curve.high); y <= at(curve.low); ++y) {
          if (!options_.unicode || (x + y) % 2 == 0) canvas.Dot(x, y, ink);
        }
      }
    }
  }
  bool HasBand(const ChartCurve& curve, size_t i) const {
    return IsDrawn(curve.y[i]) && IsDrawn(curve.low[i]) && IsDrawn(curve.high[i]);
  }

  void DrawLine(Canvas& canvas, const ChartCurve& curve) const {
    for (size_t i = 0; i < curve.x.size(); ++i) {
      if (!IsDrawn(curve.y[i])) continue;
      const int x = DotX(canvas, curve.x[i]), y = DotY(canvas, curve.y[i]);
      if (i > 0 && IsDrawn(curve.y[i - 1])) {
        canvas.Line(DotX(canvas, curve.x[i - 1]), DotY(canvas, curve.y[i - 1]), x, y, curve.ink);
      } else {
        canvas.Dot(x, y, curve.ink);
      }
    }
  }

  // The curve's height at a column of cells, between its points; NaN where it has none.
  double HeightAt(const Canvas& canvas, const ChartCurve& curve, int column) const {
    const int dot = column * canvas.dots_across() + canvas.dots_across() / 2;
    for (size_t i = 0; i < curve.x.size(); ++i) {
      if (!IsDrawn(curve.y[i])) continue;
      const int x = DotX(canvas, curve.x[i]);
      if (x / canvas.dots_across() == column) return curve.y[i];
      const bool spans = i + 1 < curve.x.size() && IsDrawn(curve.y[i + 1]) && x < dot &&
                         DotX(canvas, curve.x[i + 1]) > dot;
      if (!spans) continue;
      const double share = (dot - x) / static_cast<double>(DotX(canvas, curve.x[i + 1]) - x);
      return curve.y[i] + share * (curve.y[i + 1] - curve.y[i]);
    }
    return std::numeric_limits<double>::quiet_NaN();
  }

  bool MarkAt(Canvas& canvas, const ChartCurve& curve, int column, const std::string& mark) const {
    const double y = HeightAt(canvas, curve, column);
    if (std::isnan(y)) return false;
    return canvas.Mark(column, DotY(canvas, y) / canvas.dots_down(), mark, curve.ink);
  }

  // The curve's letter at intervals, in other columns than its neighbours'; "!" where it breaks
  // off.
  void PutMarks(Canvas& canvas, size_t index) const {
    const ChartCurve& curve = curves_[index];
    size_t last = curve.x.size();
    while (last > 0 && !IsDrawn(curve.y[last - 1])) --last;
    if (last == 0) return;
    const int end = DotX(canvas, curve.x[last - 1]) / canvas.dots_across();
    if (last < curve.x.size()) MarkAt(canvas, curve, end, "!");
    const int step = std::max(kMarkColumns, 3 * static_cast<int>(curves_.size()));
    const int shift = static_cast<int>(index) * step / static_cast<int>(curves_.size());
    bool any = false;
    for (int column = shift + 1; column <= end; column += step) {
      for (int near : {0, 1, -1, 2, -2, 3, -3}) {
        if (!MarkAt(canvas, curve, column + near, curve.mark)) continue;
        any = true;
        break;
      }
    }
    for (int column = end; !any && column >= 0; --column) {
      any = MarkAt(canvas, curve, column, curve.mark);
    }
  }

  std::string XAxis(int columns) const {
    const int most = std::max(3, columns / 12);
    const std::vector<Tick> ticks = LinearTicks(x_.low, x_.high, most);
    std::string labels(static_cast<size_t>(columns) + 1, ' ');
    std::vector<bool> ticked(static_cast<size_t>(columns), false);
    for (const Tick& tick : ticks) {
      const double share = x_.span() == 0 ? 0.5 : (tick.at - x_.low) / x_.span();
      const int column = std::clamp(static_cast<int>(share * columns), 0, columns - 1);
      const auto width = static_cast<int>(tick.label.size());
      const int begin = std::clamp(column + 1 - width / 2, 0, std::max(0, columns + 1 - width));
      // One blank to the label before.
      const auto at = static_cast<size_t>(begin), before = at > 0 ? at - 1 : at;
      const size_t taken = static_cast<size_t>(width) + at - before;
      if (labels.substr(before, taken).find_first_not_of(' ') != std::string::npos) continue;
      ticked[static_cast<size_t>(column)] = true;
      labels.replace(at, tick.label.size(), tick.label);
    }
    const std::string indent(static_cast<size_t>(label_width_) + 1, ' ');
    std::string line = indent + (options_.unicode ? "└" : "+");
    for (bool tick : ticked) line += options_.unicode ? (tick ? "┬" : "─") : (tick ? "+" : "-");
    while (!labels.empty() && labels.back() == ' ') labels.pop_back();
    std::string text = line + "\n" + indent + labels + "\n";
    if (!options_.x_title.empty()) {
      const int middle = std::max(0, (columns + 1 - DisplayWidth(options_.x_title)) / 2);
      text += indent + std::string(static_cast<size_t>(middle), ' ') + options_.x_title + "\n";
    }
    return text;
  }

  const std::vector<ChartCurve>& curves_;
  const ChartOptions& options_;
  Range x_, y_;  // y_ as it is drawn: logarithms on a logarithmic axis
  std::vector<std::string> labels_;
  int label_width_ = 0;
};

}  // namespace

Ink CurveInk(size_t index, char ascii) {
  // blue, orange, bluish green, reddish purple, sky blue, vermilion, yellow, grey
  constexpr std::array<int, 8> kColors = {32, 214, 36, 175, 117, 166, 185, 248};
  return {.color = kColors[index % kColors.size()], .ascii = ascii};
}

std::string DrawChart(const std::vector<ChartCurve>& curves, const ChartOptions& options) {
  return Chart(curves, options).Draw();
}

}  // namespace lab::cli
