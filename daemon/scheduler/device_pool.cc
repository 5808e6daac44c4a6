#include "daemon/scheduler/device_pool.h"

#include <algorithm>

namespace lab {

DevicePool::DevicePool(const std::vector<std::string>& devices) {
  for (const std::string& device : devices) slots_[device] = 0;
}

std::optional<std::string> DevicePool::Take(int64_t job) {
  for (auto& [device, sitting] : slots_) {
    if (sitting != 0) continue;
    sitting = job;
    return device;
  }
  return std::nullopt;
}

void DevicePool::Free(int64_t job) {
  for (auto& [device, sitting] : slots_) {
    if (sitting == job) sitting = 0;
  }
}

std::string DevicePool::DeviceOf(int64_t job) const {
  for (const auto& [device, sitting] : slots_) {
    if (sitting == job) return device;
  }
  return "";
}

bool DevicePool::HasFree() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) { return !slot.second; });
}

}  // namespace lab
