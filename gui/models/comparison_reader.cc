#include "gui/models/comparison_reader.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "core/base/strings.h"
#include "gui/models/words.h"

namespace lab::gui {
namespace {

constexpr size_t kConfigsAtOnce = 100;  // that labd compares
constexpr size_t kFewJobs = 8;          // asked for one by one; more as the list of all
constexpr int64_t kPointsOfAll = 500'000;
constexpr int64_t kLeastPoints = 500;

using Jobs = std::unordered_map<int64_t, v1::Job>;

// The jobs that are named by number, with one question where they are many.
absl::StatusOr<Jobs> listJobs(const LabClient& client, const std::vector<std::string>& names) {
  Jobs jobs;
  if (std::count_if(names.begin(), names.end(), IsJobId) <= std::ptrdiff_t{kFewJobs}) return jobs;
  ASSIGN_OR_RETURN(v1::ListJobsResponse all, client.ListJobs({}));
  for (v1::Job& job : *all.mutable_jobs()) {
    const int64_t id = job.id();
    jobs[id] = std::move(job);
  }
  return jobs;
}

absl::StatusOr<RunData> find(const LabClient& client, Jobs* listed, const std::string& name) {
  RunData run;
  if (!IsJobId(name)) {
    ASSIGN_OR_RETURN(run.group, client.GetGroup(name));
    return run;
  }
  const int64_t id = std::strtoll(name.c_str(), nullptr, 10);
  if (auto found = listed->find(id); found != listed->end()) {
    run.job = std::move(found->second);
  } else {
    ASSIGN_OR_RETURN(run.job, client.GetJob(id));
  }
  return run;
}

// Changes whenever the run's points may have; "" while they still come.
std::string printOf(const RunData& run) {
  std::string print;
  auto add = [&print](const v1::Job& job) {
    if (isActive(job.state())) return false;
    print += StrCat(job.id(), ":", job.state(), ":", job.attempt(), " ");
    return true;
  };
  if (!run.is_group()) return add(run.job) ? print : "";
  for (const v1::GridPoint& point : run.group.points()) {
    for (const v1::Job& member : point.members()) {
      if (!add(member)) return "";
    }
  }
  return print;
}

// What was read before of the same run, unless it has changed or may still.
const KnownRun* keptOf(const KnownRuns& known, const std::string& name, const std::string& print) {
  auto found = known.runs.find(name);
  const bool same = found != known.runs.end() && !print.empty() && found->second.print == print;
  return same ? &found->second : nullptr;
}

void addMetrics(const RunData& run, std::set<std::string>* known, std::vector<std::string>* names) {
  for (const std::string& name : MetricsOf(run)) {
    if (known->insert(name).second) names->push_back(name);
  }
}

absl::StatusOr<std::vector<v1::SettingRow>> compareConfigs(const LabClient& client,
                                                           const std::vector<int64_t>& ids) {
  std::vector<v1::SettingRow> rows;
  for (size_t from = 1; from < ids.size(); from += kConfigsAtOnce - 1) {
    const size_t end = std::min(ids.size(), from + kConfigsAtOnce - 1);
    std::vector<int64_t> some = {ids.front()};
    some.insert(some.end(), ids.begin() + static_cast<std::ptrdiff_t>(from),
                ids.begin() + static_cast<std::ptrdiff_t>(end));
    ASSIGN_OR_RETURN(v1::CompareConfigsResponse part, client.CompareConfigs(some));
    mergeSettings(part, from, ids.size(), &rows);
  }
  return rows;
}

absl::Status readCurves(const LabClient& client, const ComparisonQuestion& question,
                        std::vector<RunData> runs, KnownRuns* known, ComparisonAnswer* answer) {
  SeriesQuestion wanted;
  wanted.names = {answer->metric};
  if (question.axis == XAxis::kTokens) wanted.names.push_back("train/tokens");
  const int64_t points = pointsOfEach(question.most_points, runs.size());
  wanted.max_points = points;
  wanted.lenient = true;
  known->key = StrCat(answer->metric, " ", static_cast<int>(question.axis), " ", points);
  const KnownRuns* before = question.known.get();
  const bool same = before != nullptr && before->key == known->key;
  for (size_t i = 0; i < runs.size(); ++i) {
    const std::string& name = question.names[i];
    KnownRun one{printOf(runs[i]), {}};
    if (const KnownRun* kept = same ? keptOf(*before, name, one.print) : nullptr) {
      one.curves = kept->curves;
    } else {
      RETURN_IF_ERROR(ReadRun(client, wanted, nullptr, &runs[i]));
      std::vector<RunData> alone;
      alone.push_back(std::move(runs[i]));
      one.curves = CurvesOf(alone, answer->metric, question.axis);
    }
    answer->curves.insert(answer->curves.end(), one.curves.begin(), one.curves.end());
    if (!one.print.empty()) known->runs[name] = std::move(one);
  }
  return absl::OkStatus();
}

absl::Status readDifferences(const LabClient& client, const KnownRuns* before, KnownRuns* known,
                             ComparisonAnswer* answer) {
  std::vector<int64_t> ids;
  for (const Compared& curve : answer->curves) ids.push_back(curve.job);
  if (std::set<int64_t>(ids.begin(), ids.end()).size() > 1) {
    if (before != nullptr && before->configs_of == ids) {
      answer->differences = before->differences;
    } else {
      ASSIGN_OR_RETURN(answer->differences, compareConfigs(client, ids));
    }
  }
  known->configs_of = std::move(ids);
  known->differences = answer->differences;
  return absl::OkStatus();
}

}  // namespace

void mergeSettings(const v1::CompareConfigsResponse& some, size_t from, size_t count,
                   std::vector<v1::SettingRow>* rows) {
  for (const v1::SettingRow& part : some.rows()) {
    if (part.settings().empty()) continue;
    auto row = std::find_if(rows->begin(), rows->end(),
                            [&](const v1::SettingRow& one) { return one.field() == part.field(); });
    if (row == rows->end()) {
      // Where the others do not differ from the first, they have its setting.
      row = rows->insert(rows->end(), v1::SettingRow());
      row->set_field(part.field());
      for (size_t i = 0; i < count; ++i) *row->add_settings() = part.settings(0);
    }
    // An answer of another length than the question is no reason to fall.
    for (int i = 1; i < part.settings_size(); ++i) {
      const int place = static_cast<int>(from) + i - 1;
      if (place < row->settings_size()) *row->mutable_settings(place) = part.settings(i);
    }
  }
}

int64_t pointsOfEach(int64_t most, size_t curves) {
  const int64_t fair = kPointsOfAll / std::max<int64_t>(static_cast<int64_t>(curves), 1);
  return std::min(most, std::max(fair, kLeastPoints));
}

absl::StatusOr<ComparisonAnswer> readComparison(const LabClient& client,
                                                const ComparisonQuestion& question) {
  ComparisonAnswer answer;
  ASSIGN_OR_RETURN(Jobs listed, listJobs(client, question.names));
  std::vector<RunData> runs;
  std::set<std::string> named;
  for (const std::string& name : question.names) {
    ASSIGN_OR_RETURN(RunData run, find(client, &listed, name));
    addMetrics(run, &named, &answer.metrics);
    runs.push_back(std::move(run));
  }
  answer.metric = question.metric;
  if (answer.metric.empty()) {
    ASSIGN_OR_RETURN(answer.metric, ChooseMetric(runs));
  }
  answer.facts = FactsOf(runs, answer.metric);
  auto known = std::make_shared<KnownRuns>();
  RETURN_IF_ERROR(readCurves(client, question, std::move(runs), known.get(), &answer));
  RETURN_IF_ERROR(readDifferences(client, question.known.get(), known.get(), &answer));
  answer.known = std::move(known);
  return answer;
}

}  // namespace lab::gui
