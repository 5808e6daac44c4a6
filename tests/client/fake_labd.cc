// A labd for the tests that start one. What it does is told by the file "role" in LAB_HOME: "serve"
// (write down how it was started, then answer health until its folder's file "stop" appears), "die"
// (say why on stderr and leave) or "lose" (leave as if another labd had the home; that other one,
// started here, listens a little later).

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include <grpcpp/grpcpp.h>

#include "core/base/file.h"
#include "core/base/places.h"
#include "core/base/strings.h"
#include "lab/v1/system.grpc.pb.h"

namespace {

std::string Target(int fd) {
  std::error_code error;
  auto target = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error);
  return error ? "none" : target.string();
}

// Descriptors above 2, not counting the one that lists them.
int OpenDescriptors() {
  int count = 0;
  for (int fd = 3; fd < 256; ++fd) count += fcntl(fd, F_GETFD) != -1 ? 1 : 0;
  return count;
}

std::string Facts() {
  sigset_t blocked;
  sigprocmask(SIG_SETMASK, nullptr, &blocked);
  return lab::StrCat("leader ", getsid(0) == getpid() ? 1 : 0, "\nstdin ", Target(0), "\nstdout ",
                     Target(1), "\nstderr ", Target(2), "\ndescriptors ", OpenDescriptors(),
                     "\nblocked ", sigismember(&blocked, SIGINT), "\n");
}

}  // namespace

int main() {
  std::string facts = Facts();
  auto places = lab::FindPlaces();
  if (!places.ok()) return 9;
  std::filesystem::path home = places->state.parent_path();
  std::string role = *lab::ReadFile(home / "role");
  if (role == "die") {
    std::fprintf(stderr, "the database is of a newer schema\n");
    return 3;
  }
  if (role == "lose") {
    if (fork() > 0) return 4;
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  if (!lab::WriteFileAtomically(home / "facts", facts).ok()) return 9;
  grpc::EnableDefaultHealthCheckService(true);
  lab::v1::SystemService::Service service;  // a server needs one
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  builder.AddListeningPort("unix:" + places->socket().string(), grpc::InsecureServerCredentials());
  auto server = builder.BuildAndStart();
  if (!server) return 9;
  // Ends by itself even if its test died.
  for (int i = 0; i < 600 && !std::filesystem::exists(home / "stop"); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  server->Shutdown(std::chrono::system_clock::now());
  return 0;
}
