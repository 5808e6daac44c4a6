#include "daemon/supervisor/worker_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/descriptor.h"
#include "core/base/strings.h"

extern char** environ;

namespace lab {
namespace {

// The lowest descriptor that may hold what the child gets, so that the dup2 calls which fill 0 to 3
// never overwrite a source.
constexpr int kAboveChild = 10;

absl::Status SpawnError(std::string_view doing, int error) {
  return absl::UnavailableError(StrCat(doing, ": ", std::strerror(error)));
}

// The recipe for the child's descriptors and signals.
class Recipe {
 public:
  Recipe() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  ~Recipe() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  Recipe(const Recipe&) = delete;
  Recipe& operator=(const Recipe&) = delete;

  int Prepare(int socket, int log_fd) {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    if (!error) error = ::posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0);
    if (!error && log_fd >= 0) error = ::posix_spawn_file_actions_adddup2(&actions_, log_fd, 2);
    if (!error) error = ::posix_spawn_file_actions_adddup2(&actions_, socket, 3);
    if (!error) error = ::posix_spawn_file_actions_addclosefrom_np(&actions_, 4);
    // What labd blocks or ignores must not be blocked or ignored in the worker.
    if (!error) error = ::posix_spawnattr_setsigmask(&attributes_, &none);
    if (!error) error = ::posix_spawnattr_setsigdefault(&attributes_, &all);
    if (!error) error = ::posix_spawnattr_setpgroup(&attributes_, 0);
    if (!error) {
      error = ::posix_spawnattr_setflags(
          &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    return error;
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

absl::StatusOr<WorkerProcess> WorkerProcess::Spawn(const Options& options) {
  std::array<int, 2> ends = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return SpawnError("making a socket pair", errno);
  }
  Descriptor ours(ends[0]);
  Descriptor lower(ends[1]);
  Descriptor theirs(::fcntl(lower.get(), F_DUPFD_CLOEXEC, kAboveChild));
  if (theirs.get() < 0) return SpawnError("moving a descriptor", errno);
  Descriptor log(options.log_fd < 0 ? -1 : ::fcntl(options.log_fd, F_DUPFD_CLOEXEC, kAboveChild));
  if (options.log_fd >= 0 && log.get() < 0) return SpawnError("moving a descriptor", errno);
  int flags = ::fcntl(ours.get(), F_GETFL);
  if (::fcntl(ours.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return SpawnError("preparing a socket", errno);
  }

  Recipe recipe;
  if (int error = recipe.Prepare(theirs.get(), log.get())) {
    return SpawnError("preparing a worker", error);
  }
  std::vector<std::string> words = {options.program.string()};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = -1;
  int error = ::posix_spawn(&pid, options.program.c_str(), &recipe.actions_, &recipe.attributes_,
                            arguments.data(), environ);
  if (error) return SpawnError(StrCat("starting ", options.program.native()), error);
  WorkerProcess process;
  process.pid_ = pid;
  process.socket_ = ours.release();
  return process;
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      socket_(std::exchange(other.socket_, -1)),
      status_(std::exchange(other.status_, std::nullopt)) {}

WorkerProcess& WorkerProcess::operator=(WorkerProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(socket_, other.socket_);
  std::swap(status_, other.status_);
  return *this;
}

WorkerProcess::~WorkerProcess() {
  CloseSocket();
  if (pid_ <= 0 || TryReap()) return;
  Signal(SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

void WorkerProcess::CloseSocket() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void WorkerProcess::Signal(int signal) const {
  if (pid_ > 0 && !status_) ::kill(pid_, signal);
}

std::optional<int> WorkerProcess::TryReap() {
  if (status_ || pid_ <= 0) return status_;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_;
}

}  // namespace lab
