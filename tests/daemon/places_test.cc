#include "core/base/places.h"

#include <map>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

namespace lab {
namespace {

Environment With(std::map<std::string, std::string> values) {
  return [values](const std::string& name) {
    auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
  };
}

TEST(Places, FollowTheXdgVariables) {
  auto places = FindPlaces(With({{"HOME", "/home/ada"},
                                 {"XDG_CONFIG_HOME", "/c"},
                                 {"XDG_DATA_HOME", "/d"},
                                 {"XDG_STATE_HOME", "/s"},
                                 {"XDG_CACHE_HOME", "/k"},
                                 {"XDG_RUNTIME_DIR", "/run/user/7"}}));
  ASSERT_TRUE(places.ok());
  EXPECT_EQ(places->config, "/c/llm-lab");
  EXPECT_EQ(places->data, "/d/llm-lab");
  EXPECT_EQ(places->state, "/s/llm-lab");
  EXPECT_EQ(places->cache, "/k/llm-lab");
  EXPECT_EQ(places->socket(), "/run/user/7/llm-lab/labd.sock");
  EXPECT_EQ(places->pid(), "/run/user/7/llm-lab/labd.pid");
  EXPECT_EQ(places->job(12), "/d/llm-lab/jobs/000012");
  EXPECT_EQ(places->lock().parent_path(), places->database().parent_path());
}

TEST(Places, FallBackToHomeAndState) {
  auto places = FindPlaces(With({{"HOME", "/home/ada"}}));
  ASSERT_TRUE(places.ok());
  EXPECT_EQ(places->config, "/home/ada/.config/llm-lab");
  EXPECT_EQ(places->data, "/home/ada/.local/share/llm-lab");
  EXPECT_EQ(places->state, "/home/ada/.local/state/llm-lab");
  EXPECT_EQ(places->cache, "/home/ada/.cache/llm-lab");
  EXPECT_EQ(places->run, "/home/ada/.local/state/llm-lab/run");
}

TEST(Places, IgnoreRelativeXdgValues) {
  auto places = FindPlaces(With({{"HOME", "/home/ada"},
                                 {"XDG_DATA_HOME", "data"},
                                 {"XDG_STATE_HOME", "./state"},
                                 {"XDG_RUNTIME_DIR", "run"}}));
  ASSERT_TRUE(places.ok());
  EXPECT_EQ(places->data, "/home/ada/.local/share/llm-lab");
  EXPECT_EQ(places->run, "/home/ada/.local/state/llm-lab/run");
}

TEST(Places, LabHomeMovesEverything) {
  auto places = FindPlaces(With(
      {{"HOME", "/home/ada"}, {"XDG_RUNTIME_DIR", "/run/user/7"}, {"LAB_HOME", "/class/7/../8"}}));
  ASSERT_TRUE(places.ok());
  EXPECT_EQ(places->config, "/class/8/config");
  EXPECT_EQ(places->data, "/class/8/data");
  EXPECT_EQ(places->state, "/class/8/state");
  EXPECT_EQ(places->cache, "/class/8/cache");
  EXPECT_EQ(places->run, "/class/8/run");
}

TEST(Places, RelativeLabHomeBecomesAbsolute) {
  auto places = FindPlaces(With({{"LAB_HOME", "lab"}}));
  ASSERT_TRUE(places.ok());
  EXPECT_EQ(places->data, std::filesystem::current_path() / "lab" / "data");
}

TEST(Places, NoHomeAtAllIsAnError) {
  absl::Status status = FindPlaces(With({{"HOME", "relative"}})).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(std::string(MessageOf(status)).find("LAB_HOME"), std::string::npos);
}

TEST(Places, SocketPathsOver107CharactersAreRefusedWithTheirLength) {
  EXPECT_TRUE(CheckSocketPath("/" + std::string(106, 'a')).ok());
  absl::Status status = CheckSocketPath("/" + std::string(107, 'a'));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(MessageOf(status)).find("108"), std::string::npos);
}

TEST(Places, CreationProtectsTheRunFolder) {
  TempDir dir;
  auto places = FindPlaces(With({{"LAB_HOME", dir.path().string()}}));
  ASSERT_TRUE(places.ok());
  std::filesystem::create_directories(places->run);
  ASSERT_EQ(::chmod(places->run.c_str(), 0755), 0);
  ASSERT_TRUE(CreatePlaces(*places).ok());
  struct stat info = {};
  ASSERT_EQ(::stat(places->run.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  EXPECT_TRUE(std::filesystem::is_directory(places->jobs()));
}

TEST(Places, AReadOnlyHomeIsRefusedByName) {
  TempDir dir;
  auto places = FindPlaces(With({{"LAB_HOME", dir.path().string()}}));
  ASSERT_TRUE(CreatePlaces(*places).ok());
  // Root may write into every folder of a disk that can be written: a system folder then serves.
  ASSERT_EQ(::chmod(places->state.c_str(), 0500), 0);
  if (::geteuid() == 0) places->state = "/proc/sys";
  absl::Status status = CreatePlaces(*places);
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_NE(std::string(MessageOf(status)).find(places->state.string()), std::string::npos);
  EXPECT_NE(std::string(MessageOf(status)).find("set LAB_HOME"), std::string::npos);
  ::chmod((dir.path() / "state").c_str(), 0700);
}

TEST(Places, AFileInTheWayIsNamed) {
  TempDir dir;
  auto places = FindPlaces(With({{"LAB_HOME", "/dev/null/lab"}}));
  ASSERT_TRUE(places.ok());
  absl::Status status = CreatePlaces(*places);
  EXPECT_NE(std::string(MessageOf(status)).find("/dev/null/lab/config"), std::string::npos);
}

}  // namespace
}  // namespace lab
