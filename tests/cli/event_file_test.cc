// TensorBoard's event files, read back by a decoder of their own: bits of the CRC one by one, the
// messages field by field, nothing shared with the writer.

#include "cli/output/event_file.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <map>

#include <gmock/gmock.h>

#include "core/base/file.h"
#include "tests/support/temp_dir.h"

namespace lab::cli {
namespace {

using ::testing::ElementsAre;

uint32_t CrcBitByBit(const std::string& bytes) {
  uint32_t crc = ~0u;
  for (unsigned char byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool odd = ((crc ^ (byte >> bit)) & 1) != 0;
      crc = (crc >> 1) ^ (odd ? 0x82F63B78u : 0u);
    }
  }
  return ~crc;
}

template <class Number>
Number Read(const std::string& bytes, size_t at) {
  Number number;
  std::memcpy(&number, bytes.data() + at, sizeof(number));
  return number;
}

uint32_t Unmasked(uint32_t masked) {
  const uint32_t rotated = masked - 0xA282EAD8u;
  return (rotated >> 17) | (rotated << 15);
}

// The fields of a message: number → values; a varint as eight bytes.
std::multimap<int, std::string> Fields(const std::string& message) {
  std::multimap<int, std::string> fields;
  size_t at = 0;
  auto varint = [&] {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(message.at(at++));
      value |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.size()) {
    const uint64_t key = varint();
    const int field = static_cast<int>(key >> 3);
    if ((key & 7) == 2) {
      const uint64_t size = varint();
      fields.emplace(field, message.substr(at, size));
      at += size;
    } else {
      EXPECT_TRUE((key & 7) == 0 || (key & 7) == 1 || (key & 7) == 5) << key;
      std::string bytes(8, '\0');
      if ((key & 7) == 0) {
        const uint64_t value = varint();
        std::memcpy(bytes.data(), &value, 8);
      } else {
        bytes = message.substr(at, (key & 7) == 1 ? 8 : 4);
        at += bytes.size();
      }
      fields.emplace(field, bytes);
    }
  }
  return fields;
}

std::string Only(const std::multimap<int, std::string>& fields, int field) {
  EXPECT_EQ(fields.count(field), 1u) << field;
  return fields.count(field) == 1 ? fields.find(field)->second : "";
}

std::vector<std::string> Records(const std::filesystem::path& path) {
  auto bytes = ReadFile(path);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  std::vector<std::string> records;
  for (size_t at = 0; at < bytes->size();) {
    const auto length = Read<uint64_t>(*bytes, at);
    EXPECT_EQ(Unmasked(Read<uint32_t>(*bytes, at + 8)), CrcBitByBit(bytes->substr(at, 8)));
    records.push_back(bytes->substr(at + 12, length));
    EXPECT_EQ(Unmasked(Read<uint32_t>(*bytes, at + 12 + length)), CrcBitByBit(records.back()));
    at += 16 + length;
  }
  return records;
}

TEST(Crc32c, AgreesWithItsKnownVectors) {
  // RFC 3720, B.4, and the check value of the catalogue of CRCs.
  for (auto* crc : {&Crc32c}) {
    EXPECT_EQ(crc("123456789"), 0xE3069283u);
    EXPECT_EQ(crc(std::string(32, '\0')), 0x8A9136AAu);
    EXPECT_EQ(crc(std::string(32, '\xFF')), 0x62A8AB43u);
    EXPECT_EQ(crc(""), 0u);
  }
  EXPECT_EQ(CrcBitByBit("123456789"), 0xE3069283u);
}

TEST(EventFile, HoldsTheNearestFloatOfEveryValue) {
  TempDir dir;
  const auto path = dir.path() / "run" / "events.out.tfevents.1.test";
  const std::vector<double> values = {
      0.1 + 0.2,   -0.0, 5e-324, 1.7976931348623157e308, std::numeric_limits<double>::infinity(),
      std::nan("")};
  {
    auto file = EventFile::Create(path, 1000.5);
    ASSERT_TRUE(file.ok()) << file.status();
    for (size_t i = 0; i < values.size(); ++i) {
      file->Scalar("train/loss", static_cast<int64_t>(i) + 1, 1001.25, values[i]);
    }
    EXPECT_EQ(file->scalar_count(), 6);
    EXPECT_FALSE(std::filesystem::exists(path));  // not before it is whole
    ASSERT_TRUE(file->Finish().ok());
  }
  std::vector<std::string> records = Records(path);
  ASSERT_EQ(records.size(), 1 + values.size());
  auto first = Fields(records[0]);
  EXPECT_EQ(Only(first, 3), "brain.Event:2");
  EXPECT_EQ(Read<double>(Only(first, 1), 0), 1000.5);
  EXPECT_EQ(Only(Fields(Only(first, 10)), 1), "llm-lab");
  for (size_t i = 0; i < values.size(); ++i) {
    auto event = Fields(records[i + 1]);
    EXPECT_EQ(Read<double>(Only(event, 1), 0), 1001.25);
    EXPECT_EQ(Read<uint64_t>(Only(event, 2), 0), i + 1);
    auto value = Fields(Only(Fields(Only(event, 5)), 1));
    EXPECT_EQ(Only(value, 1), "train/loss");
    const auto read = Read<float>(Only(value, 2), 0);
    const auto nearest = static_cast<float>(values[i]);
    EXPECT_EQ(std::memcmp(&read, &nearest, sizeof(read)), 0) << values[i];
    // Metadata goes with the first value only.
    EXPECT_EQ(value.count(9), i == 0 ? 1u : 0u);
    if (i > 0) continue;
    auto metadata = Fields(Only(value, 9));
    EXPECT_EQ(Only(Fields(Only(metadata, 1)), 1), "scalars");
    EXPECT_EQ(Read<uint64_t>(Only(metadata, 4), 0), 1u);  // DATA_CLASS_SCALAR
  }
}

TEST(EventFile, HoldsTextsAndTheLayoutOfBands) {
  TempDir dir;
  const auto path = dir.path() / "events.out.tfevents.1.test";
  auto file = EventFile::Create(path, 1);
  ASSERT_TRUE(file.ok());
  file->Text("sample", 300, 2, "    Once\n    upon");
  file->Layout(3, {{"train", "train/loss", "v", "l", "u"},
                   {"train", "train/mfu", "v2", "l2", "u2"},
                   {"val", "val/loss", "v3", "l3", "u3"}});
  ASSERT_TRUE(file->Finish().ok());
  std::vector<std::string> records = Records(path);
  ASSERT_EQ(records.size(), 3u);
  auto text = Fields(Only(Fields(Only(Fields(records[1]), 5)), 1));
  EXPECT_EQ(Only(Fields(Only(text, 8)), 8), "    Once\n    upon");
  EXPECT_EQ(Only(Fields(Only(Fields(Only(text, 9)), 1)), 1), "text");

  auto value = Fields(Only(Fields(Only(Fields(records[2]), 5)), 1));
  EXPECT_EQ(Only(value, 1), "custom_scalars__config__");
  EXPECT_EQ(Only(Fields(Only(Fields(Only(value, 9)), 1)), 1), "custom_scalars");
  auto tensor = Fields(Only(value, 8));
  EXPECT_EQ(Read<uint64_t>(Only(tensor, 1), 0), 7u);  // DT_STRING
  auto layout = Fields(Only(tensor, 8));
  ASSERT_EQ(layout.count(2), 2u);
  auto train = Fields(layout.find(2)->second);
  EXPECT_EQ(Only(train, 1), "train");
  ASSERT_EQ(train.count(2), 2u);
  auto chart = Fields(train.find(2)->second);
  EXPECT_EQ(Only(chart, 1), "train/loss");
  auto series = Fields(Only(Fields(Only(chart, 3)), 1));
  EXPECT_THAT((std::vector{Only(series, 1), Only(series, 2), Only(series, 3)}),
              ElementsAre("v", "l", "u"));
}

TEST(EventFile, LeavesNothingBehindUnlessFinished) {
  TempDir dir;
  const auto path = dir.path() / "events.out.tfevents.1.test";
  {
    auto file = EventFile::Create(path, 1);
    ASSERT_TRUE(file.ok());
    file->Scalar("a/b", 1, 1, 1);
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
  EXPECT_FALSE(EventFile::Create("/proc/no/such/place/events", 1).ok());
}

}  // namespace
}  // namespace lab::cli
