#include "gui/models/sweep.h"

#include <QObject>
#include <algorithm>
#include <cmath>
#include <limits>

#include "gui/models/config_text.h"
#include "gui/models/words.h"

namespace lab::gui {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kWide = 100;  // two decades

const QString kUnset = QStringLiteral("–");

// "cosine" of `"cosine"`; what needs no quotes stays as it is.
QString plain(const std::string& yaml) {
  if (yaml.empty() || yaml == "null") return kUnset;
  if (yaml.front() != '"' && yaml.front() != '\'') return q(yaml);
  const SettingsText read = readSettings(QStringLiteral("v: ") + q(yaml));
  return read.settings.size() == 1 ? read.settings[0].text : q(yaml);
}

std::vector<QString> textsOf(const v1::SettingRow& row, size_t count) {
  std::vector<QString> texts;
  for (size_t i = 0; i < count; ++i) {
    const int place = static_cast<int>(i);
    const bool set = place < row.settings_size() && row.settings(place).present();
    texts.push_back(set ? plain(row.settings(place).value()) : kUnset);
  }
  return texts;
}

// Numbers, where all that is set is one; empty otherwise.
std::vector<double> numbersOf(const std::vector<QString>& texts) {
  std::vector<double> numbers;
  for (const QString& text : texts) {
    bool number = text == kUnset;
    numbers.push_back(number ? kNan : text.toDouble(&number));
    if (!number) return {};
  }
  return numbers;
}

void placeNumbers(SweepAxis* axis) {
  axis->numeric = true;
  std::vector<double> known;
  for (double place : axis->places) {
    if (std::isfinite(place)) known.push_back(place);
  }
  const auto [low, high] = std::minmax_element(known.begin(), known.end());
  if (known.empty() || *low == *high) {
    axis->refusal = QObject::tr("only one value is set");
    return;
  }
  axis->wide = *low > 0 && *high / *low > kWide;
}

void placeWords(SweepAxis* axis) {
  for (const QString& text : axis->texts) {
    qsizetype place = axis->words.indexOf(text);
    if (place < 0) {
      place = axis->words.size();
      axis->words << text;
    }
    axis->places.push_back(static_cast<double>(place));
  }
  if (axis->words.size() <= kMostWords) return;
  axis->refusal = QObject::tr("%1 different texts, too many for an axis").arg(axis->words.size());
}

}  // namespace

std::vector<SweepAxis> axesOf(const std::vector<Compared>& curves,
                              const std::vector<v1::SettingRow>& differences) {
  const bool means = std::any_of(curves.begin(), curves.end(),
                                 [](const Compared& curve) { return !curve.group.empty(); });
  std::vector<SweepAxis> axes;
  for (const v1::SettingRow& row : differences) {
    if (means && row.field() == "seed") continue;
    SweepAxis axis;
    axis.field = q(row.field());
    axis.texts = textsOf(row, curves.size());
    axis.places = numbersOf(axis.texts);
    if (axis.places.empty()) {
      placeWords(&axis);
    } else {
      placeNumbers(&axis);
    }
    axes.push_back(std::move(axis));
  }
  auto rank = [](const SweepAxis& axis) {
    if (!axis.refusal.isEmpty()) return 3;
    if (axis.field == QStringLiteral("seed")) return 2;
    return axis.numeric ? 0 : 1;
  };
  std::stable_sort(axes.begin(), axes.end(),
                   [&](const SweepAxis& a, const SweepAxis& b) { return rank(a) < rank(b); });
  return axes;
}

std::vector<SweepPoint> pointsOf(const std::vector<Compared>& curves, SweepResult result) {
  std::vector<SweepPoint> points;
  for (const Compared& curve : curves) {
    SweepPoint point;
    point.title = q(curve.title);
    point.job = curve.job;
    point.state = q(curve.state);
    point.is_mean = !curve.group.empty();
    if (result == SweepResult::kLast) {
      point.value = curve.last;
      point.error = curve.last_error;
      if (curve.last) point.step = curve.last_step;
    } else {
      point.value = curve.best;
      point.error = curve.best_error;
      point.step = curve.best_step;
    }
    points.push_back(std::move(point));
  }
  return points;
}

int bestOf(const std::vector<SweepPoint>& points, const std::string& goal) {
  if (goal != "min" && goal != "max") return -1;
  int best = -1;
  for (size_t i = 0; i < points.size(); ++i) {
    if (!points[i].value || !std::isfinite(*points[i].value)) continue;
    const double value = *points[i].value;
    const double known = best < 0 ? kNan : *points[static_cast<size_t>(best)].value;
    if (best < 0 || (goal == "max" ? value > known : value < known)) best = static_cast<int>(i);
  }
  return best;
}

}  // namespace lab::gui
