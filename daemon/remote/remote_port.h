#pragma once

// The port on which other machines reach labd: TLS with labd's own certificate, a token at every
// call. Made before the server, outlives it.

#include <memory>
#include <string>

#include <grpcpp/server_builder.h>

#include "core/base/clock.h"
#include "core/base/places.h"
#include "core/base/remote_names.h"
#include "core/base/status.h"
#include "daemon/remote/gatekeeper.h"
#include "daemon/remote/identity.h"

namespace lab {

class RemotePort {
 public:
  // `listen` is HOST:PORT; port 0 takes a free one. FAILED_PRECONDITION while there is no token:
  // nobody could come in. `clock` outlives this.
  static absl::StatusOr<std::unique_ptr<RemotePort>> Make(const Places& places,
                                                          const std::string& listen,
                                                          const Clock* clock);

  // Adds the port to `builder`, before any other one: the first that fails ends the building.
  void AddTo(grpc::ServerBuilder& builder);
  // After building: UNAVAILABLE with the cause if this port could not be had.
  absl::Status CheckListening() const;

  std::string address() const;  // "0.0.0.0:7733", with the port that it got
  const std::string& fingerprint() const { return identity_.fingerprint; }
  Gatekeeper& gatekeeper() { return gatekeeper_; }

 private:
  RemotePort(HostPort listen, Identity identity, const Places& places, const Clock* clock);

  const HostPort listen_;
  const Identity identity_;
  Gatekeeper gatekeeper_;
  int port_ = 0;
};

}  // namespace lab
