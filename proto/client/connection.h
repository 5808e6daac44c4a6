#pragma once

// An open way to a labd, wherever it is: the channel, what keeps it open, and the words for it when
// it fails. Any thread; functions block.

#include <memory>
#include <string>

#include <grpcpp/channel.h>

#include "core/base/places.h"
#include "core/base/status.h"
#include "proto/client/address.h"
#include "proto/client/ssh.h"

namespace lab {

namespace reason {
inline constexpr std::string_view kTokenRefused = "TOKEN_REFUSED";
inline constexpr std::string_view kScopeInsufficient = "SCOPE_INSUFFICIENT";
}  // namespace reason

struct ConnectionOptions {
  bool start = true;     // through ssh: start labd there if it does not run
  bool may_ask = false;  // somebody can answer ssh's questions
  Environment environment = ProcessEnvironment;
};

class Connection {
 public:
  // A socket here and a pinned machine cost nothing until the first call. An ssh tunnel is opened
  // and tried. A machine that is not pinned is refused with FAILED_PRECONDITION, unless
  // LAB_FINGERPRINT names its certificate, which is then fetched and compared.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Address& address,
                                                          const ConnectionOptions& options = {});

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  const Address& address() const { return address_; }

  // `status` of a call of this connection in words that name the layer that failed: the machine's
  // name, TCP, TLS, the token, ssh, labd. Looks at the layers first where nobody answered, which
  // may take some seconds. What is labd's own answer stays as it is.
  absl::Status Explain(const absl::Status& status) const;

 private:
  explicit Connection(Address address) : address_(std::move(address)) {}
  absl::Status OpenTls(const ConnectionOptions& options);
  absl::Status OpenSsh(const ConnectionOptions& options);
  absl::Status ExplainSilence(const absl::Status& status) const;

  Address address_;
  std::unique_ptr<SshTunnel> tunnel_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace lab
