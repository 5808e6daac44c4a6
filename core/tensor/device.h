#pragma once

// What this machine is, what this process uses of it, and how fast it multiplies. Any thread,
// except SetThreads, which belongs to the thread that trains.

#include <cstdint>
#include <string>

#include "core/tensor/precision.h"

namespace lab {

struct CpuDescription {
  std::string name;  // "AMD EPYC", from /proc/cpuinfo; "unknown CPU" if it does not say
  int cores = 0;     // that this process may use
  int64_t memory_total_bytes = 0;  // of the machine
};
CpuDescription DescribeCpu();

// VmRSS and VmHWM of this process; 0 where /proc does not say.
int64_t ResidentBytes();
int64_t PeakResidentBytes();

// Threads that LibTorch and our kernels use from now on; 0: all cores. Returns the number set.
int SetThreads(int threads);

// Multiply-adds count as two. Runs products for about 0.1 s with the threads set.
double MeasureFlopsPerSecond(Precision precision = Precision::kFp32);

}  // namespace lab
