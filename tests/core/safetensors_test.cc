#include "core/checkpoint/safetensors.h"

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "core/checkpoint/safetensors_header.h"
#include "core/tensor/device.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

using ::testing::HasSubstr;

std::string WithHeader(const std::string& header, const std::string& data) {
  uint64_t size = header.size();
  return std::string(reinterpret_cast<const char*>(&size), sizeof(size)) + header + data;
}

class SafetensorsTest : public ::testing::Test {
 protected:
  absl::StatusOr<SafetensorsFile> OpenBytes(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    return SafetensorsFile::Open(path_);
  }
  // Opening must fail as corrupt, naming the file and saying `what`.
  void ExpectCorrupt(const std::string& bytes, const std::string& what) {
    absl::StatusOr<SafetensorsFile> file = OpenBytes(bytes);
    ASSERT_FALSE(file.ok()) << what;
    EXPECT_EQ(ReasonOf(file.status()), reason::kCheckpointCorrupt) << file.status();
    EXPECT_THAT(std::string(MessageOf(file.status())), HasSubstr(path_.string()));
    EXPECT_THAT(std::string(MessageOf(file.status())), HasSubstr(what));
  }
  void ExpectCorruptHeader(const std::string& header, const std::string& data,
                           const std::string& what) {
    ExpectCorrupt(WithHeader(header, data), what);
  }

  TempDir dir_;
  std::filesystem::path path_ = dir_.path() / "x.safetensors";
};

TEST_F(SafetensorsTest, ReadsBackWhatItWrote) {
  at::Tensor floats = at::arange(12, at::kFloat).reshape({3, 4});
  at::Tensor halves = at::arange(5, at::kFloat).to(at::kBFloat16);
  at::Tensor longs = at::arange(3, at::kLong);
  at::Tensor scalar = at::arange(1, at::kFloat).reshape({});
  at::Tensor nothing = at::empty({0, 7}, at::kFloat);
  absl::StatusOr<WrittenFile> written = WriteSafetensors(
      path_, {ViewOf("floats", floats), ViewOf("halves", halves), ViewOf("longs", longs),
              ViewOf("scalar", scalar), ViewOf("nothing", nothing)});
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->sha256, *Sha256File(path_));
  EXPECT_EQ(written->size_bytes, static_cast<int64_t>(std::filesystem::file_size(path_)));

  absl::StatusOr<SafetensorsFile> file = SafetensorsFile::Open(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->metadata().at("format"), "pt");
  EXPECT_TRUE(at::equal(*file->Load("floats"), floats));
  EXPECT_TRUE(at::equal(*file->Load("halves"), halves));
  EXPECT_TRUE(at::equal(*file->Load("longs"), longs));
  EXPECT_EQ(file->Load("scalar")->dim(), 0);
  EXPECT_EQ(file->Load("nothing")->sizes(), at::IntArrayRef({0, 7}));
  at::Tensor target = at::empty({3, 4}, at::kFloat);
  ASSERT_TRUE(file->CopyTo("floats", {3, 4}, target).ok());
  EXPECT_TRUE(at::equal(target, floats));
}

TEST_F(SafetensorsTest, OrdersByWidthThenNameAndAlignsTheData) {
  at::Tensor f = at::arange(3, at::kFloat), l = at::arange(2, at::kLong);
  at::Tensor b = at::arange(3, at::kByte);
  ASSERT_TRUE(WriteSafetensors(path_, {ViewOf("zebra", f), ViewOf("ant", b), ViewOf("bee", f),
                                       ViewOf("longs", l)})
                  .ok());
  std::string bytes = *ReadFile(path_);
  uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), sizeof(header_size));
  EXPECT_EQ(header_size % 8, 0u);
  EXPECT_EQ(bytes[8], '{');
  absl::StatusOr<SafetensorsFile> file = SafetensorsFile::Open(path_);
  ASSERT_TRUE(file.ok());
  std::vector<std::string> names;
  for (const TensorView& tensor : file->tensors()) names.push_back(tensor.name);
  EXPECT_THAT(names, ::testing::ElementsAre("longs", "bee", "zebra", "ant"));
}

TEST_F(SafetensorsTest, SameTensorsGiveTheSameBytes) {
  at::Tensor a = at::arange(4, at::kFloat), b = at::arange(5, at::kFloat);
  auto one = WriteSafetensors(path_, {ViewOf("a", a), ViewOf("b", b)});
  auto two = WriteSafetensors(dir_.path() / "y", {ViewOf("b", b), ViewOf("a", a)});
  EXPECT_EQ(one->sha256, two->sha256);
}

TEST_F(SafetensorsTest, EmptyFileOfNoTensorsIsValid) {
  ASSERT_TRUE(WriteSafetensors(path_, {}, {}).ok());
  absl::StatusOr<SafetensorsFile> file = SafetensorsFile::Open(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(file->tensors().empty());
}

TEST_F(SafetensorsTest, UnknownKeysOfAnEntryAreIgnored) {
  auto file = OpenBytes(WithHeader(
      R"({"a":{"note":{"deep":[1,{"x":null}]},"dtype":"U8","x":-1.5,"shape":[2],"y":[],"data_offsets":[0,2]}}  )",
      "hi"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->Find("a")->bytes, "hi");
}

TEST_F(SafetensorsTest, RefusesWhatIsNotAHeader) {
  ExpectCorrupt("", "has only 0 bytes");
  ExpectCorrupt("1234567", "has only 7 bytes");
  ExpectCorrupt(std::string("\xff\xff\xff\xff\xff\xff\xff\xff", 8) + "{}", "more than the limit");
  uint64_t size = 100'000'001;
  ExpectCorrupt(std::string(reinterpret_cast<char*>(&size), 8) + "{}", "more than the limit");
  ExpectCorrupt(std::string("\x10\0\0\0\0\0\0\0", 8) + "{}", "cut short");
  ExpectCorruptHeader("", "", "not a JSON object");
  ExpectCorruptHeader(" {}", "", "not a JSON object");
  ExpectCorruptHeader("[]", "", "not a JSON object");
  ExpectCorruptHeader("{", "", "no JSON");
  ExpectCorruptHeader("{}x", "", "no JSON");
  ExpectCorruptHeader("{\"\xff\":1}", "", "no JSON");
}

TEST_F(SafetensorsTest, RefusesEntriesOfTheWrongForm) {
  auto entry = [](const std::string& fields) { return "{\"a\":" + fields + "}"; };
  ExpectCorruptHeader(entry("3"), "", "\"a\" is a number, not an object");
  ExpectCorruptHeader(entry("[1]"), "", "\"a\" is a list, not an object");
  ExpectCorruptHeader(entry("{}"), "", "\"a\" has no dtype");
  ExpectCorruptHeader(entry(R"({"dtype":"F32","data_offsets":[0,0]})"), "", "has no shape");
  ExpectCorruptHeader(entry(R"({"dtype":"F32","shape":[0]})"), "", "has no data_offsets");
  ExpectCorruptHeader(entry(R"({"dtype":3,"shape":[0],"data_offsets":[0,0]})"), "", "as its dtype");
  ExpectCorruptHeader(entry(R"({"dtype":"F31","shape":[0],"data_offsets":[0,0]})"), "",
                      "unknown type \"F31\"");
  ExpectCorruptHeader(entry(R"({"dtype":"U8","shape":[-1],"data_offsets":[0,0]})"), "",
                      "a negative number in its shape");
  ExpectCorruptHeader(entry(R"({"dtype":"U8","shape":[1.0],"data_offsets":[0,1]})"), "x",
                      "a fraction in its shape");
  ExpectCorruptHeader(entry(R"({"dtype":"U8","shape":[[1]],"data_offsets":[0,1]})"), "x",
                      "a list in its shape");
  ExpectCorruptHeader(entry(R"({"dtype":"U8","shape":[1],"data_offsets":[1]})"), "x",
                      "fewer than two");
  ExpectCorruptHeader(entry(R"({"dtype":"U8","shape":[1],"data_offsets":[0,1,2]})"), "x",
                      "more than two");
  ExpectCorruptHeader(entry(R"({"dtype":"U8","shape":[1],"data_offsets":[0,"1"]})"), "x",
                      "a string in its data_offsets");
  ExpectCorruptHeader(R"({"__metadata__":{"a":1}})", "", "holds a number at \"a\", not a string");
  ExpectCorruptHeader(R"({"__metadata__":[]})", "", "not an object");
}

TEST_F(SafetensorsTest, RefusesDuplicates) {
  ExpectCorruptHeader(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                      R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                      "x", "\"a\" stands there twice");
  ExpectCorruptHeader(R"({"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}})", "x",
                      "\"dtype\" twice");
  ExpectCorruptHeader(R"({"__metadata__":{"k":"1","k":"2"}})", "", "\"k\" twice");
  ExpectCorruptHeader(R"({"__metadata__":{},"__metadata__":{}})", "", "twice");
}

TEST_F(SafetensorsTest, RefusesDataThatDoesNotTile) {
  auto two = [](int begin, int end) {
    return StrCat(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)",
                  R"("b":{"dtype":"U8","shape":[)", end - begin, R"(],"data_offsets":[)", begin,
                  ",", end, "]}}");
  };
  EXPECT_TRUE(OpenBytes(WithHeader(two(2, 4), "abcd")).ok());
  ExpectCorruptHeader(two(1, 4), "abcd", "\"b\" overlaps another");
  ExpectCorruptHeader(two(3, 4), "abcd", "\"b\" follows a hole at byte 2");
  ExpectCorruptHeader(two(2, 4), "abcde", "end at byte 4 of 5");
  ExpectCorruptHeader(two(2, 4), "abc", "\"b\" lies at [2, 4) of 3");
  ExpectCorruptHeader("{}", "x", "end at byte 0 of 1");
  ExpectCorruptHeader(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[2,1]}})", "abc",
                      "lies at [2, 1)");
}

TEST_F(SafetensorsTest, RefusesLengthsThatContradictTheShape) {
  ExpectCorruptHeader(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "abcd",
                      "has 4 bytes, but F32 [2] needs 8");
  ExpectCorruptHeader(R"({"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})", "ab",
                      "do not fill whole bytes");
  // 2^62 × 2^62 × 0 elements: zero in the end, but it overflows on the way.
  ExpectCorruptHeader(
      R"({"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904,0],"data_offsets":[0,0]}})",
      "", "overflows");
  ExpectCorruptHeader(R"({"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,0]}})",
                      "", "dimension that is too large");
  ExpectCorruptHeader(
      R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[18446744073709551615,18446744073709551616]}})",
      "x", "in its data_offsets");
}

TEST_F(SafetensorsTest, RefusesNestingAndRankBombs) {
  ExpectCorruptHeader("{\"a\":{\"x\":" + std::string(100000, '['), "", "nested too deeply");
  std::string shape = "1";
  for (int i = 0; i < 70; ++i) shape += ",1";
  ExpectCorruptHeader("{\"a\":{\"dtype\":\"U8\",\"shape\":[" + shape + "],\"data_offsets\":[0,1]}}",
                      "x", "more than 64 dimensions");
}

TEST_F(SafetensorsTest, NamesTheTensorEscapedInMessages) {
  ExpectCorruptHeader("{\"a\\n\\u001b[31m\":{}}", "", "\"a\\n\\x1b[31m\" has no dtype");
}

TEST_F(SafetensorsTest, CopyRefusesOtherTypesShapesAndNames) {
  at::Tensor floats = at::arange(4, at::kFloat);
  ASSERT_TRUE(
      WriteSafetensors(path_, {ViewOf("f", floats), ViewOf("l", at::arange(4, at::kLong))}).ok());
  auto file = SafetensorsFile::Open(path_);
  at::Tensor target = at::empty({4}, at::kFloat);
  EXPECT_THAT(std::string(MessageOf(file->CopyTo("g", {4}, target))), HasSubstr("no tensor \"g\""));
  EXPECT_THAT(std::string(MessageOf(file->CopyTo("l", {4}, target))), HasSubstr("is I64"));
  EXPECT_THAT(std::string(MessageOf(file->CopyTo("f", {2, 2}, target))),
              HasSubstr("has the shape [4], expected [2, 2]"));
  EXPECT_EQ(ReasonOf(file->CopyTo("g", {4}, target)), reason::kCheckpointCorrupt);
}

TEST_F(SafetensorsTest, WriterRefusesWhatWouldNotReadBack) {
  at::Tensor a = at::arange(4, at::kFloat);
  EXPECT_EQ(WriteSafetensors(path_, {ViewOf("a", a), ViewOf("a", a)}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(WriteSafetensors(path_, {{"a", "F32", {3}, "12345678"}}).ok());
  EXPECT_FALSE(WriteSafetensors(path_, {{"a", "F3", {2}, "12345678"}}).ok());
  EXPECT_FALSE(WriteSafetensors(path_, {ViewOf("\xff", a)}).ok());
  EXPECT_FALSE(WriteSafetensors(path_, {ViewOf("__metadata__", a)}).ok());
}

TEST_F(SafetensorsTest, FullDiskIsSaid) {
  at::Tensor a = at::arange(1 << 16, at::kFloat);
  absl::Status status = WriteSafetensors("/dev/full", {ViewOf("a", a)}).status();
  EXPECT_EQ(ReasonOf(status), reason::kDiskFull) << status;
}

TEST_F(SafetensorsTest, MissingFileIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(SafetensorsFile::Open(dir_.path() / "none").status()));
}

TEST_F(SafetensorsTest, CopyingALargeTensorDoesNotHoldTheFileInMemory) {
  constexpr int64_t kElements = int64_t{24} << 20;  // 96 MiB
  ASSERT_TRUE(WriteSafetensors(path_, {ViewOf("a", at::zeros({kElements}, at::kFloat))}).ok());
  at::Tensor target = at::ones({kElements}, at::kFloat);
  auto file = SafetensorsFile::Open(path_);
  ASSERT_TRUE(file.ok());
  const int64_t before = PeakResidentBytes();
  ASSERT_TRUE(file->CopyTo("a", {kElements}, target).ok());
  EXPECT_LT(ResidentBytes(), before + (int64_t{16} << 20));
  EXPECT_LT(PeakResidentBytes(), before + (int64_t{24} << 20));
  EXPECT_EQ(target.const_data_ptr<float>()[kElements - 1], 0);
}

// Whatever single bit of the length or the header changes, there is either an error or tensors
// that still lie inside the file.
TEST_F(SafetensorsTest, NoBitFlipOfTheHeaderEscapesTheFile) {
  at::Tensor a = at::arange(6, at::kFloat), b = at::arange(3, at::kByte);
  ASSERT_TRUE(WriteSafetensors(path_, {ViewOf("a", a), ViewOf("b", b)}).ok());
  const std::string good = *ReadFile(path_);
  const size_t data_bytes = 6 * 4 + 3;
  const std::string header = good.substr(8, good.size() - 8 - data_bytes);
  int refused = 0;
  for (size_t bit = 0; bit < header.size() * 8; ++bit) {
    std::string bad = header;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    auto parsed = ParseSafetensorsHeader(bad, data_bytes, "x");
    if (!parsed.ok()) {
      ++refused;
      continue;
    }
    for (const SafetensorsEntry& entry : parsed->entries) {
      EXPECT_LE(entry.begin, entry.end);
      EXPECT_LE(entry.end, data_bytes);
    }
  }
  EXPECT_GT(refused, static_cast<int>(header.size() * 4));
  for (size_t bit = 0; bit < 64; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(OpenBytes(bad).ok()) << bit;
  }
}

}  // namespace
}  // namespace lab
