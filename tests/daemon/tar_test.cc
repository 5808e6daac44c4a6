// The tar reader against what the writer makes, what tar(1) makes, and what an enemy makes.

#include "daemon/transfer/tar.h"

#include <map>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/strings.h"

namespace lab {
namespace {

using ::testing::HasSubstr;

// Keeps what it is given; files over a megabyte only by their length.
class Keeper : public TarReader::Delegate {
 public:
  absl::Status BeginEntry(const std::string& name, int64_t size) override {
    open_ = name;
    announced_ = size;
    files[name].clear();
    return absl::OkStatus();
  }
  absl::Status EntryData(std::string_view bytes) override {
    files[open_].append(bytes);
    return absl::OkStatus();
  }
  absl::Status EndEntry() override {
    EXPECT_EQ(static_cast<int64_t>(files[open_].size()), announced_) << open_;
    ++ended;
    return absl::OkStatus();
  }
  std::map<std::string, std::string> files;
  int ended = 0;

 private:
  std::string open_;
  int64_t announced_ = 0;
};

std::string Archive(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string bytes;
  TarWriter writer([&](std::string_view piece) {
    bytes.append(piece);
    return absl::OkStatus();
  });
  for (const auto& [name, content] : files) {
    EXPECT_TRUE(writer.Begin(name, static_cast<int64_t>(content.size()), 1'700'000'000).ok());
    EXPECT_TRUE(writer.Write(content).ok());
  }
  EXPECT_TRUE(writer.Finish().ok());
  return bytes;
}

absl::Status Read(std::string_view bytes, Keeper* keeper, size_t piece = 700) {
  TarReader reader(keeper);
  while (!bytes.empty()) {
    RETURN_IF_ERROR(reader.Append(bytes.substr(0, piece)));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return reader.Finish();
}

// Puts the right checksum into the header at `at`.
void Reseal(std::string* bytes, size_t at = 0) {
  std::string& all = *bytes;
  for (size_t i = 148; i < 156; ++i) all[at + i] = ' ';
  unsigned sum = 0;
  for (size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(all[at + i]);
  char text[8];
  std::snprintf(text, sizeof(text), "%06o", sum);
  all.replace(at + 148, 7, text, 7);
}

absl::Status ReadWithName(std::string name) {
  std::string bytes = Archive({{"aaaa", "text"}});
  name.resize(100, '\0');
  bytes.replace(0, 100, name);
  Reseal(&bytes);
  Keeper keeper;
  return Read(bytes, &keeper);
}

TEST(Tar, GivesBackWhatWasWrittenInPiecesOfAnyLength) {
  std::string large(5000, 'x');
  std::string long_name = StrCat(std::string(90, 'd'), "/", std::string(99, 'f'));
  std::string bytes = Archive({{"a", ""}, {"jobs/1/b", "text"}, {long_name, large}});
  for (size_t piece : {1, 7, 511, 512, 513, 100'000}) {
    Keeper keeper;
    ASSERT_TRUE(Read(bytes, &keeper, piece).ok()) << piece;
    EXPECT_EQ(keeper.ended, 3);
    EXPECT_EQ(keeper.files["a"], "");
    EXPECT_EQ(keeper.files["jobs/1/b"], "text");
    EXPECT_EQ(keeper.files[long_name], large);
  }
}

TEST(Tar, SaysSizesBeyondAHeaderInAPaxHeader) {
  std::string bytes;
  TarWriter writer([&](std::string_view piece) {
    bytes.append(piece);
    return absl::OkStatus();
  });
  ASSERT_TRUE(writer.Begin("large", int64_t{9} << 30, 0).ok());
  Keeper keeper;
  TarReader reader(&keeper);
  ASSERT_TRUE(reader.Append(bytes).ok());
  absl::Status end = reader.Finish();
  EXPECT_THAT(std::string(MessageOf(end)), HasSubstr(StrCat("lacks ", int64_t{9} << 30)));
}

TEST(Tar, RefusesNamesThatLeaveTheirFolder) {
  for (const char* name : {"../x", "/etc/passwd", "a/../../b", "a//b", "a/", ".hidden", "a/.b",
                           "a/./b", "a\\b", "a\nb", "\xff\xfe"}) {
    absl::Status status = ReadWithName(name);
    EXPECT_EQ(ReasonOf(status), reason::kJobFileInvalid) << name << ": " << status;
  }
  EXPECT_TRUE(ReadWithName("plain/name.txt").ok());
}

TEST(Tar, RefusesAllThatIsNoPlainFile) {
  for (char type : {'1', '2', '3', '4', '5', '6', '7', 'L', 'K', 'g', 'S'}) {
    std::string bytes = Archive({{"link", ""}});
    bytes[156] = type;
    Reseal(&bytes);
    Keeper keeper;
    absl::Status status = Read(bytes, &keeper);
    EXPECT_EQ(ReasonOf(status), reason::kJobFileInvalid) << type;
    EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("\"link\""));
    EXPECT_TRUE(keeper.files.empty());
  }
}

TEST(Tar, RefusesAbsurdSizesBeforeTakingThem) {
  std::string bytes = Archive({{"big", ""}});
  bytes[156] = 'x';
  std::string pax = "30 size=999999999999999999999\n";
  bytes.replace(124, 12, std::string("00000000036\0", 12));
  Reseal(&bytes);
  bytes = bytes.substr(0, 512) + pax + std::string(512 - pax.size(), '\0') + Archive({{"big", ""}});
  Keeper keeper;
  EXPECT_EQ(ReasonOf(Read(bytes, &keeper)), reason::kJobFileInvalid);
  pax = "28 size=9007199254740992000\n";
  bytes.replace(124, 12, std::string("00000000034\0", 12));
  Reseal(&bytes);
  bytes.replace(512, 512, pax + std::string(512 - pax.size(), '\0'));
  absl::Status status = Read(bytes, &keeper);
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("\"big\" claims 9007199254740992000"));
  EXPECT_TRUE(keeper.files.empty());
}

TEST(Tar, NamesWhatACutFileLacks) {
  std::string bytes = Archive({{"first", "text"}, {"second", std::string(2000, 'x')}});
  for (size_t size = 0; size < bytes.size() - 512; size += 37) {
    Keeper keeper;
    absl::Status status = Read(bytes.substr(0, size), &keeper);
    EXPECT_EQ(ReasonOf(status), reason::kJobFileCorrupt) << size;
  }
  Keeper keeper;
  absl::Status status = Read(bytes.substr(0, 2000), &keeper);
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("\"second\" lacks"));
}

TEST(Tar, RefusesAFileOfAnotherKindAtOnce) {
  Keeper keeper;
  std::string text(4096, 'z');
  EXPECT_EQ(ReasonOf(Read(text, &keeper)), reason::kJobFileInvalid);
  EXPECT_EQ(ReasonOf(Read("", &keeper)), reason::kJobFileCorrupt);
}

TEST(Tar, SurvivesSeededMutations) {
  const std::string good = Archive({{"jobs/1/job.json", std::string(700, 'j')},
                                    {"jobs/1/series/000001.npy", std::string(1300, 'p')},
                                    {"SHA256SUMS", "sums"}});
  std::mt19937_64 random(20240101);
  int refused = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string bytes = good;
    for (uint64_t i = 0, n = random() % 4 + 1; i < n; ++i) {
      size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(at, random() % 600);
          break;
        case 2:
          bytes.insert(at, random() % 600, static_cast<char>(random()));
          break;
        default:
          bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
          if (size_t header = at / 512 * 512; header + 512 <= bytes.size()) Reseal(&bytes, header);
      }
      if (bytes.empty()) bytes = "x";
    }
    Keeper keeper;
    absl::Status status = Read(bytes, &keeper, 1 + random() % 2000);
    refused += !status.ok();
    for (const auto& [name, content] : keeper.files) EXPECT_TRUE(CheckEntryName(name).ok());
    if (!status.ok()) {
      EXPECT_TRUE(ReasonOf(status) == reason::kJobFileInvalid ||
                  ReasonOf(status) == reason::kJobFileCorrupt)
          << status;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace lab
