// What a client of a running labd waits for, in three modes:
//
//   bench_daemon latency JOB            list, show and thinned series, medians of many calls
//   bench_daemon stream JOB [ADDRESS…]  a watch's history, beside a bare gRPC stream of the same
//                                       messages; addresses as for labctl --host
//   bench_daemon watchers JOB SECONDS   a running job's steps/s with 0, 1 and 50 watchers, by
//   turns

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include "core/base/strings.h"
#include "proto/client/connection.h"
#include "proto/client/lab_client.h"
#include "proto/client/watch.h"

namespace {

using Seconds = std::chrono::duration<double>;
using std::chrono::steady_clock;

constexpr int kCalls = 51;
constexpr int kRounds = 5;

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

absl::StatusOr<double> Timed(const std::function<absl::Status()>& act) {
  auto begin = steady_clock::now();
  RETURN_IF_ERROR(act());
  return Seconds(steady_clock::now() - begin).count();
}

absl::Status Latency(const lab::LabClient& client, const std::string& what,
                     const std::function<absl::Status()>& call) {
  RETURN_IF_ERROR(client.GetSystem().status());  // the handshake is not what is measured
  std::vector<double> took;
  for (int i = 0; i < kCalls; ++i) {
    ASSIGN_OR_RETURN(double seconds, Timed(call));
    took.push_back(seconds);
  }
  std::printf("%-34s median %8.2f ms, longest %8.2f ms of %d\n", what.c_str(), 1e3 * Median(took),
              1e3 * *std::max_element(took.begin(), took.end()), kCalls);
  return absl::OkStatus();
}

absl::Status Latencies(const lab::LabClient& client, int64_t job) {
  RETURN_IF_ERROR(Latency(client, "list, all jobs", [&] { return client.ListJobs().status(); }));
  RETURN_IF_ERROR(Latency(client, "show", [&] { return client.GetJob(job).status(); }));
  lab::v1::ReadMetricsRequest request;
  request.set_job_id(job);
  request.set_max_points(1000);
  return Latency(client, "every series in 1,000 points", [&] {
    return client.ReadMetrics(request, [](const lab::v1::SeriesPart&) { return true; });
  });
}

struct Streamed {
  int64_t points = 0;
  double seconds = 0;
};

void Print(const std::string& what, const Streamed& streamed) {
  std::printf("%-40s %9ld points %8.3f s %10.0f points/s\n", what.c_str(),
              static_cast<long>(streamed.points), streamed.seconds,
              static_cast<double>(streamed.points) / streamed.seconds);
}

absl::StatusOr<Streamed> Watch(const lab::LabClient& client, int64_t job,
                               std::vector<lab::v1::WatchEvent>* keep) {
  Streamed streamed;
  lab::ReconnectingWatch watch(&client, job);
  ASSIGN_OR_RETURN(streamed.seconds, Timed([&] {
                     return watch.Run([&](const lab::v1::WatchEvent& event) {
                       streamed.points += event.metrics().value_size();
                       if (keep != nullptr) keep->push_back(event);
                       return true;
                     });
                   }));
  return streamed;
}

// The same messages without a lab around them: what gRPC itself can do.
class BareStream : public lab::v1::JobService::Service {
 public:
  explicit BareStream(const std::vector<lab::v1::WatchEvent>* events) : events_(events) {}
  grpc::Status WatchJob(grpc::ServerContext* /*context*/, const lab::v1::WatchJobRequest* /*asked*/,
                        grpc::ServerWriter<lab::v1::WatchEvent>* writer) override {
    for (const lab::v1::WatchEvent& event : *events_) {
      if (!writer->Write(event)) break;
    }
    return grpc::Status::OK;
  }

 private:
  const std::vector<lab::v1::WatchEvent>* const events_;
};

absl::StatusOr<Streamed> WatchBare(const lab::LabClient& client, int64_t job) {
  Streamed streamed;
  lab::v1::WatchJobRequest request;
  request.set_job_id(job);
  ASSIGN_OR_RETURN(streamed.seconds, Timed([&] {
                     return client.WatchJobOnce(request, [&](const lab::v1::WatchEvent& event) {
                       streamed.points += event.metrics().value_size();
                       return true;
                     });
                   }));
  return streamed;
}

// One round of each to warm up, then kRounds by turns.
absl::Status Stream(int64_t job, const std::vector<std::string>& hosts) {
  std::vector<lab::v1::WatchEvent> events;
  std::vector<std::unique_ptr<lab::Connection>> connections;
  for (const std::string& host : hosts) {
    ASSIGN_OR_RETURN(lab::Address address, lab::FindAddress(host));
    ASSIGN_OR_RETURN(auto connection, lab::Connection::Open(address));
    lab::LabClient client(connection->channel());
    events.clear();
    RETURN_IF_ERROR(connection->Explain(Watch(client, job, &events).status()));
    connections.push_back(std::move(connection));
  }
  const std::string socket = (std::filesystem::temp_directory_path() / "bench_bare.sock").string();
  BareStream service(&events);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(lab::StrCat("unix:", socket), grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return absl::InternalError(lab::Absl(lab::StrCat("serving ", socket)));
  lab::LabClient bare(
      grpc::CreateChannel(lab::StrCat("unix:", socket), grpc::InsecureChannelCredentials()));
  RETURN_IF_ERROR(WatchBare(bare, job).status());
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& connection : connections) {
      lab::LabClient client(connection->channel());
      ASSIGN_OR_RETURN(Streamed streamed, Watch(client, job, nullptr));
      Print(connection->address().Title(), streamed);
    }
    ASSIGN_OR_RETURN(Streamed streamed, WatchBare(bare, job));
    Print("bare gRPC over a Unix socket", streamed);
  }
  server->Shutdown();
  return absl::OkStatus();
}

// Updates between two looks, per second of the wall clock.
absl::StatusOr<double> StepsPerSecond(const lab::LabClient& client, int64_t job, double seconds) {
  ASSIGN_OR_RETURN(lab::v1::Job before, client.GetJob(job));
  auto begin = steady_clock::now();
  std::this_thread::sleep_for(Seconds(seconds));
  ASSIGN_OR_RETURN(lab::v1::Job after, client.GetJob(job));
  const auto steps = static_cast<double>(after.progress().step() - before.progress().step());
  if (after.state() != lab::v1::Job::RUNNING || steps <= 0) {
    return absl::FailedPreconditionError(lab::Absl(lab::StrCat("job ", job, " does not train")));
  }
  return steps / Seconds(steady_clock::now() - begin).count();
}

absl::StatusOr<double> WithWatchers(const lab::Address& address, int64_t job, int watchers,
                                    double seconds) {
  ASSIGN_OR_RETURN(auto connection, lab::Connection::Open(address));
  lab::LabClient client(connection->channel());
  std::vector<std::unique_ptr<lab::ReconnectingWatch>> watches;
  std::vector<std::thread> threads;
  for (int i = 0; i < watchers; ++i) {
    watches.push_back(std::make_unique<lab::ReconnectingWatch>(&client, job));
    threads.emplace_back([watch = watches.back().get()] {
      watch->Run([](const lab::v1::WatchEvent&) { return true; }).IgnoreError();
    });
  }
  std::this_thread::sleep_for(Seconds(1));  // the history is through
  auto rate = StepsPerSecond(client, job, seconds);
  for (auto& watch : watches) watch->Cancel();
  for (std::thread& thread : threads) thread.join();
  return rate;
}

absl::Status Watchers(const lab::Address& address, int64_t job, double seconds) {
  const std::vector<int> counts = {0, 1, 50};
  std::vector<std::vector<double>> rates(counts.size());
  for (int round = 0; round < kRounds; ++round) {
    for (size_t i = 0; i < counts.size(); ++i) {
      ASSIGN_OR_RETURN(double rate, WithWatchers(address, job, counts[i], seconds));
      rates[i].push_back(rate);
      std::printf("%2d watchers %10.1f steps/s\n", counts[i], rate);
    }
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    std::printf("median with %2d: %10.1f steps/s, %.3f of none\n", counts[i], Median(rates[i]),
                Median(rates[i]) / Median(rates[0]));
  }
  return absl::OkStatus();
}

absl::Status Measure(const std::string& mode, int64_t job, std::vector<std::string> rest) {
  if (mode == "stream") {
    if (rest.empty()) rest.emplace_back();
    return Stream(job, rest);
  }
  ASSIGN_OR_RETURN(lab::Address address, lab::FindAddress(""));
  if (mode == "watchers" && rest.size() == 1) {
    return Watchers(address, job, std::atof(rest[0].c_str()));
  }
  ASSIGN_OR_RETURN(auto connection, lab::Connection::Open(address));
  if (mode == "latency") return Latencies(lab::LabClient(connection->channel()), job);
  return absl::InvalidArgumentError("give latency, stream or watchers SECONDS");
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) {
    std::fprintf(stderr, "usage: bench_daemon latency|stream|watchers JOB …\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  absl::Status status =
      Measure(words[1], std::atoll(words[2]), std::vector<std::string>(words + 3, words + count));
  if (status.ok()) return 0;
  std::fprintf(stderr, "bench_daemon: %s\n", std::string(lab::MessageOf(status)).c_str());
  return 1;
}
