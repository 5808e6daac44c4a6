#pragma once

// CorpusService: built-in and registered texts, looks at them, text as tokens. What a text holds is
// asked of the idle worker; the list of registered files is this service's to write. gRPC's
// threads.

#include <mutex>

#include "daemon/service/services.h"
#include "lab/v1/corpus.grpc.pb.h"

namespace lab {

class CorpusService final : public v1::CorpusService::Service {
 public:
  explicit CorpusService(const ServiceContext* lab) : lab_(*lab) {}

  grpc::Status ListCorpora(grpc::ServerContext* context, const v1::ListCorporaRequest* request,
                           v1::ListCorporaResponse* response) override;
  grpc::Status AddCorpus(grpc::ServerContext* context, const v1::AddCorpusRequest* request,
                         v1::Corpus* response) override;
  grpc::Status RemoveCorpus(grpc::ServerContext* context, const v1::RemoveCorpusRequest* request,
                            v1::RemoveCorpusResponse* response) override;
  grpc::Status PreviewCorpus(grpc::ServerContext* context, const v1::PreviewCorpusRequest* request,
                             v1::CorpusPreview* response) override;
  grpc::Status Tokenize(grpc::ServerContext* context, const v1::TokenizeRequest* request,
                        v1::TokenizeResponse* response) override;

 private:
  const ServiceContext& lab_;
  std::mutex registry_;  // held while the list of registered files is read and written again
};

}  // namespace lab
