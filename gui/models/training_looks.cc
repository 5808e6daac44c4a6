#include "gui/models/training_looks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/strings.h"
#include "gui/models/lens_grid.h"
#include "gui/models/words.h"

namespace lab::gui {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr char kScorePrefix[] = "heads/";

double meanOf(const std::vector<float>& values) {
  double sum = 0;
  int64_t count = 0;
  for (float value : values) {
    if (std::isnan(value)) continue;  // the text's end has no next token
    sum += value;
    ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : kNan;
}

double rangeOf(const std::vector<double>& values) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  return high >= low ? high - low : -1;
}

}  // namespace

v1::InspectRequest trainingQuestion(const std::string& text) {
  v1::InspectRequest question;
  for (const char* quantity : {"heads", "loss", "lens"}) question.add_quantities(quantity);
  question.set_text(text);
  question.set_top(1);
  return question;
}

TrainingPoint trainingPointOf(const Inspection& look) {
  TrainingPoint point;
  for (const InspectedTensor& tensor : look.tensors) {
    if (!tensor.facts.name().starts_with(kScorePrefix) || tensor.facts.shape_size() != 2) continue;
    point.layers = tensor.Dim(0);
    point.heads = tensor.Dim(1);
    point.scores[tensor.facts.name()].assign(tensor.floats.begin(), tensor.floats.end());
  }
  point.depth = lensDepth(look).value_or(kNan);
  const InspectedTensor* loss = look.Find("loss/next");
  point.loss = loss == nullptr ? kNan : meanOf(loss->floats);
  return point;
}

TrainingLooks::TrainingLooks(LabSession* session, QObject* parent)
    : QObject(parent), look_(session) {
  connect(&look_, &Look::changed, this, &TrainingLooks::lookChanged);
}

void TrainingLooks::setSubject(int64_t job, const std::string& text) {
  if (job == job_ && text == text_) return;
  busy_ = false;
  look_.release();
  job_ = job;
  text_ = text;
  steps_.clear();
  waiting_.clear();
  points_.clear();
  failed_ = 0;
  status_ = absl::OkStatus();
  Q_EMIT changed();
}

void TrainingLooks::start(int64_t job, std::vector<int64_t> steps, const std::string& text) {
  setSubject(job, text);
  steps_ = std::move(steps);
  waiting_.clear();
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (!points_.contains(*step)) waiting_.push_back(*step);
  }
  failed_ = 0;
  status_ = absl::OkStatus();
  busy_ = true;
  next();
}

void TrainingLooks::next() {
  if (waiting_.empty()) {
    busy_ = false;
    look_.release();
    Q_EMIT changed();
    return;
  }
  look_.ask(StrCat(job_, "@", waiting_.back()), trainingQuestion(text_));
}

void TrainingLooks::lookChanged() {
  if (!busy_ || look_.busy()) return;
  const int64_t step = waiting_.back();
  waiting_.pop_back();
  if (look_.state() == Look::State::kDone) {
    points_[step] = trainingPointOf(*look_.found());
  } else if (++failed_ == 1) {
    status_ = look_.status();
  }
  // Without labd none of the others can be asked either.
  if (absl::IsUnavailable(look_.status())) waiting_.clear();
  Q_EMIT changed();
  if (busy_) next();
}

void TrainingLooks::stop() {
  if (!busy_) return;
  busy_ = false;
  waiting_.clear();
  look_.release();
  Q_EMIT changed();
}

std::vector<std::string> TrainingLooks::scores() const {
  std::vector<std::string> names;
  if (points_.empty()) return names;
  for (const auto& [name, values] : points_.begin()->second.scores) names.push_back(name);
  return names;
}

template <class ValueOf>
TrainingCurve TrainingLooks::curveOf(const QString& name, ValueOf value_of) const {
  TrainingCurve curve;
  curve.name = name;
  for (const auto& [step, point] : points_) {
    curve.steps.push_back(step);
    curve.values.push_back(value_of(point));
  }
  return curve;
}

std::vector<TrainingCurve> TrainingLooks::headCurves(const std::string& score, size_t most) const {
  std::vector<TrainingCurve> curves;
  if (points_.empty()) return curves;
  const TrainingPoint& first = points_.begin()->second;
  for (int64_t layer = 0; layer < first.layers; ++layer) {
    for (int64_t head = 0; head < first.heads; ++head) {
      const auto place = static_cast<size_t>(layer * first.heads + head);
      curves.push_back(
          curveOf(tr("head %1.%2").arg(layer).arg(head), [&](const TrainingPoint& point) {
            auto found = point.scores.find(score);
            const bool there = found != point.scores.end() && place < found->second.size();
            return there ? found->second[place] : kNan;
          }));
    }
  }
  std::stable_sort(curves.begin(), curves.end(), [](const auto& a, const auto& b) {
    return rangeOf(a.values) > rangeOf(b.values);
  });
  if (curves.size() > most) curves.resize(most);
  for (TrainingCurve& curve : curves) curve.change = FindChange(curve.steps, curve.values);
  return curves;
}

TrainingCurve TrainingLooks::depthCurve() const {
  TrainingCurve curve = curveOf(tr("lens depth"), [](const TrainingPoint& p) { return p.depth; });
  curve.change = FindChange(curve.steps, curve.values);
  return curve;
}

TrainingCurve TrainingLooks::lossCurve() const {
  TrainingCurve curve =
      curveOf(tr("loss of the text"), [](const TrainingPoint& p) { return p.loss; });
  curve.change = FindChange(curve.steps, curve.values);
  return curve;
}

}  // namespace lab::gui
