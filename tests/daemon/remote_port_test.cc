// labd with --listen, spoken to by the client that labctl uses.

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "core/base/places.h"
#include "core/base/strings.h"
#include "daemon/daemon.h"
#include "daemon/remote/identity.h"
#include "daemon/remote/tokens.h"
#include "proto/client/channel.h"
#include "proto/client/connection.h"
#include "proto/client/lab_client.h"
#include "proto/client/probe.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

using ::testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(MessageOf(status)); }

class RemotePortTest : public ::testing::Test {
 protected:
  RemotePortTest() {
    std::string home = dir_.path().string();
    options_.places =
        *FindPlaces([home](const std::string& name) { return name == "LAB_HOME" ? home : ""; });
    EXPECT_TRUE(CreatePlaces(options_.places).ok());
    options_.supervisor.worker = LAB_FAKE_WORKER;
    options_.listen = "127.0.0.1:0";
  }
  ~RemotePortTest() override { Stop(); }

  std::string NewToken(const std::string& name, Scope scope) {
    return CreateToken(options_.places.tokens(), name, scope)->secret;
  }
  void Start() {
    auto daemon = Daemon::Start(options_);
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    daemon_ = *std::move(daemon);
    at_ = *ParseHostPort(daemon_->remote_address());
    running_ = std::thread([this] { daemon_->Run(); });
  }
  void Stop() {
    if (!running_.joinable()) return;
    daemon_->RequestShutdown();
    running_.join();
    daemon_.reset();
  }
  // labd's address as labctl connect would have stored it.
  Address Pinned(const std::string& token) {
    Address address = *ParseRemoteAddress(at_.Text());
    auto shown = FetchCertificate(at_, 30);
    EXPECT_TRUE(shown.ok()) << shown.status();
    if (shown.ok()) address.host = {"box", at_.Text(), token, shown->pem, shown->fingerprint};
    return address;
  }
  static std::unique_ptr<Connection> Open(const Address& address) {
    auto connection = Connection::Open(address);
    EXPECT_TRUE(connection.ok()) << connection.status();
    return *std::move(connection);
  }
  // What a call to any method of any service is answered.
  static grpc::Status CallAnything(const std::shared_ptr<grpc::Channel>& channel,
                                   const std::string& method) {
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    grpc::CompletionQueue queue;
    grpc::ByteBuffer request(nullptr, 0), answer;
    grpc::Status status;
    auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
    call->StartCall();
    call->Finish(&answer, &status, nullptr);
    void* tag = nullptr;
    bool done = false;
    queue.Next(&tag, &done);
    queue.Shutdown();
    EXPECT_TRUE(context.GetServerTrailingMetadata().empty()) << method;
    return status;
  }

  TempDir dir_;
  DaemonOptions options_;
  std::unique_ptr<Daemon> daemon_;
  std::thread running_;
  HostPort at_;
};

TEST_F(RemotePortTest, ScopesDecideWhatATokenMayDo) {
  std::string view = NewToken("view", Scope::kView);
  std::string run = NewToken("run", Scope::kRun);
  std::string admin = NewToken("admin", Scope::kAdmin);
  Start();
  auto looks = Open(Pinned(view));
  LabClient viewer(looks->channel(), 60);
  EXPECT_TRUE(viewer.GetSystem().ok()) << viewer.GetSystem().status();
  EXPECT_TRUE(viewer.ListJobs().ok());
  EXPECT_TRUE(IsServing(looks->channel(), 60));
  for (const absl::Status& refused : {viewer.PauseJob(1).status(), viewer.RemoveJob(1).status(),
                                      viewer.Shutdown(), viewer.CreateJob({}).status()}) {
    EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
    EXPECT_EQ(ReasonOf(refused), "SCOPE_INSUFFICIENT");
  }
  EXPECT_THAT(Message(looks->Explain(viewer.Shutdown())),
              HasSubstr("needs a token of scope admin; \"view\" has view"));
  auto works = Open(Pinned(run));
  LabClient runner(works->channel(), 60);
  EXPECT_TRUE(absl::IsNotFound(runner.PauseJob(1).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(runner.RemoveJob(1).status()));
  auto all = Open(Pinned(admin));
  LabClient master(all->channel(), 60);
  EXPECT_TRUE(absl::IsNotFound(master.RemoveJob(1).status()));
  EXPECT_TRUE(master.Shutdown().ok());
  running_.join();
  daemon_.reset();
}

TEST_F(RemotePortTest, WithoutAValidTokenThereIsNothingButARefusal) {
  std::string admin = NewToken("admin", Scope::kAdmin);
  Start();
  for (const std::string& token : {std::string(), std::string("lab_wrong"), admin + "0"}) {
    auto connection = Open(Pinned(token));
    EXPECT_FALSE(IsServing(connection->channel(), 60));
    std::optional<std::string> first;
    for (const char* method : {"/lab.v1.SystemService/GetSystem", "/lab.v1.SystemService/Nothing",
                               "/nothing/AtAll", "/grpc.health.v1.Health/Check",
                               "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"}) {
      grpc::Status status = CallAnything(connection->channel(), method);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << method;
      if (!first) first = status.error_message();
      EXPECT_EQ(status.error_message(), *first) << method;
    }
    LabClient client(connection->channel(), 60);
    absl::Status refused = connection->Explain(client.GetSystem().status());
    EXPECT_EQ(ReasonOf(refused), "TOKEN_REFUSED");
    EXPECT_THAT(Message(refused), HasSubstr("labd token create"));
  }
  auto connection = Open(Pinned(admin));
  grpc::Status closed = CallAnything(
      connection->channel(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo");
  EXPECT_EQ(closed.error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(RemotePortTest, WithoutTlsNothingIsLearned) {
  NewToken("view", Scope::kView);
  Start();
  auto channel = grpc::CreateChannel(at_.Text(), grpc::InsecureChannelCredentials());
  grpc::Status status = CallAnything(channel, "/lab.v1.SystemService/GetSystem");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(RemotePortTest, TheSocketAsksForNoToken) {
  NewToken("view", Scope::kView);
  Start();
  Address local;
  local.socket = options_.places.socket().string();
  LabClient client(OpenChannel(local), 60);
  EXPECT_TRUE(client.GetSystem().ok());
  EXPECT_TRUE(absl::IsNotFound(client.RemoveJob(1).status()));
}

TEST_F(RemotePortTest, AnotherCertificateIsRefusedBeforeTheTokenIsSent) {
  std::string view = NewToken("view", Scope::kView);
  Start();
  Address address = Pinned(view);
  Identity other = *LoadOrMakeIdentity(dir_.path() / "other.pem");
  std::string shown = address.host.fingerprint;
  address.host.certificate = other.certificate;
  address.host.fingerprint = other.fingerprint;
  auto connection = Open(address);
  LabClient client(connection->channel(), 60);
  absl::Status failed = client.GetSystem().status();
  EXPECT_TRUE(absl::IsUnavailable(failed)) << failed;
  absl::Status told = connection->Explain(failed);
  EXPECT_EQ(ReasonOf(told), "FINGERPRINT_DIFFERS") << told;
  EXPECT_THAT(Message(told), HasSubstr(shown));
  EXPECT_THAT(Message(told), HasSubstr(other.fingerprint));
}

TEST_F(RemotePortTest, UnknownMachinesAreNotSpokenTo) {
  std::string view = NewToken("view", Scope::kView);
  Start();
  Address address = *ParseRemoteAddress(at_.Text());
  address.host.token = view;
  auto unknown = Connection::Open(address);
  EXPECT_EQ(ReasonOf(unknown.status()), "HOST_UNKNOWN");
  std::string fingerprint = Pinned(view).host.fingerprint;
  ConnectionOptions options;
  options.environment = [&](const std::string& name) {
    return name == "LAB_FINGERPRINT" ? fingerprint : "";
  };
  auto known = Connection::Open(address, options);
  ASSERT_TRUE(known.ok()) << known.status();
  EXPECT_TRUE(LabClient((*known)->channel(), 60).GetSystem().ok());
  fingerprint = "sha256:" + std::string(64, '0');
  EXPECT_EQ(ReasonOf(Connection::Open(address, options).status()), "FINGERPRINT_DIFFERS");
}

TEST_F(RemotePortTest, TokensComeAndGoWhileLabdRuns) {
  NewToken("first", Scope::kView);
  Start();
  auto connection = Open(Pinned(NewToken("second", Scope::kView)));
  LabClient client(connection->channel(), 60);
  EXPECT_TRUE(client.GetSystem().ok());
  // An open stream ends with its token, and only that token's.
  std::atomic<bool> open{false};
  absl::Status end;
  std::thread watching(
      [&] { end = client.WatchSystem(0.5, [&](const v1::System&) { return open = true; }); });
  while (!open) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(RevokeToken(options_.places.tokens(), "second").ok());
  watching.join();
  EXPECT_TRUE(absl::IsUnauthenticated(end)) << end;
  EXPECT_TRUE(absl::IsUnauthenticated(client.GetSystem().status()));
  auto other = Open(Pinned(NewToken("third", Scope::kView)));
  EXPECT_TRUE(LabClient(other->channel(), 60).GetSystem().ok());
}

TEST_F(RemotePortTest, RefusesToListenForNobody) {
  auto daemon = Daemon::Start(options_);
  EXPECT_TRUE(absl::IsFailedPrecondition(daemon.status()));
  EXPECT_THAT(Message(daemon.status()), HasSubstr("labd token create"));
}

TEST_F(RemotePortTest, SaysWhyItCannotListen) {
  NewToken("view", Scope::kView);
  Start();
  TempDir second;
  DaemonOptions options = options_;
  std::string home = second.path().string();
  options.places =
      *FindPlaces([home](const std::string& name) { return name == "LAB_HOME" ? home : ""; });
  ASSERT_TRUE(CreatePlaces(options.places).ok());
  ASSERT_TRUE(CreateToken(options.places.tokens(), "view", Scope::kView).ok());
  options.listen = at_.Text();
  EXPECT_THAT(Message(Daemon::Start(options).status()), HasSubstr("Address already in use"));
  options.listen = "box";
  EXPECT_THAT(Message(Daemon::Start(options).status()), HasSubstr("HOST:PORT"));
}

}  // namespace
}  // namespace lab
