#include "daemon/service/metric_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/base/strings.h"
#include "daemon/service/requests.h"
#include "daemon/service/status_map.h"

namespace lab {
namespace {

// A point takes at most 36 bytes (two doubles, two numbers): within 1 MiB.
constexpr int kMaxPartPoints = 28'000;

absl::Status NoSuchMetric(const v1::Job& job, const std::string& name) {
  std::vector<std::string> known;
  for (const v1::MetricSummary& summary : job.summary()) known.push_back(summary.metric());
  std::string message = StrCat("job ", job.id(), " has no metric ", name);
  if (known.empty()) {
    message += "; it has logged none yet";
  } else if (std::string nearest = NearestWord(name, known); !nearest.empty()) {
    message += StrCat("; did you mean ", nearest, "?");
  } else {
    message += "; there are";
    for (const std::string& metric : known) message += StrCat(" ", metric);
  }
  return absl::NotFoundError(Absl(message));
}

}  // namespace

std::vector<v1::SeriesPart> SplitPart(const v1::SeriesPart& part, int max_points) {
  std::vector<v1::SeriesPart> parts;
  for (int start = 0; start < part.step_size(); start += max_points) {
    const int end = std::min(start + max_points, part.step_size());
    v1::SeriesPart& piece = parts.emplace_back();
    piece.set_name(part.name());
    piece.set_unit(part.unit());
    piece.set_raw_count(part.raw_count());
    piece.set_thinned(part.thinned());
    piece.mutable_step()->Add(part.step().begin() + start, part.step().begin() + end);
    piece.mutable_seconds()->Add(part.seconds().begin() + start, part.seconds().begin() + end);
    piece.mutable_value()->Add(part.value().begin() + start, part.value().begin() + end);
    piece.mutable_attempt()->Add(part.attempt().begin() + start, part.attempt().begin() + end);
  }
  return parts;
}

absl::Status MetricService::CheckRequest(const v1::ReadMetricsRequest& request) const {
  RETURN_IF_ERROR(CheckJobId(request.job_id()));
  if (request.max_points() < 0) {
    return absl::InvalidArgumentError(
        Absl(StrCat("max_points must not be negative, is ", request.max_points())));
  }
  if (request.has_to_step() && request.to_step() < request.from_step()) {
    return absl::InvalidArgumentError(
        Absl(StrCat("to_step must not be before from_step, which is ", request.from_step(),
                    ", but is ", request.to_step())));
  }
  auto job = lab_.store->GetJob(request.job_id());
  if (!job.ok()) return AboutJob(job.status(), request.job_id());
  // The summary names every metric with a visible point; the store knows of superseded ones.
  if (request.all_attempts()) return absl::OkStatus();
  for (const std::string& name : request.names()) {
    auto is_it = [&](const v1::MetricSummary& summary) { return summary.metric() == name; };
    if (std::none_of(job->summary().begin(), job->summary().end(), is_it)) {
      return NoSuchMetric(*job, name);
    }
  }
  return absl::OkStatus();
}

grpc::Status MetricService::ReadMetrics(grpc::ServerContext* context,
                                        const v1::ReadMetricsRequest* request,
                                        grpc::ServerWriter<v1::SeriesPart>* writer) {
  if (absl::Status sound = CheckRequest(*request); !sound.ok()) return ToGrpc(sound, *context);
  auto call = calls_.Enter(*context);
  if (!call.ok()) return ToGrpc(call.status(), *context);
  bool gone = false;
  auto write = [&](const v1::SeriesPart& part) {
    if (part.step_size() <= kMaxPartPoints) {
      gone = (*call)->Ending() || !writer->Write(part);
      return !gone;
    }
    for (const v1::SeriesPart& piece : SplitPart(part, kMaxPartPoints)) {
      gone = (*call)->Ending() || !writer->Write(piece);
      if (gone) return false;
    }
    return true;
  };
  StepRange range;
  if (request->from_step() > 0) range.from = request->from_step();
  if (request->has_to_step()) range.to = request->to_step();
  std::vector<std::string> names(request->names().begin(), request->names().end());
  absl::Status read = lab_.store->ReadMetrics(request->job_id(), names, request->max_points(),
                                              request->all_attempts(), write, range);
  if (gone) return ToGrpc((*call)->EndStatus(), *context);
  return ToGrpc(read, *context);
}

}  // namespace lab
