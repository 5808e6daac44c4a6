#include "daemon/service/group_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/base/strings.h"
#include "daemon/service/group_statistics.h"
#include "daemon/service/requests.h"
#include "daemon/service/status_map.h"
#include "daemon/store/store.h"

namespace lab {
namespace {

// A row takes at most 64 bytes: within 1 MiB.
constexpr int kMaxPartRows = 16'000;

// The requested names, or all; NOT_FOUND for one that no member has logged.
absl::Status CheckNames(const v1::Group& group, const v1::ReadGroupRequest& request) {
  std::vector<std::string> known;
  for (const v1::GridPoint& point : group.points()) {
    for (const v1::GroupMetric& metric : point.metrics()) {
      if (std::find(known.begin(), known.end(), metric.metric()) == known.end()) {
        known.push_back(metric.metric());
      }
    }
  }
  for (const std::string& name : request.names()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string message = StrCat("no member of group ", group.name(), " has logged ", name);
    std::string nearest = NearestWord(name, known);
    if (!nearest.empty()) message += StrCat("; did you mean ", nearest, "?");
    return absl::NotFoundError(Absl(message));
  }
  return absl::OkStatus();
}

bool IsWanted(const v1::ReadGroupRequest& request, const std::string& name) {
  return request.names().empty() ||
         std::find(request.names().begin(), request.names().end(), name) != request.names().end();
}

}  // namespace

std::vector<v1::GroupPart> SplitPart(const v1::GroupPart& part, int max_points) {
  std::vector<v1::GroupPart> parts;
  int start = 0;
  do {
    const int end = std::min(start + max_points, part.step_size());
    v1::GroupPart& piece = parts.emplace_back();
    piece.set_point(part.point());
    piece.set_label(part.label());
    piece.set_name(part.name());
    piece.set_unit(part.unit());
    piece.set_raw_count(part.raw_count());
    piece.set_thinned(part.thinned());
    piece.set_members(part.members());
    auto copy = [&](const auto& from, auto* to) {
      to->Add(from.begin() + start, from.begin() + end);
    };
    copy(part.step(), piece.mutable_step());
    copy(part.seconds(), piece.mutable_seconds());
    copy(part.n(), piece.mutable_n());
    copy(part.diverged(), piece.mutable_diverged());
    copy(part.mean(), piece.mutable_mean());
    copy(part.standard_error(), piece.mutable_standard_error());
    start = end;
  } while (start < part.step_size());
  return parts;
}

absl::StatusOr<v1::Group> GroupService::Load(const std::string& name) const {
  if (name.empty()) return absl::InvalidArgumentError("group must not be empty");
  ASSIGN_OR_RETURN(std::vector<int64_t> ids, lab_.store->GroupMembers(name));
  std::vector<v1::Job> members;
  for (int64_t id : ids) {
    auto job = lab_.store->GetJob(id);
    if (absl::IsNotFound(job.status())) continue;  // removed meanwhile
    RETURN_IF_ERROR(job.status());
    job->clear_checkpoints();
    members.push_back(*std::move(job));
  }
  if (members.empty()) return absl::NotFoundError(Absl(StrCat("there is no group \"", name, "\"")));
  return GroupOf(name, std::move(members));
}

grpc::Status GroupService::GetGroup(grpc::ServerContext* context,
                                    const v1::GetGroupRequest* request, v1::Group* response) {
  auto group = Load(request->group());
  if (!group.ok()) return ToGrpc(group.status(), *context);
  *response = *std::move(group);
  return grpc::Status::OK;
}

absl::StatusOr<v1::GroupPart> GroupService::Series(const v1::GridPoint& point,
                                                   const v1::GroupMetric& metric,
                                                   int64_t max_points,
                                                   const OpenCalls::Call& call) const {
  StepStatistics statistics;
  for (const v1::Job& member : point.members()) {
    std::vector<StoredPoint> points;
    auto take = [&](const v1::SeriesPart& part) {
      for (int i = 0; i < part.step_size(); ++i) {
        points.push_back(
            {.step = part.step(i), .seconds = part.seconds(i), .value = part.value(i)});
      }
      return !call.Ending();
    };
    absl::Status read = lab_.store->ReadMetrics(member.id(), {metric.metric()}, 0, false, take);
    // A member that has not logged this metric, or is gone, has no points.
    if (!read.ok() && !absl::IsNotFound(read)) return read;
    if (call.Ending()) return call.EndStatus();
    statistics.Add(std::move(points), HasDiverged(member));
  }
  v1::GroupPart part;
  part.set_label(point.label());
  part.set_name(metric.metric());
  part.set_unit(metric.unit());
  statistics.Write(max_points, &part);
  return part;
}

grpc::Status GroupService::ReadGroup(grpc::ServerContext* context,
                                     const v1::ReadGroupRequest* request,
                                     grpc::ServerWriter<v1::GroupPart>* writer) {
  if (request->max_points() < 0) {
    return ToGrpc(absl::InvalidArgumentError(
                      Absl(StrCat("max_points must not be negative, is ", request->max_points()))),
                  *context);
  }
  auto group = Load(request->group());
  if (!group.ok()) return ToGrpc(group.status(), *context);
  if (absl::Status known = CheckNames(*group, *request); !known.ok())
    return ToGrpc(known, *context);
  auto call = calls_.Enter(*context);
  if (!call.ok()) return ToGrpc(call.status(), *context);
  for (int i = 0; i < group->points_size(); ++i) {
    const v1::GridPoint& point = group->points(i);
    for (const v1::GroupMetric& metric : point.metrics()) {
      if (!IsWanted(*request, metric.metric())) continue;
      auto part = Series(point, metric, request->max_points(), **call);
      if (!part.ok()) return ToGrpc(part.status(), *context);
      part->set_point(i);
      for (const v1::GroupPart& piece : SplitPart(*part, kMaxPartRows)) {
        if ((*call)->Ending() || !writer->Write(piece)) {
          return ToGrpc((*call)->EndStatus(), *context);
        }
      }
    }
  }
  return grpc::Status::OK;
}

}  // namespace lab
