#include "daemon/service/services.h"

#include <utility>

#include <grpcpp/server_builder.h>

#include "daemon/service/artifact_service.h"
#include "daemon/service/catalog_service.h"
#include "daemon/service/corpus_service.h"
#include "daemon/service/event_bus.h"
#include "daemon/service/group_service.h"
#include "daemon/service/inspect_service.h"
#include "daemon/service/job_service.h"
#include "daemon/service/metric_service.h"
#include "daemon/service/open_calls.h"
#include "daemon/service/queue_service.h"
#include "daemon/service/storage_service.h"
#include "daemon/service/system_service.h"
#include "daemon/service/transfer_service.h"

namespace lab {

struct Services::Parts {
  explicit Parts(ServiceContext given)
      : lab(std::move(given)),
        jobs(&lab, &calls),
        queue(&lab),
        metrics(&lab, &calls),
        groups(&lab, &calls),
        catalog(&lab),
        corpora(&lab),
        artifacts(&lab, &calls),
        inspect(&lab, &calls),
        system(&lab, &calls),
        transfer(&lab, &calls),
        storage(&lab) {}

  const ServiceContext lab;
  OpenCalls calls{static_cast<size_t>(lab.max_streams), lab.still_admits};
  JobService jobs;
  QueueService queue;
  MetricService metrics;
  GroupService groups;
  CatalogService catalog;
  CorpusService corpora;
  ArtifactService artifacts;
  InspectService inspect;
  SystemService system;
  TransferService transfer;
  StorageService storage;
};

Services::Services(ServiceContext context) : parts_(std::make_unique<Parts>(std::move(context))) {}

Services::~Services() = default;

void Services::Register(grpc::ServerBuilder& builder) {
  builder.RegisterService(&parts_->jobs);
  builder.RegisterService(&parts_->queue);
  builder.RegisterService(&parts_->metrics);
  builder.RegisterService(&parts_->groups);
  builder.RegisterService(&parts_->catalog);
  builder.RegisterService(&parts_->corpora);
  builder.RegisterService(&parts_->artifacts);
  builder.RegisterService(&parts_->inspect);
  builder.RegisterService(&parts_->system);
  builder.RegisterService(&parts_->transfer);
  builder.RegisterService(&parts_->storage);
}

void Services::Shutdown() {
  parts_->lab.events->Shutdown();
  parts_->calls.Shutdown();
}

size_t Services::open_streams() const { return parts_->calls.size(); }

}  // namespace lab
