#include "daemon/process/signals.h"

#include <utility>

#include <unistd.h>

namespace lab {
namespace {

// Wakes the thread to end it.
const int kEnd = SIGRTMIN;

}  // namespace

Order OrderOf(int signal, bool in_terminal) {
  switch (signal) {
    case SIGTERM:
    case SIGINT:
      return Order::kLeave;
    case SIGHUP:
      return in_terminal ? Order::kLeave : Order::kReload;
    case SIGUSR1:
      return Order::kCheckpoint;
    default:
      return Order::kNone;
  }
}

// Whether there is a terminal is asked now: once it has closed, nothing is one any more.
Signals::Signals() : in_terminal_(::isatty(STDIN_FILENO) == 1 || ::isatty(STDERR_FILENO) == 1) {
  std::signal(SIGPIPE, SIG_IGN);
  // nohup, or a shell that started it in the background, may have left it ignored.
  if (!in_terminal_) std::signal(SIGHUP, SIG_DFL);
  sigemptyset(&set_);
  for (int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, kEnd}) sigaddset(&set_, number);
  ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

Signals::~Signals() { End(); }

void Signals::Start(std::function<void(Order)> obey) {
  thread_ = std::thread([this, obey = std::move(obey)] {
    int number = 0;
    while (::sigwait(&set_, &number) == 0 && !ending_) {
      if (Order order = OrderOf(number, in_terminal_); order != Order::kNone) obey(order);
    }
  });
}

void Signals::End() {
  if (!thread_.joinable()) return;
  ending_ = true;
  ::pthread_kill(thread_.native_handle(), kEnd);
  thread_.join();
}

}  // namespace lab
