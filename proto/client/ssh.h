#pragma once

// The way to a labd on another machine through the system's ssh: a process that forwards labd's
// Unix socket to one here. Any thread; functions block.

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/base/places.h"
#include "core/base/status.h"
#include "proto/client/address.h"

namespace lab {

namespace reason {
inline constexpr std::string_view kSshFailed = "SSH_FAILED";
}  // namespace reason

struct SshOptions {
  std::string program = "ssh";  // LAB_SSH in tests
  bool may_ask = false;         // somebody at a terminal can answer for passwords and host keys
};

// The path of labd's socket on the machine, asked of the labctl there; `start` starts labd if it
// does not run. UNAVAILABLE with SSH_FAILED, DAEMON_UNREACHABLE or DAEMON_START_FAILED.
absl::StatusOr<std::string> FindRemoteSocket(const Address& address, const SshOptions& options,
                                             bool start);

// A tunnel that stands until it is destroyed: if ssh ends because the link broke, another one is
// started, and the socket here is the same.
class SshTunnel {
 public:
  // Returns once the socket here accepts connections.
  static absl::StatusOr<std::unique_ptr<SshTunnel>> Open(const Address& address,
                                                         const SshOptions& options,
                                                         const std::string& remote_socket);
  ~SshTunnel();
  SshTunnel(const SshTunnel&) = delete;
  SshTunnel& operator=(const SshTunnel&) = delete;

  std::string socket() const { return (folder_ / "s").string(); }
  // OK while an ssh runs; else SSH_FAILED with what the last one said.
  absl::Status Health() const;

 private:
  SshTunnel(Address address, SshOptions options, std::string remote_socket,
            std::filesystem::path folder);
  absl::Status AwaitOpen();
  void Keep();
  // Runs one ssh until it ends or the tunnel is closed.
  void RunOnce();

  const Address address_;
  const SshOptions options_;
  const std::string remote_socket_;
  const std::filesystem::path folder_;  // mode 0700, removed at the end

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool closing_ = false;
  bool opened_ = false;   // once: then a broken ssh is replaced
  bool running_ = false;  // an ssh runs
  std::string last_words_;
  int64_t ended_ = 0;  // so many ssh have ended
  int stop_fd_ = -1;   // an eventfd that wakes RunOnce
  std::thread thread_;
};

}  // namespace lab
