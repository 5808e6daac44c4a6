#pragma once

// MetricService: the stored points of a job's metrics, raw or thinned. gRPC's threads.

#include "daemon/service/open_calls.h"
#include "daemon/service/services.h"
#include "daemon/store/store.h"
#include "lab/v1/metric.grpc.pb.h"

namespace lab {

class MetricService final : public v1::MetricService::Service {
 public:
  // Both outlive it.
  MetricService(const ServiceContext* lab, OpenCalls* calls) : lab_(*lab), calls_(*calls) {}

  grpc::Status ReadMetrics(grpc::ServerContext* context, const v1::ReadMetricsRequest* request,
                           grpc::ServerWriter<v1::SeriesPart>* writer) override;

 private:
  absl::Status CheckRequest(const v1::ReadMetricsRequest& request) const;

  const ServiceContext& lab_;
  OpenCalls& calls_;
};

// Parts of at most `max_points` points with the same points in order.
std::vector<v1::SeriesPart> SplitPart(const v1::SeriesPart& part, int max_points);

}  // namespace lab
