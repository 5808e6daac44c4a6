#pragma once

// What a comparison asks of labd, in as few questions as there can be: what has ended is read once.
// Blocks; off the GUI thread.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proto/client/compared.h"

namespace lab::gui {

// What is known of a run that has ended: while its job is the same, so are its curves.
struct KnownRun {
  std::string print;             // of the job or the group as it was then
  std::vector<Compared> curves;  // of the metric, axis and number of points asked for
};
struct KnownRuns {
  std::string key;  // metric, axis, points
  std::map<std::string, KnownRun> runs;
  // The differing settings of these jobs, which stay as they were submitted.
  std::vector<int64_t> configs_of;
  std::vector<v1::SettingRow> differences;
};

struct ComparisonQuestion {
  std::vector<std::string> names;  // ids of jobs, names of groups
  std::string metric;              // "" for the one that suits all
  XAxis axis = XAxis::kStep;
  int64_t most_points = 0;                 // of a curve
  std::shared_ptr<const KnownRuns> known;  // of the last answer; null for none
};

struct ComparisonAnswer {
  std::string metric;
  MetricFacts facts;
  std::vector<std::string> metrics;  // all that one of them has logged
  std::vector<Compared> curves;
  std::vector<v1::SettingRow> differences;
  std::shared_ptr<const KnownRuns> known;
};

absl::StatusOr<ComparisonAnswer> readComparison(const LabClient& client,
                                                const ComparisonQuestion& question);

// Puts the differing settings of some jobs, the first of all and then those from place `from` on,
// into rows of `count` jobs. The parts come in the order of the jobs.
void mergeSettings(const v1::CompareConfigsResponse& some, size_t from, size_t count,
                   std::vector<v1::SettingRow>* rows);

// So many points of each of `curves`: fewer where many share the chart, never so few that the
// columns of a screen show gaps.
int64_t pointsOfEach(int64_t most, size_t curves);

}  // namespace lab::gui
