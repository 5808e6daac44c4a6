#include "cli/programs.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>

#include "core/base/descriptor.h"
#include "core/base/strings.h"

extern char** environ;

namespace lab::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kKept = 1 << 20;

// Adds what the pipe has; false at its end.
bool Drain(int fd, std::string* text) {
  std::array<char, 65536> buffer;
  ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got < 0) return errno == EINTR;
  size_t room = kKept - std::min(kKept, text->size());
  text->append(buffer.data(), std::min(room, static_cast<size_t>(got)));
  return got > 0;
}

// Both pipes until they end; false when the time is over.
bool Collect(int out, int err, Clock::time_point until, ProgramEnd* end) {
  std::array<pollfd, 2> pipes = {{{out, POLLIN, 0}, {err, POLLIN, 0}}};
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) return false;
    if (::poll(pipes.data(), pipes.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) {
      return false;
    }
    if (pipes[0].revents != 0 && !Drain(out, &end->out)) pipes[0].fd = -1;
    if (pipes[1].revents != 0 && !Drain(err, &end->err)) pipes[1].fd = -1;
  }
  return true;
}

}  // namespace

absl::StatusOr<ProgramEnd> RunProgram(const std::vector<std::string>& words, double timeout_seconds,
                                      Interrupts* interrupts) {
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return absl::InternalError("no pipe");
  Descriptor out_read(out[0]), out_write(out[1]);
  if (::pipe2(err, O_CLOEXEC) != 0) return absl::InternalError("no pipe");
  Descriptor err_read(err[0]), err_write(err[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out_write.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, err_write.get(), 2);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = -1;
  int error = ::posix_spawn(&pid, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return absl::NotFoundError(Absl(StrCat("starting ", words[0], ": ", std::strerror(error))));
  }
  // Else the pipes never end.
  ::close(out_write.release());
  ::close(err_write.release());
  ProgramEnd end;
  auto until = Clock::now() + std::chrono::milliseconds(int64_t(timeout_seconds * 1000));
  bool in_time = false, interrupted = false;
  {
    // Until it is waited for its number is no other's.
    std::optional<Interrupts::Scope> interrupt;
    if (interrupts != nullptr) interrupt.emplace(*interrupts, [pid] { ::kill(pid, SIGKILL); });
    in_time = Collect(out_read.get(), err_read.get(), until, &end);
    interrupted = interrupt && interrupt->raised();
  }
  if (!in_time) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (interrupted) return absl::CancelledError("interrupted");
  if (!in_time) {
    return absl::DeadlineExceededError(
        Absl(StrCat(words[0], " did not end within ", timeout_seconds, " s")));
  }
  end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return end;
}

}  // namespace lab::cli
