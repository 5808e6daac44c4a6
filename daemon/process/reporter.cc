#include "daemon/process/reporter.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/base/strings.h"

namespace lab {
namespace {

constexpr double kTellSeconds = 1;
constexpr double kPatienceSeconds = 30;      // what is asked for
constexpr double kPatienceEverySeconds = 5;  // and how often
constexpr double kLongestPulseSeconds = 10;  // between two rounds of questions

std::chrono::steady_clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(seconds));
}

// systemd compares it with its own clock, to know which reload is meant.
int64_t MonotonicMicroseconds() {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace

Reporter::Reporter(Notifier notifier) : notifier_(std::move(notifier)) {}

Reporter::~Reporter() { End(); }

void Reporter::Starting(std::string_view status) { notifier_.Send(StrCat("STATUS=", status)); }

void Reporter::Ready(Lab lab) {
  if (!notifier_.heard()) return;
  lab_ = std::move(lab);
  const std::string summary = lab_.summary();
  if (!notifier_.Send(StrCat("READY=1\nSTATUS=", summary))) {
    spdlog::warn("the service manager does not hear that labd is ready");
  }
  told_ = summary;
  answered_at_ = alive_at_ = Clock::now();
  reporter_ = std::thread([this] { Tell(); });
  if (notifier_.watchdog_seconds() > 0) pulse_ = std::thread([this] { Pulse(); });
}

void Reporter::Reloading() {
  notifier_.Send(StrCat("RELOADING=1\nMONOTONIC_USEC=", MonotonicMicroseconds()));
}

void Reporter::Reloaded() { notifier_.Send("READY=1"); }

void Reporter::Stopping() {
  notifier_.Send("STOPPING=1\nSTATUS=leaving");
  std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

void Reporter::End() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  if (reporter_.joinable()) reporter_.join();
  if (pulse_.joinable()) pulse_.join();
}

void Reporter::Tell() {
  double every = kTellSeconds;
  if (notifier_.watchdog_seconds() > 0) {
    every = std::min(every, notifier_.watchdog_seconds() / 8);
  }
  std::unique_lock lock(mutex_);
  while (!ending_) {
    lock.unlock();
    const std::string summary = lab_.summary();
    lock.lock();
    const bool stopping = stopping_;
    const std::string news = News(summary);
    if (!news.empty()) {
      lock.unlock();
      notifier_.Send(news);
      lock.lock();
    }
    changed_.wait_for(lock, Seconds(every), [&] { return ending_ || stopping_ != stopping; });
  }
}

// Requires mutex_.
std::string Reporter::News(std::string_view summary) {
  const Clock::time_point now = Clock::now();
  std::string news;
  auto add = [&](const std::string& line) {
    if (!line.empty()) news += StrCat(news.empty() ? "" : "\n", line);
  };
  const int64_t active = stopping_ ? lab_.active() : 0;
  std::string status = stopping_ ? StrCat("leaving: ", active, active == 1 ? " job" : " jobs",
                                          " left to write a checkpoint")
                                 : std::string(summary);
  if (status != told_) add(StrCat("STATUS=", status));
  told_ = std::move(status);
  if (active > 0 && now - patience_at_ > Seconds(kPatienceEverySeconds)) {
    patience_at_ = now;
    add(StrCat("EXTEND_TIMEOUT_USEC=", static_cast<int64_t>(kPatienceSeconds * 1e6)));
  }
  add(SignOfLife(now));
  return news;
}

// Requires mutex_. At half of what the manager waits, and only while the threads answer.
std::string Reporter::SignOfLife(Clock::time_point now) {
  const double limit = notifier_.watchdog_seconds();
  if (limit <= 0) return "";
  if (now - answered_at_ > Seconds(limit / 2)) {
    if (!hangs_) {
      spdlog::error("the thread {} has not answered for {} s; the service manager is told nothing",
                    asking_, limit / 2);
    }
    hangs_ = true;
    return "";
  }
  hangs_ = false;
  if (now - alive_at_ < Seconds(limit / 2 - limit / 8)) return "";
  alive_at_ = now;
  return "WATCHDOG=1";
}

void Reporter::Pulse() {
  const double every = std::min(notifier_.watchdog_seconds() / 8, kLongestPulseSeconds);
  std::unique_lock lock(mutex_);
  while (!ending_) {
    lock.unlock();
    lab_.ask_threads([this](std::string_view thread) {
      std::lock_guard guard(mutex_);
      asking_ = std::string(thread);
    });
    lock.lock();
    asking_.clear();
    answered_at_ = Clock::now();
    changed_.wait_for(lock, Seconds(every), [&] { return ending_; });
  }
}

}  // namespace lab
