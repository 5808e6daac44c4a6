#pragma once

// A clock that tests can turn. Implementations are safe from any thread.

#include <chrono>
#include <cstdint>

namespace lab {

class Clock {
 public:
  virtual ~Clock() = default;
  // Seconds that only grow, from an arbitrary start.
  virtual double MonotonicSeconds() const = 0;
  // Milliseconds since 1970-01-01 UTC; may jump.
  virtual int64_t UnixMillis() const = 0;
};

class SystemClock : public Clock {
 public:
  double MonotonicSeconds() const override {
    auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double>(now).count();
  }
  int64_t UnixMillis() const override {
    auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  }
};

}  // namespace lab
