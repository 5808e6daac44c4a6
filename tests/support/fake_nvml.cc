// A stand-in for libnvidia-ml.so.1 with two GPUs: one that tells everything, one that tells its
// name alone. While fake_nvml_stuck is set no figure is given out.

#include <unistd.h>

#include <atomic>
#include <cstring>

extern "C" {

std::atomic<int> fake_nvml_stuck{0};
std::atomic<int> fake_nvml_samples{0};
std::atomic<int> fake_nvml_open{0};

struct Memory {
  unsigned long long total, free, used;
};
struct Utilization {
  unsigned gpu, memory;
};

int nvmlInit_v2() { return ++fake_nvml_open, 0; }
int nvmlShutdown() { return --fake_nvml_open, 0; }
int nvmlDeviceGetCount_v2(unsigned* count) {
  ++fake_nvml_samples;
  while (fake_nvml_stuck != 0) ::usleep(1000);
  *count = 2;
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  static char devices[2];
  *device = &devices[index];
  devices[index] = static_cast<char>(index);
  return 0;
}
int nvmlDeviceGetName(void* device, char* name, unsigned size) {
  std::strncpy(name, *static_cast<char*>(device) == 0 ? "Fake GPU 9000" : "Silent GPU", size);
  return 0;
}
constexpr int kNotSupported = 3;
int nvmlDeviceGetMemoryInfo(void* device, Memory* memory) {
  if (*static_cast<char*>(device) != 0) return kNotSupported;
  *memory = {16ull << 30, 13ull << 30, 3ull << 30};
  return 0;
}
int nvmlDeviceGetUtilizationRates(void* device, Utilization* rates) {
  if (*static_cast<char*>(device) != 0) return kNotSupported;
  *rates = {45, 12};
  return 0;
}
int nvmlDeviceGetTemperature(void* device, int sensor, unsigned* celsius) {
  if (*static_cast<char*>(device) != 0 || sensor != 0) return kNotSupported;
  *celsius = 61;
  return 0;
}
int nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts) {
  if (*static_cast<char*>(device) != 0) return kNotSupported;
  *milliwatts = 180'400;
  return 0;
}

}  // extern "C"
