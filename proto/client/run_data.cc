#include "proto/client/run_data.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/base/strings.h"

namespace lab {
namespace {

// Collects parts that belong together, in the order in which labd sends them.
template <class Part, class Key>
class Joined {
 public:
  void Add(const Key& key, const Part& part) {
    auto [found, fresh] = place_.emplace(key, all_.size());
    if (fresh) all_.emplace_back();
    all_[found->second].MergeFrom(part);
  }
  std::vector<Part> Take() { return std::move(all_); }

 private:
  std::map<Key, size_t> place_;
  std::vector<Part> all_;
};

}  // namespace

std::string RunData::Title() const {
  return is_group() ? StrCat("group ", group.name()) : StrCat("job ", job.id());
}

std::string RunData::Name() const { return is_group() ? group.name() : StrCat(job.id()); }

std::vector<std::string> MetricsOf(const RunData& run) {
  std::vector<std::string> names;
  auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const v1::MetricSummary& row : run.job.summary()) add(row.metric());
  for (const v1::GridPoint& point : run.group.points()) {
    for (const v1::GroupMetric& metric : point.metrics()) add(metric.metric());
  }
  return names;
}

bool IsJobId(const std::string& word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
}

absl::Status ReadRun(const LabClient& client, const SeriesQuestion& question,
                     Cancellation* cancellation, RunData* run) {
  const bool ranged = question.from_step > 0 || question.to_step;
  if (ranged && run->is_group()) {
    return absl::InvalidArgumentError(Absl(
        StrCat(run->Title(), " has statistics over all its steps only; name one of its jobs")));
  }
  std::vector<std::string> wanted = question.names;
  if (question.lenient && !wanted.empty()) {
    const std::vector<std::string> known = MetricsOf(*run);
    auto unknown = [&](const std::string& name) {
      return std::find(known.begin(), known.end(), name) == known.end();
    };
    wanted.erase(std::remove_if(wanted.begin(), wanted.end(), unknown), wanted.end());
    if (wanted.empty()) return absl::OkStatus();
  }
  if (run->is_group()) {
    v1::ReadGroupRequest request;
    request.set_group(run->group.name());
    request.set_max_points(question.max_points);
    for (const std::string& name : wanted) request.add_names(name);
    Joined<v1::GroupPart, std::pair<int64_t, std::string>> joined;
    auto take = [&](const v1::GroupPart& part) {
      joined.Add({part.point(), part.name()}, part);
      return true;
    };
    RETURN_IF_ERROR(client.ReadGroup(request, take, cancellation));
    run->statistics = joined.Take();
    return absl::OkStatus();
  }
  v1::ReadMetricsRequest request;
  request.set_job_id(run->job.id());
  request.set_max_points(question.max_points);
  request.set_from_step(question.from_step);
  if (question.to_step) request.set_to_step(*question.to_step);
  for (const std::string& name : wanted) request.add_names(name);
  Joined<v1::SeriesPart, std::string> joined;
  auto take = [&](const v1::SeriesPart& part) {
    joined.Add(part.name(), part);
    return true;
  };
  RETURN_IF_ERROR(client.ReadMetrics(request, take, cancellation));
  run->series = joined.Take();
  return absl::OkStatus();
}

}  // namespace lab
