#include "core/data/token_file.h"

#include <cstring>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TokenFileInfo Info(int64_t vocab_size) {
  TokenFileInfo info;
  info.vocab_size = vocab_size;
  info.end_of_text = static_cast<int32_t>(vocab_size - 1);
  info.tokenizer_hash = Sha256("tokenizer");
  info.corpus_hash = Sha256("corpus");
  return info;
}

void WriteSample(const std::filesystem::path& path, int64_t vocab_size) {
  auto writer = TokenFileWriter::Create(path, Info(vocab_size));
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE(writer->Append({1, 2, 3}).ok());
  ASSERT_TRUE(writer->EndDocument(11).ok());
  ASSERT_TRUE(writer->Append({4}).ok());
  ASSERT_TRUE(writer->Append({}).ok());
  ASSERT_TRUE(writer->EndDocument(5).ok());
  ASSERT_TRUE(writer->Finish().ok());
}

std::vector<int32_t> ReadAll(const TokenFile& file) {
  std::vector<int32_t> ids(static_cast<size_t>(file.size()));
  file.Read(0, file.size(), ids.data());
  return ids;
}

TEST(TokenFile, ReadsBackWhatWasWrittenInBothWidths) {
  TempDir dir;
  for (int64_t vocab : {300, 65536, 65537, 2'000'000}) {
    auto path = dir.path() / "x.tokens";
    WriteSample(path, vocab);
    EXPECT_EQ(std::filesystem::file_size(path), 128u + 6u * (vocab <= 65536 ? 2 : 4));
    auto file = TokenFile::Open(path);
    ASSERT_TRUE(file.ok()) << file.status();
    auto end = static_cast<int32_t>(vocab - 1);
    EXPECT_THAT(ReadAll(*file), ElementsAre(1, 2, 3, end, 4, end));
    EXPECT_EQ(file->At(4), 4);
    int64_t wide[2];
    file->Read(2, 2, wide);
    EXPECT_THAT(wide, ElementsAre(3, end));
    EXPECT_EQ(file->info().document_count, 2);
    EXPECT_EQ(file->info().text_bytes, 16);
    EXPECT_EQ(file->info().vocab_size, vocab);
    EXPECT_EQ(file->info().end_of_text, end);
    EXPECT_EQ(file->info().tokenizer_hash, Sha256("tokenizer"));
    EXPECT_EQ(file->info().corpus_hash, Sha256("corpus"));
  }
}

TEST(TokenFile, CopiesOutliveTheFirst) {
  TempDir dir;
  WriteSample(dir.path() / "x.tokens", 300);
  TokenFile copy;
  EXPECT_TRUE(copy.empty());
  {
    auto file = TokenFile::Open(dir.path() / "x.tokens");
    copy = *file;
  }
  EXPECT_EQ(copy.At(2), 3);
}

// Byte for byte as docs/formats/token_file.md says.
TEST(TokenFile, KeepsItsFormat) {
  TempDir dir;
  WriteSample(dir.path() / "x.tokens", 300);
  std::string bytes = *ReadFile(dir.path() / "x.tokens");
  std::string zeros(16, '\0');
  std::string expected = "LABTOKEN" + std::string("\1\0\0\0", 4) + std::string("\2\0\0\0", 4) +
                         std::string("\6\0\0\0\0\0\0\0", 8) + std::string("\2\0\0\0\0\0\0\0", 8) +
                         std::string("\x10\0\0\0\0\0\0\0", 8) + std::string("\x2C\1\0\0", 4) +
                         std::string("\x2B\1\0\0", 4);
  std::string hash;
  FromHex(Sha256("tokenizer"), &hash);
  expected += hash;
  FromHex(Sha256("corpus"), &hash);
  expected += hash + zeros + std::string("\1\0\2\0\3\0\x2B\1\4\0\x2B\1", 12);
  EXPECT_EQ(ToHex(bytes), ToHex(expected));
}

TEST(TokenFile, RefusesDamageByName) {
  TempDir dir;
  auto path = dir.path() / "x.tokens";
  WriteSample(path, 300);
  const std::string sound = *ReadFile(path);
  auto refusal = [&](const std::function<void(std::string&)>& damage) {
    std::string bytes = sound;
    damage(bytes);
    EXPECT_TRUE(WriteFileAtomically(path, bytes).ok());
    auto file = TokenFile::Open(path);
    EXPECT_FALSE(file.ok());
    EXPECT_EQ(ReasonOf(file.status()), "CORPUS_INVALID");
    std::string message(MessageOf(file.status()));
    EXPECT_THAT(message, HasSubstr(path.string()));
    return message;
  };
  auto set = [&](size_t offset, uint64_t value, size_t size) {
    return refusal([&](std::string& bytes) { std::memcpy(bytes.data() + offset, &value, size); });
  };
  EXPECT_THAT(refusal([](std::string& b) { b.clear(); }), HasSubstr("only 0 bytes"));
  EXPECT_THAT(refusal([](std::string& b) { b.resize(127); }), HasSubstr("only 127 bytes"));
  EXPECT_THAT(refusal([](std::string& b) { b[0] = 'X'; }), HasSubstr("not a token file"));
  EXPECT_THAT(set(8, 2, 4), HasSubstr("version 2"));
  EXPECT_THAT(set(12, 4, 4), HasSubstr("id_bytes is 4"));
  EXPECT_THAT(set(12, 0, 4), HasSubstr("id_bytes is 0"));
  EXPECT_THAT(set(16, 7, 8), HasSubstr("token_count is 7"));
  EXPECT_THAT(set(16, ~uint64_t{0}, 8), HasSubstr("token_count"));
  EXPECT_THAT(set(24, 7, 8), HasSubstr("document_count is 7"));
  EXPECT_THAT(set(32, ~uint64_t{0}, 8), HasSubstr("text_bytes"));
  EXPECT_THAT(set(40, 0, 4), HasSubstr("vocab_size is 0"));
  EXPECT_THAT(set(40, 0xFFFFFFFF, 4), HasSubstr("vocab_size"));
  EXPECT_THAT(set(40, 299, 4), HasSubstr("end_of_text is 299"));
  EXPECT_THAT(set(44, 300, 4), HasSubstr("end_of_text is 300"));
  EXPECT_THAT(set(112, 1, 1), HasSubstr("reserved"));
  EXPECT_THAT(set(128, 300, 2), HasSubstr("holds id 300"));
  EXPECT_THAT(refusal([](std::string& b) { b.pop_back(); }), HasSubstr("token_count is 6"));
  EXPECT_THAT(refusal([](std::string& b) { b += "xx"; }), HasSubstr("bytes hold 7"));
}

TEST(TokenFile, AMissingFileIsNotFound) {
  TempDir dir;
  EXPECT_EQ(TokenFile::Open(dir.path() / "none").status().code(), absl::StatusCode::kNotFound);
}

TEST(TokenFileWriter, LeavesNothingUnlessFinished) {
  TempDir dir;
  {
    auto writer = TokenFileWriter::Create(dir.path() / "x.tokens", Info(300));
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(writer->Append({1}).ok());
    EXPECT_FALSE(std::filesystem::exists(dir.path() / "x.tokens"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(TokenFileWriter, RefusesIdsOutsideTheVocabularyAndUselessInfo) {
  TempDir dir;
  auto writer = TokenFileWriter::Create(dir.path() / "x.tokens", Info(300));
  EXPECT_FALSE(writer->Append({300}).ok());
  EXPECT_FALSE(writer->Append({-1}).ok());
  EXPECT_FALSE(TokenFileWriter::Create(dir.path() / "y", Info(0)).ok());
  TokenFileInfo unhashed = Info(300);
  unhashed.corpus_hash = "abc";
  EXPECT_FALSE(TokenFileWriter::Create(dir.path() / "y", unhashed).ok());
  EXPECT_FALSE(TokenFileWriter::Create(dir.path() / "no" / "folder", Info(300)).ok());
}

}  // namespace
}  // namespace lab
