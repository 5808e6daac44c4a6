// Logs that are rotated, and who reads them meanwhile.

#include "core/base/log_file.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

void AppendText(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text;
}

TEST(LogReader, ReadsFromTheTailAndWhatIsAddedLater) {
  TempDir dir;
  auto path = dir.path() / "log";
  AppendText(path, "one\ntwo\nthree\n");
  LogReader all(path, 0);
  EXPECT_EQ(*all.Next(), "one\ntwo\nthree\n");
  LogReader tail(path, 2);
  EXPECT_EQ(*tail.Next(), "two\nthree\n");
  EXPECT_EQ(*tail.Next(), "");
  AppendText(path, "four");
  EXPECT_EQ(*tail.Next(), "four");
  EXPECT_EQ(*LogReader(path, 1).Next(), "four");
  EXPECT_EQ(*LogReader(path, 100).Next(), "one\ntwo\nthree\nfour");
}

TEST(LogReader, FindsTheTailOfALongFile) {
  TempDir dir;
  auto path = dir.path() / "log";
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += StrCat("line ", i, "\n");
  AppendText(path, text);
  LogReader tail(path, 20'000);
  std::string read;
  while (true) {
    std::string piece = *tail.Next(10'000);
    if (piece.empty()) break;
    EXPECT_LE(piece.size(), 10'000u);
    read += piece;
  }
  EXPECT_EQ(read, text.substr(text.find("line 30000\n")));
}

TEST(LogReader, WaitsForTheFileAndFollowsARotation) {
  TempDir dir;
  auto path = dir.path() / "log";
  LogReader log(path, 5);
  EXPECT_EQ(*log.Next(), "");
  AppendText(path, "first\n");
  EXPECT_EQ(*log.Next(), "first\n");
  std::filesystem::rename(path, dir.path() / "log.1");
  AppendText(path, "second\n");
  EXPECT_EQ(*log.Next(), "second\n");
  std::filesystem::resize_file(path, 0);
  AppendText(path, "new\n");
  EXPECT_EQ(*log.Next(), "new\n");
}

TEST(LogReader, GoesOnWhereAnotherWas) {
  TempDir dir;
  auto path = dir.path() / "log";
  EXPECT_EQ(LogReader(path, 0).position().file, 0u);
  AppendText(path, "one\ntwo\n");
  EXPECT_EQ(*LogReader(path, LogPosition{}).Next(), "one\ntwo\n");
  LogReader first(path, 0);
  EXPECT_EQ(*first.Next(4), "one\n");
  const LogPosition after_one = first.position();
  EXPECT_EQ(after_one.offset, 4);
  EXPECT_EQ(*LogReader(path, after_one).Next(), "two\n");
  ASSERT_TRUE(RotateLog(path, 1).ok());
  AppendText(path, "three\n");
  LogReader second(path, after_one);
  EXPECT_EQ(*second.Next(), "two\n");
  const LogPosition after_two = second.position();
  EXPECT_EQ(after_two.file, after_one.file);
  EXPECT_EQ(*second.Next(), "three\n");
  EXPECT_NE(second.position().file, after_one.file);
  EXPECT_EQ(*LogReader(path, after_two).Next(), "three\n");
  // At the end of a file that is rotated afterwards.
  LogReader third(path, second.position());
  EXPECT_EQ(*third.Next(), "");
  ASSERT_TRUE(RotateLog(path, 1).ok());
  AppendText(path, "four\n");
  EXPECT_EQ(*third.Next(), "four\n");
  EXPECT_EQ(*LogReader(path, second.position()).Next(), "four\n");
  // Its file is gone: everything that is left came later.
  LogReader fourth(path, after_one);
  EXPECT_EQ(*fourth.Next(), "three\n");
  EXPECT_EQ(*fourth.Next(), "four\n");
}

TEST(LogReader, BeginsAFileAnewThatIsNotTheOneItWas) {
  TempDir dir;
  auto path = dir.path() / "log";
  AppendText(path, "one\ntwo\n");
  LogReader first(path, 0);
  EXPECT_EQ(*first.Next(), "one\ntwo\n");
  std::filesystem::resize_file(path, 0);
  AppendText(path, "cut\n");
  EXPECT_EQ(*LogReader(path, first.position()).Next(), "cut\n");
  // Often the new file gets the old one's inode.
  LogPosition before = LogReader(path, 0).position();
  before.offset = 4;
  std::filesystem::remove(path);
  AppendText(path, "another\n");
  EXPECT_EQ(*LogReader(path, before).Next(), "another\n");
}

// Everything from here on.
std::string Rest(LogReader& log) {
  std::string all;
  while (true) {
    auto piece = log.Next(3);
    EXPECT_TRUE(piece.ok()) << piece.status();
    if (!piece.ok() || piece->empty()) return all;
    all += *piece;
  }
}

TEST(LogFile, RotationKeepsSoManyAndDeletesWhatIsAbove) {
  TempDir dir;
  auto path = dir.path() / "log";
  EXPECT_TRUE(RotateLog(path, 2).ok());
  for (const char* text : {"a", "b", "c", "d"}) {
    AppendText(path, text);
    ASSERT_TRUE(RotateLog(path, 2).ok());
    EXPECT_FALSE(std::filesystem::exists(path));
  }
  EXPECT_EQ(*ReadFile(OlderLog(path, 1)), "d");
  EXPECT_EQ(*ReadFile(OlderLog(path, 2)), "c");
  EXPECT_FALSE(std::filesystem::exists(OlderLog(path, 3)));
  // A smaller limit than before.
  AppendText(path, "e");
  ASSERT_TRUE(RotateLog(path, 0).ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 0);
}

TEST(LogFile, RotationSaysWhatItCannotDo) {
  TempDir dir;
  auto path = dir.path() / "log";
  AppendText(path, "text");
  std::filesystem::create_directories(OlderLog(path, 1) / "in");
  absl::Status status = RotateLog(path, 1);
  EXPECT_NE(MessageOf(status).find("log.1"), std::string_view::npos) << status;
  EXPECT_EQ(*ReadFile(path), "text");
}

TEST(LogReader, BeginsInOlderFiles) {
  TempDir dir;
  auto path = dir.path() / "log";
  AppendText(OlderLog(path, 2), "one\ntwo\n");
  AppendText(OlderLog(path, 1), "three\nfour\n");
  AppendText(path, "five\n");
  LogReader all(path, 0);
  EXPECT_EQ(Rest(all), "one\ntwo\nthree\nfour\nfive\n");
  const std::string tails[] = {"five\n",
                               "four\nfive\n",
                               "three\nfour\nfive\n",
                               "two\nthree\nfour\nfive\n",
                               "one\ntwo\nthree\nfour\nfive\n",
                               "one\ntwo\nthree\nfour\nfive\n"};
  for (int64_t lines = 1; lines <= 6; ++lines) {
    LogReader tail(path, lines);
    EXPECT_EQ(Rest(tail), tails[lines - 1]);
  }
}

TEST(LogReader, LosesNothingAndRepeatsNothingAcrossRotations) {
  TempDir dir;
  auto path = dir.path() / "log";
  AppendText(path, "0\n");
  LogReader log(path, 0);
  std::string written = "0\n";
  std::string read;
  for (int turn = 1; turn <= 40; ++turn) {
    // Sometimes it is asked in the middle, sometimes after up to three rotations.
    if (turn % 4 != 0) read += Rest(log);
    if (turn % 5 != 0) {
      ASSERT_TRUE(RotateLog(path, 4).ok());
    }
    if (turn % 7 == 0) read += Rest(log);
    const std::string line = StrCat(turn, "\n");
    AppendText(path, line);
    written += line;
  }
  read += Rest(log);
  EXPECT_EQ(read, written);
}

TEST(LogReader, GoesOnWithTheOldestWhereMoreWasRotatedAwayThanIsKept) {
  TempDir dir;
  auto path = dir.path() / "log";
  AppendText(path, "a\n");
  LogReader log(path, 0);
  EXPECT_EQ(*log.Next(), "a\n");
  for (const char* text : {"b\n", "c\n", "d\n"}) {
    ASSERT_TRUE(RotateLog(path, 1).ok());
    AppendText(path, text);
  }
  EXPECT_EQ(Rest(log), "c\nd\n");
}

}  // namespace
}  // namespace lab
