// How fast a job's history comes to a watcher: back-fill of all its points, in points per second.
//
//   watch_speed JOB [ADDRESS…]       addresses as for labctl --host; default: the local socket

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/base/strings.h"
#include "proto/client/connection.h"
#include "proto/client/lab_client.h"
#include "proto/client/watch.h"

namespace {

absl::Status Measure(const std::string& host, int64_t job) {
  ASSIGN_OR_RETURN(lab::Address address, lab::FindAddress(host));
  ASSIGN_OR_RETURN(std::unique_ptr<lab::Connection> connection, lab::Connection::Open(address));
  lab::LabClient client(connection->channel());
  RETURN_IF_ERROR(client.GetSystem().status());  // the handshake is not what is measured
  lab::ReconnectingWatch watch(&client, job);
  int64_t points = 0;
  auto begin = std::chrono::steady_clock::now();
  absl::Status status = watch.Run([&](const lab::v1::WatchEvent& event) {
    points += event.metrics().value_size();
    return true;
  });
  RETURN_IF_ERROR(connection->Explain(status));
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%-40s %9ld points %8.3f s %10.0f points/s\n", address.Title().c_str(),
              static_cast<long>(points), took.count(), static_cast<double>(points) / took.count());
  return absl::OkStatus();
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) {
    std::fprintf(stderr, "usage: watch_speed JOB [ADDRESS…]\n");
    return 2;
  }
  for (int i = 2; i < std::max(count, 3); ++i) {
    absl::Status status = Measure(i < count ? words[i] : "", std::atoll(words[1]));
    if (status.ok()) continue;
    std::fprintf(stderr, "watch_speed: %s\n", std::string(lab::MessageOf(status)).c_str());
    return 1;
  }
  return 0;
}
