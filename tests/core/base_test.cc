#include <limits>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/frame.h"
#include "core/base/sha256.h"
#include "core/base/status.h"
#include "core/base/strings.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

TEST(Status, KeepsItsReasonThroughContext) {
  absl::Status status = Failure(absl::StatusCode::kNotFound, reason::kCorpusMissing, "no text");
  absl::Status outer = WithContext(status, "reading corpus");
  EXPECT_EQ(MessageOf(outer), "reading corpus: no text");
  EXPECT_EQ(ReasonOf(outer), "CORPUS_MISSING");
  EXPECT_EQ(ReasonOf(absl::OkStatus()), "");
  EXPECT_EQ(ReasonOf(absl::NotFoundError("x")), "NOT_FOUND");
}

TEST(Strings, FormatsDoublesThatReadBack) {
  EXPECT_EQ(FormatDouble(0.1), "0.1");
  EXPECT_EQ(FormatDouble(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(FormatDouble(-std::numeric_limits<double>::infinity()), "-Infinity");
  EXPECT_EQ(std::stod(FormatDouble(1.0 / 3)), 1.0 / 3);
}

TEST(Strings, FormatsBytesWithThreeDigits) {
  EXPECT_EQ(FormatBytes(812), "812 B");
  EXPECT_EQ(FormatBytes(1234), "1.23 kB");
  EXPECT_EQ(FormatBytes(999999), "1.00 MB");
  EXPECT_EQ(FormatBytes(52'400'000), "52.4 MB");
}

TEST(Strings, FindsAndReplacesIllFormedUtf8) {
  EXPECT_EQ(FirstInvalidUtf8("h\xC3\xA9llo"), std::string_view::npos);
  EXPECT_EQ(FirstInvalidUtf8("ab\xFF"), 2u);
  EXPECT_EQ(FirstInvalidUtf8("\xED\xA0\x80"), 0u);  // a surrogate
  EXPECT_EQ(FirstInvalidUtf8("a\xE2\x82"), 1u);     // cut short
  EXPECT_EQ(ReplaceInvalidUtf8("a\xC3"), "a\xEF\xBF\xBD");
}

TEST(Strings, SuggestsTheNearestWordOnlyIfNear) {
  EXPECT_EQ(NearestWord("learning_rat", {"learning_rate", "weight_decay"}), "learning_rate");
  EXPECT_EQ(NearestWord("zzz", {"learning_rate"}), "");
}

TEST(Strings, HexReadsBack) {
  std::string bytes;
  EXPECT_TRUE(FromHex(ToHex(std::string("\x00\xFF\x10", 3)), &bytes));
  EXPECT_EQ(bytes, std::string("\x00\xFF\x10", 3));
  EXPECT_FALSE(FromHex("0", &bytes));
  EXPECT_FALSE(FromHex("0g", &bytes));
}

TEST(File, AtomicWriteReplacesTheWhole) {
  TempDir dir;
  auto path = dir.path() / "a";
  ASSERT_TRUE(WriteFileAtomically(path, "one").ok());
  ASSERT_TRUE(WriteFileAtomically(path, "two").ok());
  EXPECT_EQ(*ReadFile(path), "two");
  EXPECT_EQ(Sha256("two"), *Sha256File(path));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(Files, HashInPiecesIsTheHashOfTheWhole) {
  Sha256Stream stream;
  stream.Add("t");
  stream.Add("");
  stream.Add("wo");
  EXPECT_EQ(stream.Finish(), Sha256("two"));
}

TEST(File, FailedWriteLeavesTheOldContent) {
  absl::Status status = WriteFileAtomically("/dev/full/x", "data");
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(ReadFile("/nowhere/file").status().code(), absl::StatusCode::kNotFound);
}

TEST(File, LockExcludesASecondHolder) {
  TempDir dir;
  auto first = FileLock::TryAcquire(dir.path() / "lock");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(FileLock::TryAcquire(dir.path() / "lock").status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(Frame, CrossesASocketInPieces) {
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  std::string payload;
  AppendPoint(&payload, {7, 11, 0.5, std::numeric_limits<double>::infinity()});
  ASSERT_EQ(payload.size(), kPointRecordBytes);
  ASSERT_TRUE(WriteBytes(fds[0], EncodeFrame({{"type", "points"}}, payload)).ok());
  ASSERT_TRUE(WriteBytes(fds[0], EncodeFrame({{"type", "heartbeat"}})).ok());
  ::close(fds[0]);
  FrameDecoder decoder;
  auto frame = ReadFrame(fds[1], decoder);
  ASSERT_TRUE(frame.ok() && frame->has_value());
  EXPECT_EQ((*frame)->type(), "points");
  PointRecord point = PointAt((*frame)->payload, 0);
  EXPECT_EQ(point.metric, 7u);
  EXPECT_EQ(point.step, 11u);
  EXPECT_TRUE(std::isinf(point.value));
  EXPECT_EQ((**ReadFrame(fds[1], decoder)).type(), "heartbeat");
  EXPECT_FALSE(ReadFrame(fds[1], decoder)->has_value());
  ::close(fds[1]);
}

TEST(Frame, RefusesHostileSizesAndHeaders) {
  FrameDecoder huge;
  huge.Append(std::string("\xFF\xFF\xFF\x7F\x00\x00\x00\x00", 8));
  EXPECT_EQ(ReasonOf(huge.Next().status()), "WORKER_PROTOCOL");
  FrameDecoder array;
  array.Append(EncodeFrame(nlohmann::json::array({1})));
  EXPECT_FALSE(array.Next().ok());
  FrameDecoder untyped;
  untyped.Append(EncodeFrame({{"kind", 1}}));
  EXPECT_FALSE(untyped.Next().ok());
}

TEST(Frame, WaitsForAWholeFrame) {
  std::string bytes = EncodeFrame({{"type", "a"}}, "payload");
  FrameDecoder decoder;
  for (size_t i = 0; i + 1 < bytes.size(); ++i) {
    decoder.Append(bytes.substr(i, 1));
    ASSERT_FALSE(decoder.Next()->has_value());
  }
  decoder.Append(bytes.substr(bytes.size() - 1));
  EXPECT_EQ((**decoder.Next()).payload, "payload");
  EXPECT_TRUE(decoder.empty());
}

}  // namespace
}  // namespace lab
