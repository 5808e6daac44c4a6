#include "cli/interrupts.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace lab::cli {
namespace {
constexpr int kInterrupted = 130;
}

Interrupts::Interrupts(bool listen) {
  if (!listen) return;
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_BLOCK, &interrupt, nullptr);
  signal_fd_ = signalfd(-1, &interrupt, SFD_CLOEXEC);
  stop_fd_ = eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { Listen(); });
}

Interrupts::~Interrupts() {
  if (!thread_.joinable()) return;
  uint64_t one = 1;
  [[maybe_unused]] ssize_t written = write(stop_fd_, &one, sizeof(one));
  thread_.join();
  close(signal_fd_);
  close(stop_fd_);
}

void Interrupts::Listen() {
  while (true) {
    pollfd fds[] = {{signal_fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
    if (poll(fds, 2, -1) < 0) continue;
    if ((fds[1].revents & POLLIN) != 0) return;
    signalfd_siginfo info;
    if (read(signal_fd_, &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) Raise();
  }
}

void Interrupts::Raise() {
  std::lock_guard lock(mutex_);
  if (!handler_ || raised_) _exit(kInterrupted);
  raised_ = true;
  handler_();
}

Interrupts::Scope::Scope(Interrupts& interrupts, std::function<void()> handler)
    : interrupts_(interrupts) {
  std::lock_guard lock(interrupts_.mutex_);
  interrupts_.handler_ = std::move(handler);
  interrupts_.raised_ = false;
}

Interrupts::Scope::~Scope() {
  std::lock_guard lock(interrupts_.mutex_);
  interrupts_.handler_ = nullptr;
}

bool Interrupts::Scope::raised() const {
  std::lock_guard lock(interrupts_.mutex_);
  return interrupts_.raised_;
}

}  // namespace lab::cli
