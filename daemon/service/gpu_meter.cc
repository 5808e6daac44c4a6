#include "daemon/service/gpu_meter.h"

#include <dlfcn.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "core/base/strings.h"

namespace lab {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kFresh = std::chrono::seconds(1);
constexpr auto kPatience = std::chrono::milliseconds(500);
constexpr auto kOpening = std::chrono::seconds(2);  // a driver that sleeps is woken
constexpr auto kStale = std::chrono::seconds(10);

// NVML's C interface, as far as it is used here. 0 is success.
using NvmlDevice = void*;
struct NvmlMemory {
  unsigned long long total, free, used;  // bytes
};
struct NvmlUtilization {
  unsigned gpu, memory;  // percent of the last sample period
};
constexpr int kNvmlChip = 0;  // the sensor on the die

class Nvml {
 public:
  // Opens the library and the driver; ok() tells whether both are there.
  explicit Nvml(const std::string& library) {
    handle_ = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ == nullptr) return;
    Find("nvmlInit_v2", &init_);
    Find("nvmlShutdown", &shutdown_);
    Find("nvmlDeviceGetCount_v2", &count_);
    Find("nvmlDeviceGetHandleByIndex_v2", &by_index_);
    Find("nvmlDeviceGetName", &name_);
    Find("nvmlDeviceGetMemoryInfo", &memory_);
    Find("nvmlDeviceGetUtilizationRates", &utilization_);
    Find("nvmlDeviceGetTemperature", &temperature_);
    Find("nvmlDeviceGetPowerUsage", &power_);
    ok_ = init_ && count_ && by_index_ && init_() == 0;
  }
  ~Nvml() {
    if (ok_ && shutdown_) shutdown_();
    if (handle_ != nullptr) ::dlclose(handle_);
  }
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  bool ok() const { return ok_; }

  std::vector<v1::Gpu> Sample() const {
    std::vector<v1::Gpu> gpus;
    unsigned count = 0;
    if (count_(&count) != 0) return gpus;
    for (unsigned i = 0; i < count; ++i) {
      NvmlDevice device = nullptr;
      if (by_index_(i, &device) == 0) gpus.push_back(Describe(device));
    }
    return gpus;
  }

 private:
  template <class Function>
  void Find(const char* name, Function** function) {
    *function = reinterpret_cast<Function*>(::dlsym(handle_, name));
  }

  // What a GPU or its driver does not tell stays absent.
  v1::Gpu Describe(NvmlDevice device) const {
    v1::Gpu gpu;
    std::array<char, 96> name = {};
    if (name_ && name_(device, name.data(), name.size() - 1) == 0)
      gpu.set_name(ReplaceInvalidUtf8(name.data()));
    NvmlMemory memory = {};
    if (memory_ && memory_(device, &memory) == 0) {
      gpu.set_memory_bytes(static_cast<int64_t>(memory.total));
      gpu.set_memory_used_bytes(static_cast<int64_t>(memory.used));
    }
    NvmlUtilization utilization = {};
    if (utilization_ && utilization_(device, &utilization) == 0) {
      gpu.set_utilization(utilization.gpu / 100.0);
    }
    unsigned value = 0;
    if (temperature_ && temperature_(device, kNvmlChip, &value) == 0) gpu.set_celsius(value);
    if (power_ && power_(device, &value) == 0) gpu.set_watts(value / 1000.0);
    return gpu;
  }

  void* handle_ = nullptr;
  bool ok_ = false;
  int (*init_)() = nullptr;
  int (*shutdown_)() = nullptr;
  int (*count_)(unsigned*) = nullptr;
  int (*by_index_)(unsigned, NvmlDevice*) = nullptr;
  int (*name_)(NvmlDevice, char*, unsigned) = nullptr;
  int (*memory_)(NvmlDevice, NvmlMemory*) = nullptr;
  int (*utilization_)(NvmlDevice, NvmlUtilization*) = nullptr;
  int (*temperature_)(NvmlDevice, int, unsigned*) = nullptr;
  int (*power_)(NvmlDevice, unsigned*) = nullptr;
};

}  // namespace

struct GpuMeter::Shared {
  explicit Shared(std::string name) : library(std::move(name)) {}

  const std::string library;
  std::mutex mutex;  // guards everything below
  std::condition_variable changed;
  bool started = false;
  bool opened = false;  // the driver answers
  bool wanted = false;  // figures newer than `sampled`
  bool stopping = false;
  bool ended = false;       // the thread has: there is no driver, or it was told to
  Clock::time_point asked;  // when they were first wanted
  Clock::time_point sampled = Clock::time_point::min();
  std::vector<v1::Gpu> gpus;

  bool Younger(Clock::duration age) const {
    return sampled != Clock::time_point::min() && Clock::now() - sampled < age;
  }
  void Run();
};

void GpuMeter::Shared::Run() {
  {
    Nvml nvml(library);
    std::unique_lock lock(mutex);
    opened = nvml.ok();
    while (nvml.ok()) {
      changed.wait(lock, [this] { return wanted || stopping; });
      if (stopping) break;
      lock.unlock();
      std::vector<v1::Gpu> fresh = nvml.Sample();
      lock.lock();
      gpus = std::move(fresh);
      sampled = Clock::now();
      wanted = false;
      changed.notify_all();
    }
  }
  std::lock_guard lock(mutex);
  ended = true;
  changed.notify_all();
}

GpuMeter::GpuMeter(std::string library) : shared_(std::make_shared<Shared>(std::move(library))) {}

GpuMeter::~GpuMeter() {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  if (!shared_->started) return;
  shared_->changed.wait_for(lock, kFresh, [this] { return shared_->ended; });
}

std::vector<v1::Gpu> GpuMeter::Latest(bool wait) {
  Shared& shared = *shared_;
  std::unique_lock lock(shared.mutex);
  if (!shared.started) {
    shared.started = true;
    std::thread([shared = shared_] { shared->Run(); }).detach();
  }
  if (!shared.ended && !shared.Younger(kFresh)) {
    if (!shared.wanted) shared.asked = Clock::now();
    shared.wanted = true;
    shared.changed.notify_all();
    // Nobody waits again for a driver that has not answered in that time.
    const auto until = shared.asked + (shared.opened ? kPatience : kOpening);
    auto settled = [&] { return shared.ended || !shared.wanted; };
    if (wait) shared.changed.wait_until(lock, until, settled);
  }
  if (shared.ended || !shared.Younger(kStale)) return {};
  return shared.gpus;
}

}  // namespace lab
