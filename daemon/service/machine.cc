#include "daemon/service/machine.h"

#include <sched.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <thread>

namespace lab {
namespace {

// Files of /proc have no size beforehand, so they are read as streams.
std::string ReadProc(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The value behind "NAME:" in text of "NAME: value" lines; "" if absent.
std::string_view ValueOf(std::string_view text, std::string_view name) {
  for (size_t start = 0; start < text.size();) {
    size_t end = text.find('\n', start);
    if (end == std::string_view::npos) end = text.size();
    std::string_view line = text.substr(start, end - start);
    start = end + 1;
    if (line.substr(0, name.size()) != name) continue;
    size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    size_t first = line.find_first_not_of(" \t", colon + 1);
    if (first == std::string_view::npos) return {};
    return line.substr(first);
  }
  return {};
}

int64_t KilobytesOf(std::string_view text, std::string_view name) {
  return std::strtoll(std::string(ValueOf(text, name)).c_str(), nullptr, 10) * 1024;
}

}  // namespace

std::string ProcessorModel() {
  std::string text = ReadProc("/proc/cpuinfo");
  return std::string(ValueOf(text, "model name"));
}

int64_t UsableThreads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
  return std::thread::hardware_concurrency();
}

MemoryFigures Memory() {
  std::string text = ReadProc("/proc/meminfo");
  return {KilobytesOf(text, "MemTotal"), KilobytesOf(text, "MemAvailable")};
}

std::optional<double> ProcessorCelsius(const std::filesystem::path& hwmon) {
  namespace fs = std::filesystem;
  // The kernel's drivers for Intel's, AMD's (two) and ARM's processors.
  constexpr std::array<std::string_view, 4> kDrivers = {"coretemp", "k10temp", "zenpower",
                                                        "cpu_thermal"};
  std::optional<double> hottest;
  std::error_code error;
  for (auto chip = fs::directory_iterator(hwmon, error); !error && chip != fs::directory_iterator();
       chip.increment(error)) {
    std::string driver;
    std::ifstream(chip->path() / "name") >> driver;
    if (std::find(kDrivers.begin(), kDrivers.end(), driver) == kDrivers.end()) continue;
    std::error_code gone;
    for (auto file = fs::directory_iterator(chip->path(), gone);
         !gone && file != fs::directory_iterator(); file.increment(gone)) {
      const std::string name = file->path().filename().string();
      if (!name.starts_with("temp") || !name.ends_with("_input")) continue;
      int64_t thousandths = 0;
      // A sensor that is asleep fails to be read.
      if (!(std::ifstream(file->path()) >> thousandths)) continue;
      hottest = std::max(hottest.value_or(-273.15), static_cast<double>(thousandths) / 1000);
    }
  }
  return hottest;
}

int64_t ResidentBytes(int64_t pid) {
  std::istringstream text(ReadProc("/proc/" + std::to_string(pid) + "/statm"));
  int64_t size = 0, resident = 0;
  if (!(text >> size >> resident)) return 0;
  return resident * ::sysconf(_SC_PAGESIZE);
}

int64_t DiskFreeBytes(const std::filesystem::path& folder) {
  struct statvfs figures {};
  if (::statvfs(folder.c_str(), &figures) != 0) return 0;
  return static_cast<int64_t>(figures.f_bavail) * static_cast<int64_t>(figures.f_frsize);
}

ProcessorTicks ParseProcessorTicks(std::string_view proc_stat) {
  std::istringstream line(std::string(proc_stat.substr(0, proc_stat.find('\n'))));
  std::string name;
  line >> name;  // "cpu": all cores together
  // user nice system idle iowait irq softirq steal; guest time is inside user.
  std::array<uint64_t, 8> ticks{};
  for (uint64_t& tick : ticks) line >> tick;
  ProcessorTicks sum;
  for (uint64_t tick : ticks) sum.total += tick;
  sum.busy = sum.total - ticks[3] - ticks[4];
  return sum;
}

LoadMeter::LoadMeter() : last_(ParseProcessorTicks(ReadProc("/proc/stat"))) {}

double LoadMeter::Share() {
  ProcessorTicks now = ParseProcessorTicks(ReadProc("/proc/stat"));
  if (now.total > last_.total && now.busy >= last_.busy) {
    share_ =
        static_cast<double>(now.busy - last_.busy) / static_cast<double>(now.total - last_.total);
    last_ = now;
  }
  return share_;
}

}  // namespace lab
