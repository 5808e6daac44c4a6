#include "proto/client/ssh_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/base/strings.h"

namespace lab {
namespace {

constexpr int kPatienceMillis = 2000;
constexpr size_t kMaxOutput = 1 << 20;
constexpr size_t kKeptErrors = 4096;
constexpr int kNotFoundStatus = 127;

// The program's path, looked for as a shell does; `name` itself if it is nowhere.
std::string FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* variable = std::getenv("PATH");
  std::string_view path = variable != nullptr ? variable : "/usr/bin:/bin";
  while (!path.empty()) {
    size_t end = std::min(path.find(':'), path.size());
    std::string candidate = StrCat(path.substr(0, end), "/", name);
    if (end > 0 && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return name;
}

// In the child, after fork: only calls that are safe there.
[[noreturn]] void Become(const char* program, char* const* words, pid_t parent, int out, int err) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kNotFoundStatus);  // it died before prctl
  int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::execv(program, words);
  ::_exit(kNotFoundStatus);
}

// Appends what `fd` holds; false at its end.
bool Drain(int fd, std::string& text, size_t limit) {
  std::array<char, 4096> buffer;
  while (true) {
    ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    text.append(buffer.data(), static_cast<size_t>(got));
    if (text.size() > limit) text.erase(0, text.size() - limit);
  }
}

}  // namespace

absl::StatusOr<ChildProcess> ChildProcess::Start(const std::vector<std::string>& words) {
  std::string program = FindProgram(words.front());
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int out[2];
  int err[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return absl::InternalError(Absl(::strerror(errno)));
  if (::pipe2(err, O_CLOEXEC) != 0) {
    ::close(out[0]);
    ::close(out[1]);
    return absl::InternalError(Absl(::strerror(errno)));
  }
  const pid_t parent = ::getpid();
  pid_t pid = ::fork();
  if (pid == 0) Become(program.c_str(), arguments.data(), parent, out[1], err[1]);
  ::close(out[1]);
  ::close(err[1]);
  int pid_fd = pid > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)) : -1;
  ChildProcess child(pid, pid_fd, out[0], err[0]);
  if (pid < 0 || pid_fd < 0) {
    return absl::InternalError(Absl(StrCat("starting ", program, ": ", ::strerror(errno))));
  }
  ::fcntl(child.out_fd_, F_SETFL, O_NONBLOCK);
  ::fcntl(child.err_fd_, F_SETFL, O_NONBLOCK);
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pid_fd_(std::exchange(other.pid_fd_, -1)),
      out_fd_(std::exchange(other.out_fd_, -1)),
      err_fd_(std::exchange(other.err_fd_, -1)),
      exit_code_(other.exit_code_),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)) {}

ChildProcess::~ChildProcess() {
  End();
  for (int fd : {pid_fd_, out_fd_, err_fd_}) {
    if (fd >= 0) ::close(fd);
  }
}

void ChildProcess::Reap() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  pid_ = -1;
  Drain(out_fd_, out_, kMaxOutput);
  Drain(err_fd_, err_, kKeptErrors);
}

bool ChildProcess::Await(int stop_fd) {
  std::array<pollfd, 4> watched = {
      {{pid_fd_, POLLIN, 0}, {stop_fd, POLLIN, 0}, {out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}}};
  while (pid_ > 0) {
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return false;
    if (watched[0].revents != 0) {
      Reap();
      return true;
    }
    if (watched[1].revents != 0) return false;
    if (watched[2].revents != 0 && !Drain(out_fd_, out_, kMaxOutput)) watched[2].fd = -1;
    if (watched[3].revents != 0 && !Drain(err_fd_, err_, kKeptErrors)) watched[3].fd = -1;
  }
  return true;
}

void ChildProcess::End() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  pollfd left = {pid_fd_, POLLIN, 0};
  if (pid_fd_ < 0 || ::poll(&left, 1, kPatienceMillis) != 1) ::kill(pid_, SIGKILL);
  Reap();
}

}  // namespace lab
