#include "proto/client/ssh.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/strings.h"
#include "proto/client/channel.h"
#include "proto/client/ssh_process.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr int kSshOwnFailure = 255;
constexpr int kNoProgram = 127;
constexpr auto kOpenPoll = std::chrono::milliseconds(20);
constexpr auto kFirstPause = std::chrono::milliseconds(250);
constexpr auto kLastPause = std::chrono::milliseconds(4000);
// A dead link is noticed after their product.
constexpr int kAliveSeconds = 5;
constexpr int kAliveCount = 3;

// What every run of ssh begins with; the machine and a command follow.
std::vector<std::string> SshWords(const Address& address, const SshOptions& options) {
  std::vector<std::string> words = {options.program,
                                    "-T",
                                    "-o",
                                    "ConnectTimeout=15",
                                    "-o",
                                    StrCat("ServerAliveInterval=", kAliveSeconds),
                                    "-o",
                                    StrCat("ServerAliveCountMax=", kAliveCount)};
  if (!options.may_ask) {
    words.emplace_back("-o");
    words.emplace_back("BatchMode=yes");
  }
  if (address.at.port != 0) {
    words.emplace_back("-p");
    words.push_back(StrCat(address.at.port));
  }
  return words;
}

void AddMachine(const Address& address, std::vector<std::string>& words) {
  words.emplace_back("--");
  words.push_back(address.user.empty() ? address.at.host
                                       : StrCat(address.user, "@", address.at.host));
}

std::string Trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return ReplaceInvalidUtf8(text);
}

absl::Status SshFailure(const Address& address, int exit_code, const std::string& words) {
  std::string said = Trimmed(words);
  return Failure(absl::StatusCode::kUnavailable, reason::kSshFailed,
                 StrCat("ssh to ", address.Title(), " failed (exit status ", exit_code,
                        "): ", said.empty() ? "it said nothing" : said));
}

// For the shell on the other side.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// The last line that is a JSON object: a login script may have said something before.
nlohmann::json LastDocument(const std::string& out) {
  size_t begin = out.rfind("{\"schema_version\"");
  if (begin == std::string::npos) return nullptr;
  size_t end = std::min(out.find('\n', begin), out.size());
  return nlohmann::json::parse(out.substr(begin, end - begin), nullptr, false);
}

}  // namespace

absl::StatusOr<std::string> FindRemoteSocket(const Address& address, const SshOptions& options,
                                             bool start) {
  std::vector<std::string> words = SshWords(address, options);
  AddMachine(address, words);
  std::string program = address.host.labctl.empty() ? "labctl" : Quoted(address.host.labctl);
  // LAB_HOST would point away from that machine's own labd.
  words.push_back(StrCat("LAB_HOST= ", program, " daemon ", start ? "start" : "status", " --json"));
  ASSIGN_OR_RETURN(ChildProcess child, ChildProcess::Start(words));
  child.Await(-1);
  nlohmann::json document = LastDocument(child.out());
  std::string socket;
  if (document.is_object() && document.contains("address") && document["address"].is_string()) {
    socket = document["address"].get<std::string>();
  }
  bool runs = child.exit_code() == 0;
  if (runs && socket.compare(0, 6, "unix:/") == 0) return socket.substr(5);
  if (child.exit_code() == kSshOwnFailure) {
    return SshFailure(address, child.exit_code(), child.err());
  }
  if (child.exit_code() == kNoProgram) {
    return Failure(absl::StatusCode::kUnavailable, reason::kSshFailed,
                   StrCat("ssh to ", address.Title(),
                          " works, but there is no labctl on that machine's PATH; name it: "
                          "labctl connect NAME ",
                          address.Text(), " --remote-labctl /path/to/labctl"));
  }
  if (!start && !socket.empty()) {
    return Failure(absl::StatusCode::kUnavailable, reason::kDaemonUnreachable,
                   StrCat("ssh to ", address.Title(), " works, but labd is not running there"));
  }
  return Failure(
      absl::StatusCode::kUnavailable, reason::kDaemonStartFailed,
      StrCat("ssh to ", address.Title(), " works, but labctl there could not start labd ",
             "(exit status ", child.exit_code(),
             "): ", Trimmed(child.err().empty() ? child.out() : child.err())));
}

absl::StatusOr<std::unique_ptr<SshTunnel>> SshTunnel::Open(const Address& address,
                                                           const SshOptions& options,
                                                           const std::string& remote_socket) {
  std::error_code error;
  fs::path place = fs::temp_directory_path(error);
  std::string pattern = ((error ? fs::path("/tmp") : place) / "labctl-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    return absl::FailedPreconditionError(
        Absl(StrCat("making a folder for the tunnel's socket, ", pattern, ", failed")));
  }
  std::unique_ptr<SshTunnel> tunnel(new SshTunnel(address, options, remote_socket, pattern));
  RETURN_IF_ERROR(CheckSocketPath(tunnel->socket()));
  RETURN_IF_ERROR(tunnel->AwaitOpen());
  return tunnel;
}

SshTunnel::SshTunnel(Address address, SshOptions options, std::string remote_socket,
                     fs::path folder)
    : address_(std::move(address)),
      options_(std::move(options)),
      remote_socket_(std::move(remote_socket)),
      folder_(std::move(folder)),
      stop_fd_(::eventfd(0, EFD_CLOEXEC)) {}

SshTunnel::~SshTunnel() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    changed_.notify_all();
  }
  ::eventfd_write(stop_fd_, 1);
  if (thread_.joinable()) thread_.join();
  ::close(stop_fd_);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

absl::Status SshTunnel::AwaitOpen() {
  thread_ = std::thread([this] { Keep(); });
  std::unique_lock lock(mutex_);
  while (!SomebodyListens(socket())) {
    if (ended_ > 0) {
      return Failure(absl::StatusCode::kUnavailable, reason::kSshFailed, last_words_);
    }
    changed_.wait_for(lock, kOpenPoll);
  }
  opened_ = true;
  return absl::OkStatus();
}

absl::Status SshTunnel::Health() const {
  std::lock_guard lock(mutex_);
  if (running_ && SomebodyListens(socket())) return absl::OkStatus();
  return Failure(absl::StatusCode::kUnavailable, reason::kSshFailed,
                 last_words_.empty() ? StrCat("ssh to ", address_.Title(), " has not connected yet")
                                     : last_words_);
}

void SshTunnel::Keep() {
  auto pause = kFirstPause;
  while (true) {
    auto began = std::chrono::steady_clock::now();
    RunOnce();
    if (std::chrono::steady_clock::now() - began > kLastPause) pause = kFirstPause;
    std::unique_lock lock(mutex_);
    ++ended_;
    running_ = false;
    changed_.notify_all();
    if (closing_ || !opened_) return;
    changed_.wait_for(lock, pause, [this] { return closing_; });
    if (closing_) return;
    pause = std::min(pause * 2, kLastPause);
  }
}

void SshTunnel::RunOnce() {
  std::vector<std::string> words = SshWords(address_, options_);
  // An ssh of its own, not a guest of a shared connection that ends when it likes.
  for (const char* option : {"ControlMaster=no", "ControlPath=none", "ExitOnForwardFailure=yes",
                             "StreamLocalBindUnlink=yes"}) {
    words.emplace_back("-o");
    words.emplace_back(option);
  }
  words.emplace_back("-N");
  words.emplace_back("-L");
  words.push_back(StrCat(socket(), ":", remote_socket_));
  AddMachine(address_, words);
  absl::StatusOr<ChildProcess> child = ChildProcess::Start(words);
  if (!child.ok()) {
    std::lock_guard lock(mutex_);
    last_words_ = MessageOf(child.status());
    return;
  }
  {
    std::lock_guard lock(mutex_);
    running_ = true;
  }
  bool ended = child->Await(stop_fd_);
  if (!ended) return child->End();
  std::lock_guard lock(mutex_);
  last_words_ = MessageOf(SshFailure(address_, child->exit_code(), child->err()));
}

}  // namespace lab
