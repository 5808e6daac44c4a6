#pragma once

// GroupService: groups with their statistics, computed on read from what the store holds of the
// members. gRPC's threads.

#include "daemon/service/open_calls.h"
#include "daemon/service/services.h"
#include "lab/v1/group.grpc.pb.h"

namespace lab {

class GroupService final : public v1::GroupService::Service {
 public:
  // Both outlive it.
  GroupService(const ServiceContext* lab, OpenCalls* calls) : lab_(*lab), calls_(*calls) {}

  grpc::Status GetGroup(grpc::ServerContext* context, const v1::GetGroupRequest* request,
                        v1::Group* response) override;
  grpc::Status ReadGroup(grpc::ServerContext* context, const v1::ReadGroupRequest* request,
                         grpc::ServerWriter<v1::GroupPart>* writer) override;

 private:
  // NOT_FOUND for a name that no group has.
  absl::StatusOr<v1::Group> Load(const std::string& name) const;
  // The statistics of one metric of one grid point, whole.
  absl::StatusOr<v1::GroupPart> Series(const v1::GridPoint& point, const v1::GroupMetric& metric,
                                       int64_t max_points, const OpenCalls::Call& call) const;

  const ServiceContext& lab_;
  OpenCalls& calls_;
};

// Parts of at most `max_points` rows with the same rows in order; one if there are none.
std::vector<v1::GroupPart> SplitPart(const v1::GroupPart& part, int max_points);

}  // namespace lab
