#pragma once

// Series of jobs and statistics of groups as CSV, JSON and tables. Every number reads back to the
// same double; a standard error that is undefined (n < 2) is an empty cell or null, never 0. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "cli/output/json.h"
#include "cli/output/table.h"
#include "lab/v1/group.pb.h"
#include "lab/v1/metric.pb.h"

namespace lab::cli {

// Lines "metric,step,seconds,value", after `job` and a comma where it is not "".
std::string SeriesCsvHeader(bool with_job);
std::string SeriesCsv(const v1::SeriesPart& series, std::string_view job);
// Lines "group,point,metric,step,seconds,members,n,diverged,mean,standard_error".
std::string GroupCsvHeader();
std::string GroupCsv(const v1::GroupPart& part, std::string_view group);

// {"name", "unit", "points": [[step, seconds, value]…], "raw_count", "thinned"}.
Json SeriesJson(const v1::SeriesPart& series);
// The grid points of a group's statistics: {"label", "members", "series": [{"name", "unit",
// "points": [[step, seconds, n, diverged, mean, standard_error]…], "raw_count", "thinned"}]}.
Json GridJson(const std::vector<v1::GroupPart>& statistics);

// One object a line and point.
std::string SeriesJsonLines(const v1::SeriesPart& series, int64_t job);
std::string GroupJsonLines(const v1::GroupPart& part, const std::string& group);

// Metrics with first, last and curve.
Table SeriesOverview(const std::vector<v1::SeriesPart>& all, bool unicode);
// One row a step, one column a series; empty where a series has no point.
Table SeriesTable(const std::vector<v1::SeriesPart>& all);
// The same for the statistics of one grid point: mean with error, and who is in it.
Table GroupOverview(const std::vector<v1::GroupPart>& point, bool unicode);
Table GroupTable(const std::vector<v1::GroupPart>& point, bool unicode);

}  // namespace lab::cli
