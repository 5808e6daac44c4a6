#include "daemon/remote/remote_port.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <netdb.h>
#include <sys/socket.h>

#include <grpc/grpc.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include "core/base/descriptor.h"
#include "core/base/strings.h"

namespace lab {
namespace {

// A client that vanished is noticed after the sum, and its stream's thread is free again.
constexpr int kKeepaliveMillis = 20'000;
constexpr int kKeepaliveTimeoutMillis = 10'000;
// Clients ask more often than gRPC's servers like by themselves (proto/client/channel.cc).
constexpr int kClientPingMillis = 4'000;
constexpr int kHandshakeMillis = 30'000;

// Why `listen` cannot be had: the system's own words, by trying.
std::string WhyNot(const HostPort& listen) {
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::string port = StrCat(listen.port);
  if (int error = ::getaddrinfo(listen.host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return ::gai_strerror(error);
  }
  std::string why = "gRPC could not listen";
  for (addrinfo* one = found; one != nullptr; one = one->ai_next) {
    Descriptor socket(::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, 0));
    if (socket.get() < 0 || ::bind(socket.get(), one->ai_addr, one->ai_addrlen) != 0) {
      why = ::strerror(errno);
      break;
    }
  }
  ::freeaddrinfo(found);
  return why;
}

}  // namespace

RemotePort::RemotePort(HostPort listen, Identity identity, const Places& places, const Clock* clock)
    : listen_(std::move(listen)),
      identity_(std::move(identity)),
      gatekeeper_(places.tokens(), clock) {}

absl::StatusOr<std::unique_ptr<RemotePort>> RemotePort::Make(const Places& places,
                                                             const std::string& listen,
                                                             const Clock* clock) {
  absl::StatusOr<HostPort> address = ParseHostPort(listen);
  if (!address.ok()) return WithContext(address.status(), "--listen");
  ASSIGN_OR_RETURN(std::vector<Token> tokens, ReadTokens(places.tokens()));
  if (tokens.empty()) {
    return absl::FailedPreconditionError(
        "--listen opens labd to other machines, and there is no token yet that would let one in; "
        "make one with: labd token create --name laptop");
  }
  ASSIGN_OR_RETURN(Identity identity, LoadOrMakeIdentity(places.identity()));
  return std::unique_ptr<RemotePort>(
      new RemotePort(*std::move(address), std::move(identity), places, clock));
}

void RemotePort::AddTo(grpc::ServerBuilder& builder) {
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({identity_.key, identity_.certificate});
  auto credentials = grpc::SslServerCredentials(options);
  credentials->SetAuthMetadataProcessor(std::make_shared<GatekeeperProcessor>(&gatekeeper_));
  builder.AddListeningPort(listen_.Text(), credentials, &port_);
  // Another labd on the same port is a mistake, not a way to share the load.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMillis);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kClientPingMillis);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMillis);
}

absl::Status RemotePort::CheckListening() const {
  if (port_ > 0) return absl::OkStatus();
  return absl::UnavailableError(
      Absl(StrCat("cannot listen on ", listen_.Text(), ": ", WhyNot(listen_))));
}

std::string RemotePort::address() const { return HostPort{listen_.host, port_}.Text(); }

}  // namespace lab
