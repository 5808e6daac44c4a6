// A stand-in for ssh on one machine, for the tests of the tunnel: understands the words that
// proto/client/ssh.cc uses. With -L it forwards one Unix socket to another until it is killed; else
// it runs the command with LAB_HOME set to FAKE_SSH_HOME. If the file that FAKE_SSH_REFUSE names
// exists, it fails as ssh does when a host refuses. Each run adds its words to FAKE_SSH_LOG.

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kSshFailure = 255;

sockaddr_un NameOf(const std::string& path) {
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, path.c_str(), sizeof(name.sun_path) - 1);
  return name;
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool Copy(int from, int to) {
  std::array<char, 65536> buffer;
  ssize_t got = ::read(from, buffer.data(), buffer.size());
  for (ssize_t sent = 0; sent < got;) {
    ssize_t now = ::write(to, buffer.data() + sent, static_cast<size_t>(got - sent));
    if (now <= 0) return false;
    sent += now;
  }
  return got > 0;
}

void Carry(int near, const std::string& target) {
  int far = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name = NameOf(target);
  if (::connect(far, reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0) {
    std::array<pollfd, 2> both = {{{near, POLLIN, 0}, {far, POLLIN, 0}}};
    while (::poll(both.data(), both.size(), -1) > 0) {
      if (both[0].revents != 0 && !Copy(near, far)) break;
      if (both[1].revents != 0 && !Copy(far, near)) break;
    }
  } else {
    std::fprintf(stderr, "channel 2: open failed: connect failed: open failed\n");
  }
  ::close(near);
  ::close(far);
}

int Forward(const std::string& spec) {
  size_t colon = spec.find(':');
  std::string here = spec.substr(0, colon);
  std::string target = spec.substr(colon + 1);
  ::unlink(here.c_str());
  int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name = NameOf(here);
  if (::bind(listening, reinterpret_cast<sockaddr*>(&name), sizeof(name)) != 0 ||
      ::listen(listening, 16) != 0) {
    std::fprintf(stderr, "unix_listener: cannot bind to path %s\n", here.c_str());
    return kSshFailure;
  }
  while (true) {
    int accepted = ::accept(listening, nullptr, nullptr);
    if (accepted >= 0) std::thread(Carry, accepted, target).detach();
  }
}

}  // namespace

int main(int count, char** words) {
  ::signal(SIGPIPE, SIG_IGN);
  std::string forward;
  std::string log;
  int i = 1;
  for (; i < count && std::strcmp(words[i], "--") != 0; ++i) {
    log += std::string(words[i]) + " ";
    if (std::strcmp(words[i], "-L") == 0) forward = words[i + 1];
  }
  if (i + 1 >= count) return kSshFailure;
  std::string machine = words[i + 1];
  if (std::FILE* file = std::fopen(Variable("FAKE_SSH_LOG").c_str(), "a")) {
    std::fprintf(file, "%d %s-- %s\n", ::getpid(), log.c_str(), machine.c_str());
    std::fclose(file);
  }
  std::string refuse = Variable("FAKE_SSH_REFUSE");
  if (!refuse.empty() && ::access(refuse.c_str(), F_OK) == 0) {
    std::fprintf(stderr, "%s: Permission denied (publickey).\n", machine.c_str());
    return kSshFailure;
  }
  if (!forward.empty()) return Forward(forward);
  ::setenv("LAB_HOME", Variable("FAKE_SSH_HOME").c_str(), 1);
  std::string command;
  for (i += 2; i < count; ++i) command += std::string(command.empty() ? "" : " ") + words[i];
  ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
  return kSshFailure;
}
