#pragma once

// What a comparison lays over each other: one curve a job, one a grid point of a group. Pure.

#include <optional>
#include <string>
#include <vector>

#include "proto/client/run_data.h"
#include "proto/client/x_axis.h"

namespace lab {

struct Compared {
  std::string mark;   // "a", the letter of its curve and its row
  std::string title;  // "12 first" or "rates optim.learning_rate=0.001"
  int64_t job = 0;    // its job; of a grid point the first member
  std::string group;  // "" for a job
  std::string point;  // the label of the grid point
  std::string state;  // of a job: "running"; of a grid point who is in it: "4 of 5, 1 diverged"

  std::vector<double> x, y;                // y: values, of a grid point means
  std::vector<double> standard_error;      // of a grid point; NaN where undefined
  std::vector<int64_t> step, n, diverged;  // n and diverged of a grid point
  int64_t members = 0;                     // of a grid point; 0 for a job

  std::optional<double> last, last_error;  // the newest value, of a grid point with its error
  int64_t last_step = 0;
  std::optional<double> best, best_error;  // of a grid point the mean of its members' best
  std::optional<int64_t> best_step;        // of a job
  std::optional<double> floor;             // of the metric, where known
};

// val/loss or train/loss, the first that all have logged, else that any has; else the first metric
// of the first run that has a goal. NOT_FOUND if nothing was logged.
absl::StatusOr<std::string> ChooseMetric(const std::vector<RunData>& runs);

// "min", "max", "none", and "nats": of a metric in the first run that has it.
struct MetricFacts {
  std::string goal, unit;
};
MetricFacts FactsOf(const std::vector<RunData>& runs, const std::string& metric);

// The curves of `metric` in the order of the runs, with marks. `runs` have been read.
std::vector<Compared> CurvesOf(const std::vector<RunData>& runs, const std::string& metric,
                               XAxis x_axis);

// Exponential moving average without the pull towards its start: smoothness 0 leaves all as it is,
// near 1 averages long. What is not finite stays and is skipped. Kingma & Ba 2015, section 3.
std::vector<double> Smoothed(const std::vector<double>& values, double smoothness);

// Indices of at most `most` curves, those with the best values by `goal`, in their order.
std::vector<size_t> BestCurves(const std::vector<Compared>& curves, const std::string& goal,
                               size_t most);

}  // namespace lab
