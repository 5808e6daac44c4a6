#include "gui/session/link.h"

#include <filesystem>

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

void Opening::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  if (client_ != nullptr) client_->CancelAll();
}

bool Opening::closed() {
  std::lock_guard lock(mutex_);
  return closed_;
}

Opening::Guard::Guard(Opening* opening, LabClient* client) : opening_(opening) {
  std::lock_guard lock(opening_->mutex_);
  opening_->client_ = client;
  if (opening_->closed_) client->CancelAll();
}

Opening::Guard::~Guard() {
  std::lock_guard lock(opening_->mutex_);
  opening_->client_ = nullptr;
}

absl::StatusOr<std::shared_ptr<Link>> openLink(const std::string& host, bool asked,
                                               Opening* opening) {
  ASSIGN_OR_RETURN(Address address, FindAddress(host));
  std::error_code unseen;
  const bool may_start = asked || std::filesystem::exists(address.socket, unseen);
  DaemonStart start = DaemonStart::kWasRunning;
  // Where somebody listens but does not answer, waiting for it to serve would take a minute.
  if (address.IsLocal() && address.is_default && may_start && !SomebodyListens(address.socket)) {
    ASSIGN_OR_RETURN(start, EnsureDaemon());
  }
  ConnectionOptions options;
  options.start = may_start;
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::Open(address, options));
  LabClient probe(connection->channel(), kProbeSeconds);
  Opening::Guard guard(opening, &probe);
  absl::StatusOr<v1::System> answer = probe.GetSystem();
  if (!answer.ok() && opening->closed()) return answer.status();
  if (!answer.ok()) return connection->Explain(answer.status());
  return std::make_shared<Link>(std::move(connection), start == DaemonStart::kStarted);
}

}  // namespace lab::gui
