#include "proto/client/connection.h"

#include <utility>

#include "core/base/strings.h"
#include "proto/client/channel.h"
#include "proto/client/lab_client.h"
#include "proto/client/probe.h"

namespace lab {
namespace {

constexpr double kProbeSeconds = 5;
constexpr double kFetchSeconds = 15;
constexpr double kTunnelSeconds = 10;

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Address& address,
                                                             const ConnectionOptions& options) {
  std::unique_ptr<Connection> connection(new Connection(address));
  switch (address.way) {
    case Address::Way::kSocket:
      connection->channel_ = OpenChannel(address);
      break;
    case Address::Way::kTls:
      RETURN_IF_ERROR(connection->OpenTls(options));
      break;
    case Address::Way::kSsh:
      RETURN_IF_ERROR(connection->OpenSsh(options));
      break;
  }
  return connection;
}

absl::Status Connection::OpenTls(const ConnectionOptions& options) {
  Host& host = address_.host;
  if (std::string wanted = options.environment("LAB_FINGERPRINT"); !wanted.empty()) {
    std::string fingerprint = NormalFingerprint(wanted);
    if (fingerprint.empty()) {
      return Failure(absl::StatusCode::kInvalidArgument, reason::kAddressInvalid,
                     "LAB_FINGERPRINT is no fingerprint: sha256: and 64 hexadecimal digits");
    }
    if (fingerprint != host.fingerprint) {
      ASSIGN_OR_RETURN(ServerCertificate shown, FetchCertificate(address_.at, kFetchSeconds));
      RETURN_IF_ERROR(CompareFingerprints(address_.Title(), fingerprint, shown.fingerprint));
      host.certificate = shown.pem;
      host.fingerprint = shown.fingerprint;
    }
  }
  if (host.certificate.empty()) {
    return Failure(absl::StatusCode::kFailedPrecondition, "HOST_UNKNOWN",
                   StrCat("nothing is known of ", address_.Text(),
                          " yet; first: labctl connect NAME ", address_.Text()));
  }
  channel_ = OpenTlsChannel(address_);
  return absl::OkStatus();
}

absl::Status Connection::OpenSsh(const ConnectionOptions& options) {
  SshOptions ssh;
  ssh.may_ask = options.may_ask;
  if (std::string program = options.environment("LAB_SSH"); !program.empty()) ssh.program = program;
  Address local;
  if (!address_.host.socket.empty()) {
    ASSIGN_OR_RETURN(tunnel_, SshTunnel::Open(address_, ssh, address_.host.socket));
    local.socket = tunnel_->socket();
    channel_ = OpenChannel(local);
    if (IsServing(channel_, kTunnelSeconds)) return absl::OkStatus();
    tunnel_.reset();  // labd does not run there, or has moved
  }
  ASSIGN_OR_RETURN(address_.host.socket, FindRemoteSocket(address_, ssh, options.start));
  ASSIGN_OR_RETURN(tunnel_, SshTunnel::Open(address_, ssh, address_.host.socket));
  local.socket = tunnel_->socket();
  channel_ = OpenChannel(local);
  return absl::OkStatus();
}

absl::Status Connection::Explain(const absl::Status& status) const {
  if (address_.IsLocal()) return status;
  if (ReasonOf(status) == reason::kDaemonUnreachable) return ExplainSilence(status);
  if (ReasonOf(status) == reason::kTokenRefused) {
    std::string said = address_.host.token.empty()
                           ? "wants a token, and there is none"
                           : StrCat("refuses the token: ", MessageOf(status));
    return Failure(
        status.code(), reason::kTokenRefused,
        StrCat(address_.Title(), " ", said,
               "; make one there with `labd token create`, then: labctl connect ",
               address_.host.name.empty() ? "NAME" : address_.host.name, " ", address_.Text()));
  }
  if (ReasonOf(status) == reason::kScopeInsufficient) {
    return WithContext(status, address_.Title());
  }
  return status;
}

absl::Status Connection::ExplainSilence(const absl::Status& status) const {
  if (tunnel_) {
    RETURN_IF_ERROR(tunnel_->Health());
    return Failure(status.code(), reason::kDaemonUnreachable,
                   StrCat("ssh to ", address_.Title(), " works, but labd there does not answer on ",
                          address_.host.socket, ": ", MessageOf(status)));
  }
  absl::StatusOr<ServerCertificate> shown = FetchCertificate(address_.at, kProbeSeconds);
  if (!shown.ok()) {
    return address_.host.name.empty() ? shown.status()
                                      : WithContext(shown.status(), address_.host.name);
  }
  RETURN_IF_ERROR(
      CompareFingerprints(address_.Title(), address_.host.fingerprint, shown->fingerprint));
  return Failure(status.code(), reason::kDaemonUnreachable,
                 StrCat(address_.Title(),
                        " can be reached and shows the right certificate, but the "
                        "call broke off: ",
                        MessageOf(status)));
}

}  // namespace lab
