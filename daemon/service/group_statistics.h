#pragma once

// Mean, standard error and who is counted, of the members of a group: the one place where they are
// computed. Pure functions and values, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/store/chunk.h"
#include "lab/v1/group.pb.h"
#include "lab/v1/metric.pb.h"

namespace lab {

// Mean and sample variance in one pass. Welford 1962, Technometrics 4(3).
class Moments {
 public:
  void Add(double finite);
  int64_t n() const { return n_; }
  double mean() const;                           // NaN if n = 0
  std::optional<double> standard_error() const;  // nullopt if n < 2

 private:
  int64_t n_ = 0;
  double mean_ = 0, squares_ = 0;  // squares_ = Σ(x − mean)²
};

// A member's label without its seed: "optim.learning_rate=0.001" of "optim.learning_rate=0.001
// seed=2". Members of equal labels are one grid point.
std::string GridLabel(const v1::Job& member);

// True for a job that failed because its loss was not finite.
bool HasDiverged(const v1::Job& job);

// The group of these jobs (in the order of their ids) with the statistics of their ends.
v1::Group GroupOf(std::string_view name, std::vector<v1::Job> members);

// Statistics at each step over the members of a grid point, which are added one by one.
class StepStatistics {
 public:
  // A member's visible points of one metric in order of sequence; of several at one step the last
  // counts. `diverged`: HasDiverged of the member.
  void Add(std::vector<StoredPoint> points, bool diverged);
  // Columns of all steps, or with max_points > 0 of about so many that keep the extremes of the
  // mean. Fills step … standard_error, raw_count, thinned and members of `part`.
  void Write(int64_t max_points, v1::GroupPart* part) const;

 private:
  struct Row {
    int64_t step = 0;
    int64_t points = 0;  // members with a point here
    double seconds = 0;  // their sum
    Moments value;       // of the finite ones
    int64_t diverged = 0;
  };
  std::vector<Row> Merged(const std::vector<StoredPoint>& points) const;
  std::vector<size_t> Kept(int64_t max_points) const;

  std::vector<Row> rows_;            // by step
  std::vector<int64_t> last_steps_;  // of the diverged members
  int64_t members_ = 0;
};

}  // namespace lab
