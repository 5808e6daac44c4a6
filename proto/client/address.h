#pragma once

// Where a labd is, as people write it: a socket on this machine, a TCP port of another one, a
// machine behind ssh, or the name that one of these was given by `labctl connect`. Any thread.

#include <string>
#include <string_view>

#include "core/base/places.h"
#include "core/base/remote_names.h"
#include "core/base/status.h"
#include "proto/client/hosts.h"

namespace lab {

// Reasons that the client itself gives; labd's own come through unchanged.
namespace reason {
inline constexpr std::string_view kAddressInvalid = "ADDRESS_INVALID";
}  // namespace reason

struct Address {
  enum class Way { kSocket, kTls, kSsh };

  std::string socket;       // kSocket: absolute path of a Unix socket on this machine
  bool is_default = false;  // the socket of these places: the only one where a daemon is started
  Way way = Way::kSocket;
  HostPort at;       // kTls, kSsh: the machine; port 0: ssh's own default
  std::string user;  // kSsh; empty: ssh's own default
  Host host;         // kTls, kSsh: what is known of it; its name is empty if it has none

  bool IsLocal() const { return way == Way::kSocket; }
  // "unix:/path", "box:7733", "ssh://user@box".
  std::string Text() const;
  // The same, after the name if it has one: "box (10.0.0.5:7733)".
  std::string Title() const;
};

// The address that `host` names, else LAB_HOST, else the default socket of the places. Understood
// are "unix:/path", "host:port", "ssh://user@host:port" and the names in the places' hosts file.
// LAB_TOKEN goes before a stored token. INVALID_ARGUMENT says what is wrong and what would be
// right.
absl::StatusOr<Address> FindAddress(std::string_view host,
                                    const Environment& environment = ProcessEnvironment);

// An address of another machine, "host:port" or "ssh://…", without looking at what is known of it.
absl::StatusOr<Address> ParseRemoteAddress(std::string_view text);

}  // namespace lab
