#pragma once

// Stands before every call that comes over TCP, those to unknown methods, health and reflection
// included: no valid token, no answer but a refusal. Calls over the Unix socket do not pass here:
// its folder, open to its owner only, is their permission.

#include <filesystem>
#include <mutex>
#include <string_view>

#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/server_context.h>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "daemon/remote/tokens.h"

namespace lab {

class Gatekeeper {
 public:
  // `clock` outlives this.
  Gatekeeper(std::filesystem::path tokens, const Clock* clock)
      : tokens_(std::move(tokens)), clock_(clock) {}

  // OK if `authorization` ("Bearer SECRET") may call `path`. UNAUTHENTICATED without a valid token,
  // whatever the path; PERMISSION_DENIED if the token's scope does not suffice or the path is not
  // open to other machines. Any thread.
  absl::Status Admit(std::string_view authorization, std::string_view path);

  // True while a call that was let in may go on: it is local, or its token still stands.
  bool StillAdmits(const grpc::ServerContext& context);

 private:
  // Tells the log, at most once in a while.
  void NoteRefusal();

  TokenTable tokens_;
  const Clock* const clock_;
  std::mutex mutex_;  // guards what follows
  int64_t refused_ = 0;
  double noted_seconds_ = -1;
};

// The gatekeeper as gRPC wants it, for the credentials of the TCP port. `gatekeeper` outlives the
// server.
class GatekeeperProcessor : public grpc::AuthMetadataProcessor {
 public:
  explicit GatekeeperProcessor(Gatekeeper* gatekeeper) : gatekeeper_(*gatekeeper) {}
  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* context,
                       OutputMetadata* consumed, OutputMetadata* response) override;

 private:
  Gatekeeper& gatekeeper_;
};

}  // namespace lab
