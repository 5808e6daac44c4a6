// fetch brings an artifact whole or leaves nothing.

#include <filesystem>

#include "core/base/file.h"
#include "tests/cli/labctl_fixture.h"

namespace lab::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Fetch : public LabctlTest {
 protected:
  Fetch() { lab_.AddJob(1, v1::Job::SUCCEEDED); }
  v1::FileChunk& AddChunk(const std::string& path, int64_t offset, const std::string& data) {
    v1::FileChunk& chunk = lab_.chunks.emplace_back();
    chunk.set_path(path);
    chunk.set_offset(offset);
    chunk.set_data(data);
    return chunk;
  }
  void AddFile(const std::string& path, const std::string& data) {
    AddChunk(path, 0, data.substr(0, 2));
    v1::FileChunk& last = AddChunk(path, 2, data.substr(2));
    last.set_size_bytes(static_cast<int64_t>(data.size()));
    last.set_sha256(Sha256(data));
  }
  // What lies in the folder beside the socket and the home.
  std::vector<std::string> Left() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(lab_.folder())) {
      if (entry.path().filename() != "labd.sock") names.push_back(entry.path().filename());
    }
    return names;
  }
};

TEST_F(Fetch, BringsAFolderWhole) {
  AddFile("config.json", "{...}");
  AddFile("trainer/state", "12345");
  std::string place = (lab_.folder() / "copy").string();
  Outcome outcome = Labctl({"fetch", "1", "step-000100", place});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(*ReadFile(place + "/config.json"), "{...}");
  EXPECT_EQ(*ReadFile(place + "/trainer/state"), "12345");
  EXPECT_THAT(Left(), ElementsAre("copy"));
  EXPECT_EQ(Labctl({"fetch", "1", "step-000100", place + "/config.json"}).code, 4);
}

TEST_F(Fetch, PutsAFileIntoAFolderThatExists) {
  AddFile("", "tokenizer");
  Outcome outcome = Labctl({"fetch", "1", "tokenizer.json", lab_.folder().string(), "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(*ReadFile(lab_.folder() / "tokenizer.json"), "tokenizer");
  EXPECT_EQ(Json::parse(outcome.out)["size_bytes"], 9);
  EXPECT_EQ(Labctl({"fetch", "1", "tokenizer.json", lab_.folder().string()}).code, 4);
  EXPECT_EQ(Labctl({"fetch", "1", "tokenizer.json", lab_.folder().string(), "--force"}).code, 0);
}

TEST_F(Fetch, KeepsNothingOfWhatArrivedBroken) {
  std::string place = (lab_.folder() / "copy").string();
  AddFile("good", "12345");
  AddFile("bad", "12345");
  lab_.chunks.back().set_sha256(std::string(64, '0'));
  Outcome outcome = Labctl({"fetch", "1", "x", place});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("SHA-256"));
  EXPECT_TRUE(Left().empty());

  lab_.chunks.clear();
  AddChunk("cut", 0, "123");
  EXPECT_EQ(Labctl({"fetch", "1", "x", place}).code, 1);
  EXPECT_TRUE(Left().empty());

  lab_.chunks.clear();
  AddFile("../outside", "12345");
  EXPECT_EQ(Labctl({"fetch", "1", "x", place}).code, 1);
  EXPECT_TRUE(Left().empty());

  lab_.chunks.clear();
  AddFile("hole", "12345");
  lab_.chunks.back().set_offset(3);
  EXPECT_EQ(Labctl({"fetch", "1", "x", place}).code, 1);
  EXPECT_TRUE(Left().empty());
}

}  // namespace
}  // namespace lab::cli
