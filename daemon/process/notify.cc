#include "daemon/process/notify.h"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/strings.h"

namespace lab {
namespace {

constexpr timeval kPatience = {2, 0};

absl::StatusOr<std::string> AddressOf(const std::string& name) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const bool known = name.size() > 1 && (name[0] == '/' || name[0] == '@');
  if (!known || name.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(StrCat("NOTIFY_SOCKET must be a path or @name of at most ",
                                             sizeof(address.sun_path) - 1, " bytes, is \"", name,
                                             "\"; the service manager is told nothing"));
  }
  std::memcpy(address.sun_path, name.data(), name.size());
  size_t size = offsetof(sockaddr_un, sun_path) + name.size();
  if (name[0] == '@') {
    address.sun_path[0] = '\0';
  } else {
    ++size;  // with the zero at its end
  }
  return std::string(reinterpret_cast<const char*>(&address), size);
}

}  // namespace

absl::StatusOr<Notifier> Notifier::Open(const Environment& environment) {
  Notifier notifier;
  const std::string name = environment("NOTIFY_SOCKET");
  if (name.empty()) return notifier;
  ASSIGN_OR_RETURN(notifier.address_, AddressOf(name));
  notifier.socket_ = Descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (notifier.socket_.get() < 0) {
    return absl::UnavailableError(StrCat("NOTIFY_SOCKET: ", std::strerror(errno)));
  }
  ::setsockopt(notifier.socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
  const std::string pid = environment("WATCHDOG_PID");
  const bool mine = pid.empty() || pid == StrCat(::getpid());
  const double microseconds = std::strtod(environment("WATCHDOG_USEC").c_str(), nullptr);
  if (mine && microseconds > 0) notifier.watchdog_seconds_ = microseconds / 1e6;
  return notifier;
}

bool Notifier::Send(std::string_view lines) const {
  if (!heard()) return true;
  while (true) {
    ssize_t sent = ::sendto(socket_.get(), lines.data(), lines.size(), MSG_NOSIGNAL,
                            reinterpret_cast<const sockaddr*>(address_.data()),
                            static_cast<socklen_t>(address_.size()));
    if (sent >= 0) return true;
    if (errno != EINTR) return false;
  }
}

void ForgetNotifySocket() {
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
}

}  // namespace lab
