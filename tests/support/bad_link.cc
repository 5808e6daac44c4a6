// A network link as bad as wished, between two interfaces of this network namespace: carries every
// frame from one to the other after a delay, loses some by chance, and all of them while a file
// exists. Kernels without netem have it too. Ends by a signal.
//
//   bad_link INTERFACE INTERFACE DELAY_MS LOSS_PERCENT CUT_FILE

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Frame {
  Clock::time_point due;
  int to;
  std::vector<char> bytes;  // after the header that tells of offloaded checksums and sizes
};

// A socket that sends and receives the frames of one interface, or -1.
int OpenInterface(const char* name) {
  int fd = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
  int on = 1;
  sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(::if_nametoindex(name));
  bool open = fd >= 0 && address.sll_ifindex > 0 &&
              ::setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) == 0 &&
              ::setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) == 0 &&
              ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  if (!open) std::perror(name);
  return open ? fd : -1;
}

void Carry(const std::array<int, 2>& ends, Clock::duration delay, double loss,
           const std::string& cut_file) {
  std::mt19937 random(7);
  std::bernoulli_distribution lost(loss);
  std::deque<Frame> waiting;
  std::vector<char> buffer(1 << 17);
  while (true) {
    int patience = -1;
    if (!waiting.empty()) {
      auto left = std::chrono::ceil<std::chrono::milliseconds>(waiting.front().due - Clock::now());
      patience = static_cast<int>(std::max<int64_t>(left.count(), 0));
    }
    std::array<pollfd, 2> both = {{{ends[0], POLLIN, 0}, {ends[1], POLLIN, 0}}};
    ::poll(both.data(), both.size(), patience);
    bool cut = ::access(cut_file.c_str(), F_OK) == 0;
    for (int side = 0; side < 2; ++side) {
      if ((both[side].revents & POLLIN) == 0) continue;
      ssize_t got = ::recv(ends[side], buffer.data(), buffer.size(), 0);
      if (got <= 0 || cut || lost(random)) continue;
      waiting.push_back(
          {Clock::now() + delay, ends[1 - side], {buffer.data(), buffer.data() + got}});
    }
    while (!waiting.empty() && waiting.front().due <= Clock::now()) {
      // What the interface does not take is lost, as on any link.
      [[maybe_unused]] ssize_t sent = cut ? 0
                                          : ::send(waiting.front().to, waiting.front().bytes.data(),
                                                   waiting.front().bytes.size(), 0);
      waiting.pop_front();
    }
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 6) {
    std::fprintf(stderr, "usage: bad_link INTERFACE INTERFACE DELAY_MS LOSS_PERCENT CUT_FILE\n");
    return 2;
  }
  std::array<int, 2> ends = {OpenInterface(words[1]), OpenInterface(words[2])};
  if (ends[0] < 0 || ends[1] < 0) return 1;
  std::fprintf(stderr, "the link is up\n");
  Carry(ends, std::chrono::milliseconds(std::atoi(words[3])), std::atof(words[4]) / 100, words[5]);
}
