// What stands between other machines and labd: tokens, scopes, the certificate.

#include <algorithm>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor_database.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/remote_names.h"
#include "daemon/remote/gatekeeper.h"
#include "daemon/remote/identity.h"
#include "daemon/remote/scopes.h"
#include "daemon/remote/tokens.h"
#include "daemon/service/services.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

std::string Message(const absl::Status& status) { return std::string(MessageOf(status)); }

int ModeOf(const std::filesystem::path& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<int>(info.st_mode & 0777) : -1;
}

TEST(Scopes, EveryRpcHasARowAndEveryRowAnRpc) {
  ServiceContext context;
  SystemClock clock;
  context.clock = &clock;
  Services services(context);  // links what labd serves
  std::vector<std::string> files;
  auto* pool = google::protobuf::DescriptorPool::generated_pool();
  google::protobuf::DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::set<std::string> rpcs;
  for (const std::string& name : files) {
    if (name.compare(0, 4, "lab/") != 0) continue;
    const auto* file = pool->FindFileByName(name);
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        rpcs.insert("/" + file->service(s)->full_name() + "/" +
                    file->service(s)->method(m)->name());
      }
    }
  }
  EXPECT_GE(rpcs.size(), 28u);
  for (const std::string& rpc : rpcs) {
    EXPECT_TRUE(RequiredScope(rpc)) << rpc << " needs a row in daemon/remote/scopes.cc";
  }
  std::set<std::string> rows;
  for (const RpcScope& row : RpcScopes()) {
    std::string path(row.path);
    EXPECT_TRUE(rows.insert(path).second) << path << " stands there twice";
    bool health = path.compare(0, 24, "/grpc.health.v1.Health/C") == 0 ||
                  path == "/grpc.health.v1.Health/Watch";
    EXPECT_TRUE(health || rpcs.count(path) == 1) << path << " is no RPC any more";
  }
}

TEST(Scopes, WhatCannotBeTakenBackIsForAdmins) {
  for (const char* path : {"/lab.v1.JobService/RemoveJob", "/lab.v1.SystemService/Shutdown",
                           "/lab.v1.ArtifactService/DeleteArtifact"}) {
    EXPECT_EQ(RequiredScope(path), Scope::kAdmin) << path;
  }
  EXPECT_EQ(RequiredScope("/lab.v1.JobService/CreateJob"), Scope::kRun);
  EXPECT_EQ(RequiredScope("/lab.v1.JobService/WatchJob"), Scope::kView);
  EXPECT_EQ(RequiredScope("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"),
            std::nullopt);
  EXPECT_EQ(RequiredScope(""), std::nullopt);
}

class Tokens : public ::testing::Test {
 protected:
  TempDir dir_;
  std::filesystem::path file_ = dir_.path() / "tokens.json";
};

TEST_F(Tokens, KeepOnlyTheHashInAFileForTheOwner) {
  auto made = CreateToken(file_, "laptop", Scope::kRun);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_THAT(made->secret, MatchesRegex("lab_[0-9a-f]{64}"));
  std::string text = *ReadFile(file_);
  EXPECT_EQ(text.find(made->secret.substr(4)), std::string::npos);
  EXPECT_THAT(text, HasSubstr(Sha256(made->secret)));
  EXPECT_EQ(ModeOf(file_), 0600);
  auto tokens = ReadTokens(file_);
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  ASSERT_EQ(tokens->size(), 1u);
  EXPECT_EQ(tokens->front().name, "laptop");
  EXPECT_EQ(tokens->front().scope, Scope::kRun);
  EXPECT_THAT(tokens->front().created_at, MatchesRegex("20[0-9-]+T[0-9:.]+Z"));
}

TEST_F(Tokens, HaveNamesOfTheirOwn) {
  EXPECT_EQ(CreateToken(file_, "", Scope::kView)->name, "token-1");
  EXPECT_EQ(CreateToken(file_, "", Scope::kView)->name, "token-2");
  EXPECT_TRUE(absl::IsAlreadyExists(CreateToken(file_, "token-1", Scope::kView).status()));
  ASSERT_TRUE(RevokeToken(file_, "token-1").ok());
  EXPECT_EQ(CreateToken(file_, "", Scope::kView)->name, "token-3");
  for (const char* name : {"-x", "a b", "a\n", "a/b"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CreateToken(file_, name, Scope::kView).status())) << name;
  }
}

TEST_F(Tokens, RevokingNamesWhatThereIs) {
  ASSERT_TRUE(CreateToken(file_, "laptop", Scope::kView).ok());
  absl::Status status = RevokeToken(file_, "lapdog");
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(Message(status), HasSubstr("laptop"));
}

TEST_F(Tokens, AreSeenAndForgottenWhileTheTableIsInUse) {
  TokenTable table(file_);
  EXPECT_FALSE(table.Find("lab_x"));
  EXPECT_FALSE(table.Find(""));
  std::string secret = CreateToken(file_, "laptop", Scope::kView)->secret;
  std::string other = CreateToken(file_, "desk", Scope::kAdmin)->secret;
  ASSERT_TRUE(table.Find(secret));
  EXPECT_EQ(table.Find(secret)->name, "laptop");
  EXPECT_EQ(table.Find(other)->scope, Scope::kAdmin);
  EXPECT_FALSE(table.Find(secret + "0"));
  EXPECT_FALSE(table.Find(Sha256(secret)));
  ASSERT_TRUE(RevokeToken(file_, "laptop").ok());
  EXPECT_FALSE(table.Find(secret));
  EXPECT_TRUE(table.Find(other));
}

TEST_F(Tokens, DamagedFilesLetNobodyIn) {
  TokenTable table(file_);
  std::string secret = CreateToken(file_, "laptop", Scope::kView)->secret;
  ASSERT_TRUE(table.Find(secret));
  std::string sound = *ReadFile(file_);
  for (const char* text :
       {"", "[]", "{\"tokens\": [3]}", "{\"tokens\": [{\"name\": \"a\"}]}",
        "{\"tokens\": [{\"name\": 7, \"scope\": \"run\", \"sha256\": \"00\"}]}"}) {
    ASSERT_TRUE(WritePrivateFile(file_, text).ok());
    EXPECT_FALSE(table.Find(secret)) << text;
    EXPECT_TRUE(absl::IsFailedPrecondition(ReadTokens(file_).status())) << text;
  }
  ASSERT_TRUE(WritePrivateFile(file_, sound).ok());
  EXPECT_TRUE(table.Find(secret));
  ASSERT_EQ(::chmod(file_.c_str(), 0666), 0);
  EXPECT_THAT(Message(ReadTokens(file_).status()), HasSubstr("written by others"));
}

TEST_F(Tokens, GatekeeperAsksForTheTokenBeforeAnythingElse) {
  SystemClock clock;
  Gatekeeper gatekeeper(file_, &clock);
  std::string view = "Bearer " + CreateToken(file_, "laptop", Scope::kView)->secret;
  std::string admin = "Bearer " + CreateToken(file_, "desk", Scope::kAdmin)->secret;
  const char* get = "/lab.v1.JobService/GetJob";
  EXPECT_TRUE(gatekeeper.Admit(view, get).ok());
  for (const std::string& wrong :
       {std::string(), std::string("Bearer "), std::string("Bearer lab_0"), view.substr(7),
        "Basic " + view.substr(7), view + " "}) {
    for (const char* path : {get, "/nothing", "/lab.v1.SystemService/Shutdown"}) {
      EXPECT_TRUE(absl::IsUnauthenticated(gatekeeper.Admit(wrong, path))) << wrong;
    }
  }
  absl::Status refused = gatekeeper.Admit(view, "/lab.v1.SystemService/Shutdown");
  EXPECT_TRUE(absl::IsPermissionDenied(refused));
  EXPECT_THAT(Message(refused), HasSubstr("scope admin; \"laptop\" has view"));
  EXPECT_TRUE(gatekeeper.Admit(admin, "/lab.v1.SystemService/Shutdown").ok());
  EXPECT_TRUE(absl::IsPermissionDenied(gatekeeper.Admit(admin, "/lab.v1.JobService/Nothing")));
}

class IdentityTest : public ::testing::Test {
 protected:
  TempDir dir_;
  std::filesystem::path file_ = dir_.path() / "identity.pem";
};

TEST_F(IdentityTest, IsMadeOnceForTheOwner) {
  auto made = LoadOrMakeIdentity(file_);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(ModeOf(file_), 0600);
  EXPECT_THAT(made->fingerprint, MatchesRegex("sha256:[0-9a-f]{64}"));
  EXPECT_EQ(NormalFingerprint(made->fingerprint), made->fingerprint);
  auto again = LoadOrMakeIdentity(file_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->fingerprint, made->fingerprint);
  EXPECT_EQ(again->key, made->key);
  std::filesystem::remove(file_);
  EXPECT_NE(LoadOrMakeIdentity(file_)->fingerprint, made->fingerprint);
}

TEST_F(IdentityTest, RefusesAKeyThatOthersMayRead) {
  ASSERT_TRUE(LoadOrMakeIdentity(file_).ok());
  ASSERT_EQ(::chmod(file_.c_str(), 0640), 0);
  EXPECT_THAT(Message(LoadOrMakeIdentity(file_).status()), HasSubstr("others may read it"));
}

TEST_F(IdentityTest, RefusesADamagedFileInsteadOfReplacingIt) {
  Identity first = *LoadOrMakeIdentity(file_);
  Identity second = *LoadOrMakeIdentity(dir_.path() / "other.pem");
  for (const std::string& text : {std::string(), std::string("nothing"), first.key,
                                  first.certificate, first.key + second.certificate}) {
    ASSERT_TRUE(WritePrivateFile(file_, text).ok());
    EXPECT_TRUE(absl::IsFailedPrecondition(LoadOrMakeIdentity(file_).status()));
    EXPECT_EQ(*ReadFile(file_), text);
  }
}

TEST(RemoteNames, ReadHostsAndPorts) {
  EXPECT_EQ(ParseHostPort("box:7733")->Text(), "box:7733");
  EXPECT_EQ(ParseHostPort("10.0.0.5:0")->port, 0);
  EXPECT_EQ(ParseHostPort("[::1]:7733")->host, "::1");
  EXPECT_EQ(ParseHostPort("[fe80::1%eth0]:65535")->Text(), "[fe80::1%eth0]:65535");
  for (const char* wrong : {"", "box", ":7733", "box:", "box:x", "box:70000", "box:-1", "::1:7733",
                            "[::1]", "[::1]7733", "[::1", "a b:1", "-oProxy:1", "box:7733 "}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseHostPort(wrong).status())) << wrong;
  }
}

TEST(RemoteNames, FingerprintsAreTheSameHoweverTheyAreCopied) {
  std::string plain(64, 'a');
  std::string colons;
  for (int i = 0; i < 32; ++i) colons += i == 0 ? "AA" : ":AA";
  for (const std::string& text : {plain, "sha256:" + plain, "SHA256:" + colons, colons}) {
    EXPECT_EQ(NormalFingerprint(text), "sha256:" + plain) << text;
  }
  for (const std::string& text :
       {std::string(), plain + "a", std::string(64, 'g'), "md5:" + plain, plain.substr(1)}) {
    EXPECT_EQ(NormalFingerprint(text), "") << text;
  }
}

}  // namespace
}  // namespace lab
