#include "core/tensor/device.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string_view>

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mm.h>
#include <c10/core/InferenceMode.h>

namespace lab {
namespace {

// What follows "KEY" and a colon in the first such line of a /proc file; "" if there is none.
std::string ProcValue(const char* path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    size_t colon = line.find(':');
    if (colon == std::string::npos || line.compare(0, key.size(), key) != 0) continue;
    size_t value = line.find_first_not_of(" \t", colon + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

// "VmRSS:  123 kB" in bytes.
int64_t StatusBytes(std::string_view key) {
  std::string value = ProcValue("/proc/self/status", key);
  return value.empty() ? 0 : std::strtoll(value.c_str(), nullptr, 10) * 1024;
}

int UsableCores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
  return std::max(1, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
}

}  // namespace

CpuDescription DescribeCpu() {
  CpuDescription cpu;
  cpu.name = ProcValue("/proc/cpuinfo", "model name");
  if (cpu.name.empty()) cpu.name = "unknown CPU";
  cpu.cores = UsableCores();
  cpu.memory_total_bytes = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  return cpu;
}

int64_t ResidentBytes() { return StatusBytes("VmRSS"); }
int64_t PeakResidentBytes() { return StatusBytes("VmHWM"); }

int SetThreads(int threads) {
  at::set_num_threads(threads > 0 ? threads : UsableCores());
  return at::get_num_threads();
}

double MeasureFlopsPerSecond(Precision precision) {
  c10::InferenceMode inference;
  constexpr int64_t kRows = 512, kInner = 512, kColumns = 1024;
  at::Tensor a = at::full({kRows, kInner}, 0.5f, ElementOf(precision));
  at::Tensor b = at::full({kInner, kColumns}, 0.5f, ElementOf(precision));
  at::Tensor c = at::mm(a, b);  // warms up
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  double seconds = 0, best = 0;
  while (seconds < 0.1) {
    const Clock::time_point begin = Clock::now();
    at::mm_out(c, a, b);
    const Clock::time_point end = Clock::now();
    const double rate = 2.0 * kRows * kInner * kColumns /
                        std::max(1e-9, std::chrono::duration<double>(end - begin).count());
    best = std::max(best, rate);
    seconds = std::chrono::duration<double>(end - start).count();
  }
  return best;
}

}  // namespace lab
