// A crowd watches one job: each of them sees everything, labd stays small, and the job goes on.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/base/strings.h"
#include "tests/daemon/daemon_fixture.h"

namespace lab {
namespace {

// A watch on a connection of its own, as another process would have.
struct WatchingClient {
  WatchingClient(const Places& places, int64_t job) {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub = v1::JobService::NewStub(grpc::CreateCustomChannel(
        "unix:" + places.socket().string(), grpc::InsecureChannelCredentials(), own));
    v1::WatchJobRequest request;
    request.set_job_id(job);
    reader = stub->WatchJob(&context, request);
  }
  // To the end: true if it saw each train/loss point up to `last` once, in order.
  bool SawAll(int64_t last) {
    v1::WatchEvent event;
    int64_t step = 0;
    bool in_order = true;
    while (reader->Read(&event)) {
      for (int64_t seen : event.metrics().step()) in_order = in_order && seen == ++step;
    }
    return reader->Finish().ok() && in_order && step == last;
  }

  grpc::ClientContext context;
  std::unique_ptr<v1::JobService::Stub> stub;
  std::unique_ptr<grpc::ClientReader<v1::WatchEvent>> reader;
};

int64_t ResidentBytes(pid_t pid) {
  std::ifstream statm(StrCat("/proc/", pid, "/statm"));
  int64_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

using CrowdTest = DaemonTest;

TEST_F(CrowdTest, TwoHundredWatchOfWhomHalfAreStalled) {
  // The sanitizers keep what was freed for a while, and a shadow of all memory.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr bool kMemoryIsItsOwn = false;
#else
  constexpr bool kMemoryIsItsOwn = true;
#endif
  constexpr int kReading = 100, kStalled = 100;
  constexpr int64_t kSteps = 30'000;  // more than a stalled connection's buffers hold
  Start();
  auto run_seconds = [&](int64_t id) {
    EXPECT_TRUE(Eventually([&] { return Get(id).state() == Job::SUCCEEDED; }, 200));
    Job job = Get(id);
    return static_cast<double>(job.end_time().seconds() - job.start_time().seconds()) +
           (job.end_time().nanos() - job.start_time().nanos()) * 1e-9;
  };
  const double alone = run_seconds(Submit(StrCat("steps: ", kSteps, "\n")));
  const int64_t before = ResidentBytes(pid_);
  int64_t gate = Submit("steps: 100000000\nstep_ms: 5\n");
  int64_t id = Submit(StrCat("steps: ", kSteps, "\n"));
  std::vector<std::unique_ptr<WatchingClient>> stalled;
  for (int i = 0; i < kStalled; ++i) {
    stalled.push_back(std::make_unique<WatchingClient>(places_, id));
  }
  std::atomic<int> complete = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < kReading; ++i) {
    readers.emplace_back([&] { complete += WatchingClient(places_, id).SawAll(kSteps) ? 1 : 0; });
  }
  EXPECT_TRUE(Do(&v1::JobService::Stub::CancelJob, gate).ok());
  const double crowded = run_seconds(id);
  const int64_t after = ResidentBytes(pid_);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(complete, kReading);
  std::printf(
      "[          ] %lld steps: alone %.2f s, before %d watchers %.2f s; labd %lld, %lld MB\n",
      static_cast<long long>(kSteps), alone, kReading + kStalled, crowded,
      static_cast<long long>(before >> 20), static_cast<long long>(after >> 20));
  if (kMemoryIsItsOwn) {
    EXPECT_LT(after - before, int64_t{kReading + kStalled} << 21) << "2 MiB a watcher";
  }
  // Who reads on finds everything.
  EXPECT_TRUE(stalled.front()->SawAll(kSteps));
  for (auto& one : stalled) one->context.TryCancel();
}

}  // namespace
}  // namespace lab
