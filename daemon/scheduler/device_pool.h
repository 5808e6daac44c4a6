#pragma once

// Which devices there are and which job sits on each: one slot a device. Belongs to the scheduler's
// thread.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lab {

class DevicePool {
 public:
  explicit DevicePool(const std::vector<std::string>& devices);

  // Seats the job on a free device and names it; nullopt if all are taken. A job sits once.
  std::optional<std::string> Take(int64_t job);
  // Frees the job's device; nothing if it has none.
  void Free(int64_t job);
  // The device that the job sits on; "" if none.
  std::string DeviceOf(int64_t job) const;
  bool HasFree() const;

 private:
  std::map<std::string, int64_t> slots_;  // device → job, 0: free
};

}  // namespace lab
