#include "gui/session/link.h"

#include "proto/client/channel.h"

namespace lab::gui {
namespace {

constexpr double kProbeSeconds = 5;
constexpr double kCallSeconds = 60;

}  // namespace

Link::Link(std::unique_ptr<Connection> connection, bool started_daemon)
    : connection_(std::move(connection)),
      client_(connection_->channel(), kCallSeconds),
      started_daemon_(started_daemon) {}

absl::StatusOr<std::shared_ptr<Link>> openLink(const std::string& host, bool may_start) {
  ASSIGN_OR_RETURN(Address address, FindAddress(host));
  DaemonStart start = DaemonStart::kWasRunning;
  if (address.IsLocal() && address.is_default && may_start) {
    ASSIGN_OR_RETURN(start, EnsureDaemon());
  }
  ConnectionOptions options;
  options.start = may_start;
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::Open(address, options));
  LabClient probe(connection->channel(), kProbeSeconds);
  absl::StatusOr<v1::System> answer = probe.GetSystem();
  if (!answer.ok()) return connection->Explain(answer.status());
  return std::make_shared<Link>(std::move(connection), start == DaemonStart::kStarted);
}

}  // namespace lab::gui
