#pragma once

// How a face of the lab reaches labd: addresses, the gRPC channel, and starting a daemon where none
// listens. Prints nothing. Any thread; the functions block.

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <grpcpp/channel.h>

#include "core/base/places.h"
#include "core/base/status.h"

namespace lab {

// Reasons that the client itself gives; labd's own come through unchanged.
namespace reason {
inline constexpr std::string_view kAddressInvalid = "ADDRESS_INVALID";
inline constexpr std::string_view kDaemonUnreachable = "DAEMON_UNREACHABLE";
inline constexpr std::string_view kDaemonStartFailed = "DAEMON_START_FAILED";
}  // namespace reason

// Where labd listens.
struct Address {
  std::string socket;       // absolute path of a Unix socket
  bool is_default = false;  // the socket of these places: the only one where a daemon is started

  std::string Text() const { return "unix:" + socket; }  // as people write it and gRPC reads it
};

// The address that `host` names, else LAB_HOST, else the default socket of the places. Understood
// is "unix:/path"; "host:port" is refused with INVALID_ARGUMENT, for this version speaks locally
// only.
absl::StatusOr<Address> FindAddress(std::string_view host,
                                    const Environment& environment = ProcessEnvironment);

// A lazy channel to `address`: no proxy, quick reconnects, no size limit on answers.
std::shared_ptr<grpc::Channel> OpenChannel(const Address& address);

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
