#pragma once

// A socket that stands in for systemd's notify socket.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/base/descriptor.h"
#include "core/base/strings.h"
#include "daemon/process/notify.h"

namespace lab {

// Collects datagrams as a service manager does.
class ServiceManager {
 public:
  explicit ServiceManager(const std::string& name) : name_(name) {
    socket_ = Descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    size_t size = sizeof(address);
    if (name[0] == '@') {
      address.sun_path[0] = '\0';
      size = offsetof(sockaddr_un, sun_path) + name.size();
    }
    EXPECT_EQ(
        ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(size)),
        0);
  }

  Notifier Open(const std::string& watchdog = "", const std::string& pid = "") {
    auto notifier = Notifier::Open([=, this](const std::string& name) -> std::string {
      if (name == "NOTIFY_SOCKET") return name_;
      if (name == "WATCHDOG_USEC") return watchdog;
      return name == "WATCHDOG_PID" ? pid : "";
    });
    EXPECT_TRUE(notifier.ok()) << notifier.status();
    return *std::move(notifier);
  }

  // Takes in what has come; true once `text` is among it.
  bool Await(const std::string& text, double seconds = 30) {
    return Until([&] { return all_.find(text) != std::string::npos; }, seconds);
  }
  bool Until(const std::function<bool()>& heard, double seconds = 30) {
    auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (!heard()) {
      if (std::chrono::steady_clock::now() > until) return false;
      char bytes[4096];
      timeval patience = {0, 20'000};
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
      ssize_t got = ::recv(socket_.get(), bytes, sizeof(bytes), 0);
      if (got > 0) all_ += StrCat(std::string_view(bytes, static_cast<size_t>(got)), "\n");
    }
    return true;
  }
  int64_t Count(const std::string& text) const {
    int64_t count = 0;
    for (size_t at = 0; (at = all_.find(text, at)) != std::string::npos; ++at) ++count;
    return count;
  }
  void Forget() { all_.clear(); }
  const std::string& all() const { return all_; }

 private:
  const std::string name_;
  Descriptor socket_{-1};
  std::string all_;
};

}  // namespace lab
