#pragma once

// Ctrl-C as a call instead of a death: while a Scope lives, SIGINT runs its handler on a thread of
// its own; a second one, or one outside any Scope, ends the program with 130.

#include <functional>
#include <mutex>
#include <thread>

namespace lab::cli {

class Interrupts {
 public:
  // `listen`: block SIGINT in this thread, and in those that it starts later, and hear it here.
  // Make it first in main, before any other thread. Tests pass false and call Raise.
  explicit Interrupts(bool listen);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  class Scope {
   public:
    // `handler` must be quick; it may still be called until the Scope's destructor returns.
    Scope(Interrupts& interrupts, std::function<void()> handler);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    bool raised() const;

   private:
    Interrupts& interrupts_;
  };

  // What SIGINT does.
  void Raise();

 private:
  void Listen();

  mutable std::mutex mutex_;  // guards handler_ and raised_
  std::function<void()> handler_;
  bool raised_ = false;
  int signal_fd_ = -1;
  int stop_fd_ = -1;
  std::thread thread_;
};

}  // namespace lab::cli
