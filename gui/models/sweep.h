#pragma once

// A setting against a result: which of the settings that differ between compared runs can be an
// axis, and where each run lies on it. Pure.

#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

#include "lab/v1/queue.pb.h"
#include "proto/client/compared.h"

namespace lab::gui {

// One setting that differs.
struct SweepAxis {
  QString field;               // "optim.learning_rate"
  bool numeric = false;        // every value that is set is a number
  bool wide = false;           // numbers above 0 over more than two decades: a logarithm shows them
  QStringList words;           // of one that is not: its values, in the order of the runs
  QString refusal;             // why it cannot be an axis; "" if it can
  std::vector<QString> texts;  // as each run has it; "–" where it is unset
  std::vector<double> places;  // along the axis; NaN where there is none
};

// More different words than this are no axis.
inline constexpr qsizetype kMostWords = 24;

// Those that can be an axis first, numbers before words, else in the order of the config. Seeds are
// left out where groups are compared: a curve there is the mean over them.
std::vector<SweepAxis> axesOf(const std::vector<Compared>& curves,
                              const std::vector<v1::SettingRow>& differences);

// What a run came to: the newest value, or the best one.
enum class SweepResult { kLast, kBest };

struct SweepPoint {
  QString title;  // "12 first"
  int64_t job = 0;
  QString state;
  std::optional<double> value, error;
  std::optional<int64_t> step;  // of the value; absent for the best of a group
  bool is_mean = false;
};
// In the order of the curves.
std::vector<SweepPoint> pointsOf(const std::vector<Compared>& curves, SweepResult result);
// The place of the best finite value by `goal` ("min" or "max"); -1 without one.
int bestOf(const std::vector<SweepPoint>& points, const std::string& goal);

}  // namespace lab::gui
