#pragma once

// What a service manager is told: datagrams to $NOTIFY_SOCKET, as sd_notify(3) sends them, without
// a library. Any thread.

#include <string>
#include <string_view>

#include "core/base/descriptor.h"
#include "core/base/places.h"
#include "core/base/status.h"

namespace lab {

class Notifier {
 public:
  // Tells nobody.
  Notifier() : socket_(-1) {}

  // By NOTIFY_SOCKET (a path, or @name for an abstract one), WATCHDOG_USEC and WATCHDOG_PID.
  // INVALID_ARGUMENT for a socket of another kind.
  static absl::StatusOr<Notifier> Open(const Environment& environment);

  bool heard() const { return socket_.get() >= 0; }
  // A sign of life is wanted at least this often; 0: never.
  double watchdog_seconds() const { return watchdog_seconds_; }
  // Sends assignments, one a line: "READY=1\nSTATUS=idle". Waits for a manager that is busy, but
  // not for long; false if it could not be sent.
  bool Send(std::string_view lines) const;

 private:
  Descriptor socket_;
  std::string address_;  // sockaddr_un's bytes
  double watchdog_seconds_ = 0;
};

// Keeps what belongs to this process alone from its children.
void ForgetNotifySocket();

}  // namespace lab
