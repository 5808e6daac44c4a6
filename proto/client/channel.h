#pragma once

// How a face of the lab reaches labd: the gRPC channel, and starting a daemon where none listens.
// Connection (connection.h) is what faces use. Prints nothing. Any thread; the functions block.

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <grpcpp/channel.h>

#include "core/base/places.h"
#include "core/base/status.h"
#include "proto/client/address.h"

namespace lab {

namespace reason {
inline constexpr std::string_view kDaemonUnreachable = "DAEMON_UNREACHABLE";
inline constexpr std::string_view kDaemonStartFailed = "DAEMON_START_FAILED";
}  // namespace reason

// A lazy channel to a socket on this machine: no proxy, quick reconnects, no size limit on answers.
std::shared_ptr<grpc::Channel> OpenChannel(const Address& address);

// The same to another machine by TLS, with its token at every call. Only the certificate that
// `address.host` holds is accepted. A link that died is noticed within kDeadLinkSeconds, even while
// nothing is sent. Requires: address.way is kTls and the certificate is known.
std::shared_ptr<grpc::Channel> OpenTlsChannel(const Address& address);
inline constexpr int kDeadLinkSeconds = 15;

// True if a process accepts connections on the socket. Never blocks for long.
bool SomebodyListens(const std::string& socket);

// True if labd answers that it is SERVING, asked once with `timeout_seconds`.
bool IsServing(const std::shared_ptr<grpc::Channel>& channel, double timeout_seconds);

// What EnsureDaemon did.
enum class DaemonStart {
  kWasRunning,
  kStarted,
};

struct StartOptions {
  std::string binary;           // labd's path; "": beside the caller's program, then on PATH
  double timeout_seconds = 60;  // until it serves
  Environment environment = ProcessEnvironment;
};

// Makes sure that a labd of these places serves: if nobody listens on the default socket one is
// started in the background (a session of its own, stdin and stdout on /dev/null, stderr to its
// log, no inherited descriptor) and waited for. A daemon that dies while starting gives its log's
// last lines. Two clients at once are safe: the daemon that lost the race leaves, the other one
// serves.
absl::StatusOr<DaemonStart> EnsureDaemon(const StartOptions& options = {});

// labd's path: beside the running program, else on PATH. NOT_FOUND names both places.
absl::StatusOr<std::string> FindDaemonBinary(const Environment& environment = ProcessEnvironment);

}  // namespace lab
