#pragma once

// What the kernel says of this machine and of processes, from /proc and /sys. Any thread; a
// LoadMeter belongs to one thread at a time.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace lab {

// "AMD EPYC 7B13"; "" where the kernel does not say.
std::string ProcessorModel();

// Cores that this process may use.
int64_t UsableThreads();

struct MemoryFigures {
  int64_t total_bytes = 0;
  int64_t available_bytes = 0;
};
MemoryFigures Memory();

// The hottest of the processor's own sensors below `hwmon`, in degrees Celsius; absent where the
// kernel shows none.
std::optional<double> ProcessorCelsius(const std::filesystem::path& hwmon = "/sys/class/hwmon");

// Resident memory of a process; 0 if it is gone.
int64_t ResidentBytes(int64_t pid);

// What an ordinary user may still write where `folder` lies; 0 if that cannot be told.
int64_t DiskFreeBytes(const std::filesystem::path& folder);

// Busy and total processor time of all cores since boot, in ticks.
struct ProcessorTicks {
  uint64_t busy = 0;
  uint64_t total = 0;
};
// From the text of /proc/stat. Waiting for disks is not busy; a guest's time counts once.
ProcessorTicks ParseProcessorTicks(std::string_view proc_stat);

// The busy share of all cores between two looks.
class LoadMeter {
 public:
  LoadMeter();  // the first look
  // 0..1 since the look before; the former share again if no tick has passed.
  double Share();

 private:
  ProcessorTicks last_;
  double share_ = 0;
};

}  // namespace lab
