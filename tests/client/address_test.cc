#include "proto/client/address.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "proto/client/hosts.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

using ::testing::HasSubstr;
using Way = Address::Way;

Environment With(std::map<std::string, std::string> values) {
  return [values](const std::string& name) {
    auto found = values.find(name);
    return found == values.end() ? "" : found->second;
  };
}

std::string Message(const absl::Status& status) { return std::string(MessageOf(status)); }

TEST(Address, IsTheSocketOfThePlacesByDefault) {
  auto address = FindAddress("", With({{"LAB_HOME", "/tmp/x"}}));
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->socket, "/tmp/x/run/labd.sock");
  EXPECT_TRUE(address->is_default);
  EXPECT_TRUE(address->IsLocal());
  EXPECT_EQ(address->Text(), "unix:/tmp/x/run/labd.sock");
}

TEST(Address, FlagGoesBeforeLabHost) {
  Environment environment = With({{"LAB_HOME", "/tmp/x"}, {"LAB_HOST", "unix:/tmp/b.sock"}});
  EXPECT_EQ(FindAddress("", environment)->socket, "/tmp/b.sock");
  EXPECT_EQ(FindAddress("unix:///tmp/a.sock", environment)->socket, "/tmp/a.sock");
  EXPECT_FALSE(FindAddress("unix:/tmp/a.sock", environment)->is_default);
  EXPECT_TRUE(FindAddress("unix:/tmp/x/run/labd.sock", environment)->is_default);
}

TEST(Address, ReadsTcpAndSsh) {
  Environment environment = With({{"LAB_HOME", "/tmp/x"}});
  auto tls = FindAddress("box:7733", environment);
  ASSERT_TRUE(tls.ok()) << tls.status();
  EXPECT_EQ(tls->way, Way::kTls);
  EXPECT_FALSE(tls->IsLocal());
  EXPECT_EQ(tls->Text(), "box:7733");
  EXPECT_EQ(FindAddress("[::1]:7733", environment)->Text(), "[::1]:7733");
  auto ssh = FindAddress("ssh://ada@box:2222", environment);
  ASSERT_TRUE(ssh.ok()) << ssh.status();
  EXPECT_EQ(ssh->way, Way::kSsh);
  EXPECT_EQ(ssh->user, "ada");
  EXPECT_EQ(ssh->at.host, "box");
  EXPECT_EQ(ssh->at.port, 2222);
  EXPECT_EQ(ssh->Text(), "ssh://ada@box:2222");
  EXPECT_EQ(FindAddress("ssh://box", environment)->Text(), "ssh://box");
  EXPECT_EQ(FindAddress("ssh://ada@box/", environment)->Text(), "ssh://ada@box");
  EXPECT_EQ(FindAddress("ssh://[::1]", environment)->Text(), "ssh://[::1]");
}

TEST(Address, RefusesWhatItCannotReachWithTheWayOut) {
  Environment environment = With({{"LAB_HOME", "/tmp/x"}});
  for (const char* host :
       {"box", "unix:relative.sock", "unix:", "/tmp/a.sock", "box:", "box:0", "box:99999", "::1:5",
        "ssh://", "ssh://@box", "ssh://-oProxyCommand=x@box", "ssh://-oProxyCommand=x", "ssh://a b",
        "ssh://box:x", "ssh://a;b@box"}) {
    auto address = FindAddress(host, environment);
    EXPECT_EQ(address.status().code(), absl::StatusCode::kInvalidArgument) << host;
    EXPECT_EQ(ReasonOf(address.status()), "ADDRESS_INVALID") << host;
  }
  EXPECT_THAT(Message(FindAddress("box", environment).status()), HasSubstr("labctl connect"));
  EXPECT_FALSE(FindAddress("unix:/" + std::string(200, 'a'), environment).ok());
}

class HostsTest : public ::testing::Test {
 protected:
  TempDir dir_;
  std::map<std::string, std::string> values_ = {{"LAB_HOME", dir_.path().string()}};
  std::filesystem::path file_ = FindPlaces(With(values_))->hosts();
  Host box_{"box", "10.0.0.5:7733", "lab_secret", "PEM", "sha256:aa", "", ""};
};

TEST_F(HostsTest, ComeBackAsTheyWereInAFileForTheOwner) {
  Host ship{"ship", "ssh://ada@ship", "", "", "", "/opt/labctl", "/run/labd.sock"};
  ASSERT_TRUE(SaveHost(file_, ship).ok());
  ASSERT_TRUE(SaveHost(file_, box_).ok());
  struct stat info = {};
  ASSERT_EQ(::stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  auto hosts = ReadHosts(file_);
  ASSERT_TRUE(hosts.ok()) << hosts.status();
  ASSERT_EQ(hosts->size(), 2u);
  EXPECT_EQ((*hosts)[0].name, "box");
  EXPECT_EQ((*hosts)[0].token, "lab_secret");
  EXPECT_EQ((*hosts)[0].certificate, "PEM");
  EXPECT_EQ((*hosts)[1].labctl, "/opt/labctl");
  EXPECT_EQ((*hosts)[1].socket, "/run/labd.sock");
  box_.token = "lab_other";
  ASSERT_TRUE(SaveHost(file_, box_).ok());
  EXPECT_EQ(ReadHosts(file_)->size(), 2u);
  EXPECT_EQ(ReadHosts(file_)->front().token, "lab_other");
  ASSERT_TRUE(ForgetHost(file_, "box").ok());
  EXPECT_EQ(ReadHosts(file_)->front().name, "ship");
  absl::Status gone = ForgetHost(file_, "box");
  EXPECT_TRUE(absl::IsNotFound(gone));
  EXPECT_THAT(Message(gone), HasSubstr("ship"));
}

TEST_F(HostsTest, AreFoundByNameAndByAddress) {
  ASSERT_TRUE(SaveHost(file_, box_).ok());
  auto by_name = FindAddress("box", With(values_));
  ASSERT_TRUE(by_name.ok()) << by_name.status();
  EXPECT_EQ(by_name->Text(), "10.0.0.5:7733");
  EXPECT_EQ(by_name->Title(), "box (10.0.0.5:7733)");
  EXPECT_EQ(by_name->host.token, "lab_secret");
  EXPECT_EQ(FindAddress("10.0.0.5:7733", With(values_))->host.certificate, "PEM");
  values_["LAB_HOST"] = "box";
  values_["LAB_TOKEN"] = "lab_mine";
  EXPECT_EQ(FindAddress("", With(values_))->host.token, "lab_mine");
  EXPECT_THAT(Message(FindAddress("bax", With(values_)).status()), HasSubstr("did you mean box?"));
}

TEST_F(HostsTest, RefuseNamesThatCouldBeAddresses) {
  for (const char* name : {"", "a:1", "a/b", "-a", ".a", "a b", "ssh://a"}) {
    Host host = box_;
    host.name = name;
    EXPECT_TRUE(absl::IsInvalidArgument(SaveHost(file_, host))) << name;
  }
}

TEST_F(HostsTest, DamagedFilesAreNamedNotReplaced) {
  ASSERT_TRUE(SaveHost(file_, box_).ok());
  for (const char* text :
       {"", "[]", "{\"hosts\": 3}", "{\"hosts\": [3]}", "{\"hosts\": [{\"name\": \"a\"}]}",
        "{\"hosts\": [{\"name\": \"a\", \"address\": 3}]}"}) {
    ASSERT_TRUE(WritePrivateFile(file_, text).ok());
    EXPECT_THAT(Message(ReadHosts(file_).status()), HasSubstr("hosts.json is damaged")) << text;
    EXPECT_FALSE(SaveHost(file_, box_).ok());
    EXPECT_FALSE(FindAddress("box", With(values_)).ok());
    EXPECT_EQ(*ReadFile(file_), text);
  }
}

}  // namespace
}  // namespace lab
