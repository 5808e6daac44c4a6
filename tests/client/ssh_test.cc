#include "proto/client/ssh.h"

#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "proto/client/channel.h"
#include "proto/client/connection.h"
#include "proto/client/lab_client.h"
#include "tests/client/fake_lab.h"

namespace lab {
namespace {

using ::testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(MessageOf(status)); }

bool Eventually(const std::function<bool()>& condition) {
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

// tests/support/fake_ssh.cc before a labd of tests.
class SshTest : public ::testing::Test {
 protected:
  SshTest() {
    ::setenv("FAKE_SSH_LOG", log_.c_str(), 1);
    ::setenv("FAKE_SSH_REFUSE", refuse_.c_str(), 1);
    ::setenv("FAKE_SSH_HOME", (lab_.folder() / "home").c_str(), 1);
    options_.program = LAB_FAKE_SSH;
    address_ = *ParseRemoteAddress("ssh://ada@box:2222");
    connection_options_.environment = [](const std::string& name) {
      return name == "LAB_SSH" ? LAB_FAKE_SSH : "";
    };
  }
  // A labctl for the other machine that says `out` and leaves with `code`.
  void RemoteLabctl(const std::string& out, int code) {
    auto path = lab_.folder() / "labctl";
    ASSERT_TRUE(
        WriteFileAtomically(path, StrCat("#!/bin/sh\necho \"$@\" >> ", log_.string(),
                                         "\ncat <<'EOT'\n", out, "\nEOT\nexit ", code, "\n"))
            .ok());
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    address_.host.labctl = path.string();
  }
  std::string Log() { return ReadFile(log_).value_or(""); }
  // The process of the last ssh.
  pid_t LastPid() {
    std::string log = Log();
    size_t begin = log.rfind('\n', log.size() - 2);
    return std::atoi(log.c_str() + (begin == std::string::npos ? 0 : begin + 1));
  }
  static bool Lives(pid_t pid) { return ::kill(pid, 0) == 0; }

  testing::FakeLab lab_;
  std::filesystem::path log_ = lab_.folder() / "ssh.log";
  std::filesystem::path refuse_ = lab_.folder() / "refuse";
  SshOptions options_;
  ConnectionOptions connection_options_;
  Address address_;
};

TEST_F(SshTest, TunnelCarriesCallsAndEndsWithItsOwner) {
  pid_t pid = 0;
  std::string socket;
  {
    auto tunnel = SshTunnel::Open(address_, options_, lab_.socket());
    ASSERT_TRUE(tunnel.ok()) << tunnel.status();
    socket = (*tunnel)->socket();
    Address local;
    local.socket = socket;
    LabClient client(OpenChannel(local), 30);
    EXPECT_EQ(client.GetSystem()->version(), "9.8.7");
    EXPECT_TRUE((*tunnel)->Health().ok());
    pid = LastPid();
    EXPECT_TRUE(Lives(pid));
  }
  EXPECT_FALSE(Lives(pid));
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(socket).parent_path()));
  for (const char* word : {"-N", "ExitOnForwardFailure=yes", "ControlPath=none", "BatchMode=yes",
                           "ServerAliveInterval=5", "-p 2222", "-- ada@box\n"}) {
    EXPECT_THAT(Log(), HasSubstr(word));
  }
}

TEST_F(SshTest, AsksOnlyWhereSomebodyCanAnswer) {
  options_.may_ask = true;
  ASSERT_TRUE(SshTunnel::Open(address_, options_, lab_.socket()).ok());
  EXPECT_EQ(Log().find("BatchMode"), std::string::npos);
}

TEST_F(SshTest, BrokenTunnelIsReplacedBehindTheSameSocket) {
  auto tunnel = SshTunnel::Open(address_, options_, lab_.socket());
  ASSERT_TRUE(tunnel.ok()) << tunnel.status();
  Address local;
  local.socket = (*tunnel)->socket();
  LabClient client(OpenChannel(local), 30);
  ASSERT_TRUE(client.GetSystem().ok());
  pid_t first = LastPid();
  ::kill(first, SIGKILL);
  EXPECT_TRUE(Eventually([&] { return LastPid() != first && (*tunnel)->Health().ok(); }));
  EXPECT_TRUE(Eventually([&] { return client.GetSystem().ok(); }));
}

TEST_F(SshTest, RefusalIsToldInSshsWords) {
  ASSERT_TRUE(WriteFileAtomically(refuse_, "").ok());
  auto tunnel = SshTunnel::Open(address_, options_, lab_.socket());
  EXPECT_EQ(ReasonOf(tunnel.status()), "SSH_FAILED");
  EXPECT_THAT(Message(tunnel.status()), HasSubstr("ssh to ssh://ada@box:2222 failed"));
  EXPECT_THAT(Message(tunnel.status()), HasSubstr("ada@box: Permission denied (publickey)."));
  RemoteLabctl("", 0);
  auto socket = FindRemoteSocket(address_, options_, true);
  EXPECT_EQ(ReasonOf(socket.status()), "SSH_FAILED");
  options_.program = "/nowhere/ssh";
  EXPECT_EQ(ReasonOf(SshTunnel::Open(address_, options_, lab_.socket()).status()), "SSH_FAILED");
}

TEST_F(SshTest, SocketIsAskedOfTheLabctlThere) {
  RemoteLabctl("Welcome to box!\n{\"schema_version\":1,\"address\":\"unix:/run/x/labd.sock\"}", 0);
  auto socket = FindRemoteSocket(address_, options_, true);
  ASSERT_TRUE(socket.ok()) << socket.status();
  EXPECT_EQ(*socket, "/run/x/labd.sock");
  EXPECT_THAT(Log(), HasSubstr("daemon start --json"));
  EXPECT_EQ(*FindRemoteSocket(address_, options_, false), "/run/x/labd.sock");
  EXPECT_THAT(Log(), HasSubstr("daemon status --json"));
}

TEST_F(SshTest, WhatFailsThereIsNotBlamedOnSsh) {
  RemoteLabctl("{\"schema_version\":1,\"address\":\"unix:/run/x/labd.sock\"}", 69);
  EXPECT_EQ(ReasonOf(FindRemoteSocket(address_, options_, false).status()), "DAEMON_UNREACHABLE");
  RemoteLabctl("no disk", 1);
  auto failed = FindRemoteSocket(address_, options_, true);
  EXPECT_EQ(ReasonOf(failed.status()), "DAEMON_START_FAILED");
  EXPECT_THAT(Message(failed.status()), HasSubstr("no disk"));
  address_.host.labctl = "/no where/it's/labctl";
  EXPECT_THAT(Message(FindRemoteSocket(address_, options_, true).status()),
              HasSubstr("--remote-labctl"));
}

TEST_F(SshTest, ConnectionFindsTheSocketAgainWhenItMoved) {
  RemoteLabctl(StrCat("{\"schema_version\":1,\"address\":\"", lab_.address(), "\"}"), 0);
  address_.host.socket = (lab_.folder() / "gone.sock").string();
  auto connection = Connection::Open(address_, connection_options_);
  ASSERT_TRUE(connection.ok()) << connection.status();
  EXPECT_EQ((*connection)->address().host.socket, lab_.socket());
  LabClient client((*connection)->channel(), 30);
  EXPECT_EQ(client.GetSystem()->version(), "9.8.7");
}

TEST_F(SshTest, ConnectionTellsLabdFromSsh) {
  address_.host.socket = lab_.socket();
  auto connection = Connection::Open(address_, connection_options_);
  ASSERT_TRUE(connection.ok()) << connection.status();
  LabClient client((*connection)->channel(), 30);
  lab_.Stop();
  absl::Status away = (*connection)->Explain(client.GetSystem().status());
  EXPECT_EQ(ReasonOf(away), "DAEMON_UNREACHABLE");
  EXPECT_THAT(Message(away), HasSubstr("ssh to ssh://ada@box:2222 works, but labd there"));
  ASSERT_TRUE(WriteFileAtomically(refuse_, "").ok());
  ::kill(LastPid(), SIGKILL);
  EXPECT_TRUE(Eventually([&] {
    absl::Status cut = (*connection)->Explain(client.GetSystem().status());
    return Message(cut).find("Permission denied (publickey)") != std::string::npos;
  }));
}

}  // namespace
}  // namespace lab
