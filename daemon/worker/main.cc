// lab-worker. Under labd it serves frames on fd 3; by hand: --describe, --check FILE, --run DIR.

#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include <malloc.h>
#include <sys/socket.h>

#include "core/base/version.h"
#include "daemon/worker/by_hand.h"
#include "daemon/worker/serve.h"

namespace {

constexpr char kUsage[] =
    "usage: lab-worker [MODE]\n"
    "  --describe                    what this installation can do, as JSON\n"
    "  --check FILE [--set a.b=c …]  check a config, print it resolved and its forecast\n"
    "  --run DIR                     run DIR/config.yaml in DIR with a progress line\n"
    "  --version\n"
    "Without a mode it serves labd on descriptor 3.\n";

constexpr int kFd = 3;

// A training step frees and takes the same tens of megabytes again and again. One arena that never
// maps, never trims and grows in large pieces keeps those pages, which saves their page faults.
void KeepMemory() {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 64 << 20);
}

bool IsSocket(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

int Usage(const std::string& problem) {
  std::cerr << "lab-worker: " << problem << "\n" << kUsage;
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  KeepMemory();
  std::vector<std::string> args(argv + 1, argv + argc);
  if (args.empty()) {
    if (!IsSocket(kFd)) return Usage("descriptor 3 is no socket: labd starts this program");
    return lab::Serve(kFd);
  }
  const std::string mode = args[0];
  if (mode == "--version") {
    std::cout << "lab-worker " << lab::kLabVersion << "\n";
    return 0;
  }
  if (mode == "--help") {
    std::cout << kUsage;
    return 0;
  }
  if (mode == "--describe" && args.size() == 1) return lab::DescribeByHand();
  if (mode == "--run" && args.size() == 2) return lab::RunByHand(args[1]);
  if (mode == "--check" && args.size() >= 2) {
    std::vector<std::string> overrides;
    for (size_t i = 2; i + 1 < args.size() && args[i] == "--set"; i += 2) {
      overrides.push_back(args[i + 1]);
    }
    if (args.size() != 2 + 2 * overrides.size()) return Usage("--check takes FILE and --set a.b=c");
    return lab::CheckByHand(args[1], overrides);
  }
  return Usage("unknown arguments");
}
