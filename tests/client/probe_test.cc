#include "proto/client/probe.h"

#include <array>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/descriptor.h"

namespace lab {
namespace {

using ::testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(MessageOf(status)); }

// A TCP port of this machine that accepts connections.
class Listener {
 public:
  Listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name = {};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)), 0);
    EXPECT_EQ(::listen(fd_.get(), 4), 0);
    socklen_t size = sizeof(name);
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&name), &size);
    at = {"127.0.0.1", ntohs(name.sin_port)};
  }
  // Answers one connection with `text` and closes it.
  void AnswerOnce(const std::string& text) {
    Descriptor one(::accept(fd_.get(), nullptr, nullptr));
    std::array<char, 1024> hello;
    EXPECT_GT(::read(one.get(), hello.data(), hello.size()), 0);
    EXPECT_EQ(::write(one.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  HostPort at;

 private:
  Descriptor fd_;
};

TEST(Probe, NamesTheLayerThatFailed) {
  auto nowhere = FetchCertificate({"no-such-machine.invalid", 7733}, 10);
  EXPECT_EQ(ReasonOf(nowhere.status()), "NAME_NOT_RESOLVED");
  EXPECT_THAT(Message(nowhere.status()), HasSubstr("no-such-machine.invalid:7733"));
  HostPort closed;
  {
    Listener listener;
    closed = listener.at;
  }
  auto refused = FetchCertificate(closed, 10);
  EXPECT_EQ(ReasonOf(refused.status()), "CONNECT_FAILED");
  EXPECT_THAT(Message(refused.status()), HasSubstr("refused"));
}

TEST(Probe, TellsAPortThatSpeaksNoTls) {
  Listener listener;
  for (const char* text : {"HTTP/1.1 400 Bad Request\r\n\r\n", "", "220 mail\r\n"}) {
    std::thread server([&] { listener.AnswerOnce(text); });
    auto answer = FetchCertificate(listener.at, 10);
    server.join();
    EXPECT_EQ(ReasonOf(answer.status()), "TLS_FAILED") << text;
    EXPECT_TRUE(absl::IsUnavailable(answer.status()));
  }
}

TEST(Probe, GivesUpOnAMachineThatIsSilent) {
  Listener listener;  // the kernel accepts; nobody answers
  auto answer = FetchCertificate(listener.at, 0.2);
  EXPECT_EQ(ReasonOf(answer.status()), "TLS_FAILED");
  EXPECT_THAT(Message(answer.status()), HasSubstr("in time"));
}

TEST(Probe, ShowsBothFingerprintsThatDiffer) {
  EXPECT_TRUE(CompareFingerprints("box", "sha256:a", "sha256:a").ok());
  absl::Status differs = CompareFingerprints("box", "sha256:a", "sha256:b");
  EXPECT_TRUE(absl::IsPermissionDenied(differs));
  EXPECT_EQ(ReasonOf(differs), "FINGERPRINT_DIFFERS");
  EXPECT_THAT(Message(differs), HasSubstr("sha256:a"));
  EXPECT_THAT(Message(differs), HasSubstr("sha256:b"));
}

}  // namespace
}  // namespace lab
