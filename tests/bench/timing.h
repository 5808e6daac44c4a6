#pragma once

// What the measurements share.

#include <algorithm>
#include <ctime>
#include <functional>
#include <vector>

namespace lab::gui {

// Of this thread's processor time: the clock would measure whatever else the machine does.
inline double milliseconds(const std::function<void()>& work) {
  auto now = [] {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
  };
  const double start = now();
  work();
  return now() - start;
}

// Of an odd number the middle one, else the upper of the two. Requires: some.
inline double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

}  // namespace lab::gui
