// The processor's temperature and what the GPUs' driver tells.

#include <dlfcn.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "daemon/service/gpu_meter.h"
#include "daemon/service/machine.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

// A chip of the kernel, with its sensors in thousandths of a degree.
void AddChip(const fs::path& root, const std::string& folder, const std::string& driver,
             const std::vector<std::pair<std::string, std::string>>& files) {
  fs::create_directories(root / folder);
  std::ofstream(root / folder / "name") << driver << "\n";
  for (const auto& [name, text] : files) std::ofstream(root / folder / name) << text;
}

TEST(ProcessorCelsius, IsTheHottestOfTheProcessorsSensors) {
  TempDir dir;
  EXPECT_EQ(ProcessorCelsius(dir.path()), std::nullopt);
  EXPECT_EQ(ProcessorCelsius(dir.path() / "missing"), std::nullopt);
  AddChip(dir.path(), "hwmon0", "nvme", {{"temp1_input", "88000\n"}});
  AddChip(dir.path(), "hwmon1", "coretemp", {{"temp1_label", "Package id 0\n"}});
  EXPECT_EQ(ProcessorCelsius(dir.path()), std::nullopt);  // a disk's heat is not the processor's
  AddChip(dir.path(), "hwmon2", "k10temp",
          {{"temp1_input", "61250\n"}, {"temp3_input", "58000\n"}, {"temp1_crit", "95000\n"}});
  AddChip(dir.path(), "hwmon3", "zenpower", {{"temp1_input", "no number\n"}});
  AddChip(dir.path(), "hwmon4", "cpu_thermal",
          {{"temp1_input", "59000\n"}, {"in0_input", "99000"}});
  EXPECT_EQ(ProcessorCelsius(dir.path()), 61.25);
}

class GpuMeterTest : public ::testing::Test {
 protected:
  GpuMeterTest() : handle_(::dlopen(LAB_FAKE_NVML, RTLD_NOW)) {
    EXPECT_NE(handle_, nullptr) << ::dlerror();
    stuck() = 0;
    samples() = 0;
  }
  ~GpuMeterTest() override { ::dlclose(handle_); }

  std::atomic<int>& Variable(const char* name) {
    return *static_cast<std::atomic<int>*>(::dlsym(handle_, name));
  }
  std::atomic<int>& stuck() { return Variable("fake_nvml_stuck"); }
  std::atomic<int>& samples() { return Variable("fake_nvml_samples"); }
  std::atomic<int>& open() { return Variable("fake_nvml_open"); }

  // Without waiting, until there are some: a busy machine takes its time.
  static std::vector<v1::Gpu> Await(GpuMeter& meter) {
    std::vector<v1::Gpu> gpus;
    while (gpus.empty()) {
      gpus = meter.Latest(/*wait=*/false);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return gpus;
  }

  void* handle_;
};

TEST_F(GpuMeterTest, TellsWhatTheDriverTellsAndNoMore) {
  {
    GpuMeter meter(LAB_FAKE_NVML);
    std::vector<v1::Gpu> gpus = Await(meter);
    ASSERT_EQ(gpus.size(), 2u);
    EXPECT_EQ(gpus[0].name(), "Fake GPU 9000");
    EXPECT_EQ(gpus[0].memory_bytes(), int64_t{16} << 30);
    EXPECT_EQ(gpus[0].memory_used_bytes(), int64_t{3} << 30);
    EXPECT_EQ(gpus[0].utilization(), 0.45);
    EXPECT_EQ(gpus[0].celsius(), 61);
    EXPECT_EQ(gpus[0].watts(), 180.4);
    EXPECT_EQ(gpus[1].name(), "Silent GPU");
    EXPECT_EQ(gpus[1].memory_bytes(), 0);
    EXPECT_FALSE(gpus[1].has_utilization());
    EXPECT_FALSE(gpus[1].has_celsius());
    EXPECT_FALSE(gpus[1].has_watts());
    EXPECT_EQ(open(), 1);
  }
  EXPECT_EQ(open(), 0);  // the driver is let go
}

TEST_F(GpuMeterTest, ManyWatchersAreOneQuestionASecond) {
  GpuMeter meter(LAB_FAKE_NVML);
  auto start = std::chrono::steady_clock::now();
  Await(meter);
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(meter.Latest(i % 2 == 0).size(), 2u);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_LE(samples(), 1 + seconds);
}

TEST_F(GpuMeterTest, ADriverThatDoesNotAnswerHoldsNobodyUp) {
  stuck() = 1;
  {
    GpuMeter meter(LAB_FAKE_NVML);
    std::vector<std::thread> callers;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([&] { EXPECT_TRUE(meter.Latest(/*wait=*/true).empty()); });
    }
    for (std::thread& caller : callers) caller.join();
    // Once it was waited for in vain it is not waited for again.
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(meter.Latest(/*wait=*/true).empty());
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
    EXPECT_EQ(samples(), 1);
  }
  // The meter is gone and its thread is not; that ends once the driver answers.
  stuck() = 0;
  while (open() > 0) std::this_thread::yield();
}

TEST(GpuMeter, WithoutTheLibraryThereAreNone) {
  GpuMeter meter("libnvidia-ml-that-is-not-there.so.1");
  EXPECT_TRUE(meter.Latest(/*wait=*/true).empty());
  EXPECT_TRUE(meter.Latest(/*wait=*/true).empty());
}

}  // namespace
}  // namespace lab
