#include "cli/output/event_file.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

// TensorFlow's types.proto and summary.proto.
constexpr int kString = 7;
constexpr int kScalarClass = 1, kTensorClass = 2;

constexpr std::array<uint32_t, 256> CrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0);
    table[byte] = crc;
  }
  return table;
}

// A rotated and shifted CRC, so that a CRC over data that holds CRCs stays one.
uint32_t Masked(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u; }

template <class Number>
std::string LittleEndian(Number number) {
  std::string bytes;
  for (size_t i = 0; i < sizeof(number); ++i) {
    bytes += static_cast<char>((number >> (8 * i)) & 0xFF);
  }
  return bytes;
}

template <class Bits, class Number>
Bits BitsOf(Number value) {
  static_assert(sizeof(Bits) == sizeof(Number));
  Bits bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

// Fields of a protobuf message, in the order written.
class Message {
 public:
  Message& Number(int field, uint64_t value) {
    Varint(static_cast<uint64_t>(field) << 3);
    Varint(value);
    return *this;
  }
  Message& Double(int field, double value) {
    Varint((static_cast<uint64_t>(field) << 3) | 1);
    bytes_ += LittleEndian(BitsOf<uint64_t>(value));
    return *this;
  }
  Message& Float(int field, float value) {
    Varint((static_cast<uint64_t>(field) << 3) | 5);
    bytes_ += LittleEndian(BitsOf<uint32_t>(value));
    return *this;
  }
  Message& Bytes(int field, std::string_view value) {
    Varint((static_cast<uint64_t>(field) << 3) | 2);
    Varint(value.size());
    bytes_ += value;
    return *this;
  }
  // Fields that were encoded before.
  Message& Raw(std::string_view fields) {
    bytes_ += fields;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7F) | 0x80);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

// `tensor` of a summary value: one string, whose empty shape message says so.
std::string StringTensor(std::string_view value) {
  const Message tensor = Message().Number(1, kString).Bytes(2, "").Bytes(8, value);
  return Message().Bytes(8, tensor.bytes()).bytes();
}

// custom_scalar/layout.proto.
std::string LayoutBytes(const std::vector<MarginChart>& charts) {
  Message layout;
  for (size_t first = 0; first < charts.size();) {
    Message category;
    category.Bytes(1, charts[first].category);
    size_t next = first;
    for (; next < charts.size() && charts[next].category == charts[first].category; ++next) {
      const MarginChart& chart = charts[next];
      const Message series =
          Message().Bytes(1, chart.value).Bytes(2, chart.lower).Bytes(3, chart.upper);
      const Message margin = Message().Bytes(1, series.bytes());
      category.Bytes(2, Message().Bytes(1, chart.title).Bytes(3, margin.bytes()).bytes());
    }
    layout.Bytes(2, category.bytes());
    first = next;
  }
  return layout.bytes();
}

}  // namespace

uint32_t Crc32c(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = CrcTable();
  uint32_t crc = 0xFFFFFFFFu;
  for (unsigned char byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ byte) & 0xFF];
  return crc ^ 0xFFFFFFFFu;
}

EventFile::EventFile(std::filesystem::path path, std::filesystem::path temporary)
    : path_(std::move(path)),
      temporary_(std::move(temporary)),
      out_(temporary_, std::ios::binary | std::ios::trunc) {}

EventFile::EventFile(EventFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      out_(std::move(other.out_)),
      tags_(std::move(other.tags_)),
      scalar_count_(other.scalar_count_) {}

EventFile::~EventFile() {
  if (temporary_.empty()) return;
  out_.close();
  unlink(temporary_.c_str());
}

absl::StatusOr<EventFile> EventFile::Create(const std::filesystem::path& path, double wall_time) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) {
    errno = error.value();
    return ErrnoStatus("making the folder", path.parent_path());
  }
  // TensorBoard reads every file whose name holds "tfevents": not this one yet.
  EventFile file(path, path.parent_path() / StrCat(".writing-", getpid()));
  if (!file.out_) return ErrnoStatus("writing", path);
  file.Record(Message()
                  .Double(1, wall_time)
                  .Bytes(3, "brain.Event:2")
                  .Bytes(10, Message().Bytes(1, "llm-lab").bytes())
                  .bytes());
  return file;
}

void EventFile::Record(std::string_view event) {
  const std::string length = LittleEndian(uint64_t{event.size()});
  out_ << length << LittleEndian(Masked(Crc32c(length))) << event
       << LittleEndian(Masked(Crc32c(event)));
}

void EventFile::Value(const std::string& tag, int64_t step, double wall_time,
                      std::string_view plugin, int data_class, const std::string& field) {
  Message value;
  value.Bytes(1, tag).Raw(field);
  if (tags_.insert(tag).second) {
    const Message data = Message().Bytes(1, plugin);
    value.Bytes(
        9, Message().Bytes(1, data.bytes()).Number(4, static_cast<uint64_t>(data_class)).bytes());
  }
  Record(Message()
             .Double(1, wall_time)
             .Number(2, static_cast<uint64_t>(step))
             .Bytes(5, Message().Bytes(1, value.bytes()).bytes())
             .bytes());
}

void EventFile::Scalar(const std::string& tag, int64_t step, double wall_time, double value) {
  const std::string rounded = Message().Float(2, static_cast<float>(value)).bytes();
  Value(tag, step, wall_time, "scalars", kScalarClass, rounded);
  ++scalar_count_;
}

void EventFile::Text(const std::string& tag, int64_t step, double wall_time,
                     const std::string& markdown) {
  Value(tag, step, wall_time, "text", kTensorClass, StringTensor(markdown));
}

void EventFile::Layout(double wall_time, const std::vector<MarginChart>& charts) {
  Value("custom_scalars__config__", 0, wall_time, "custom_scalars", kTensorClass,
        StringTensor(LayoutBytes(charts)));
}

absl::Status EventFile::Finish() {
  errno = 0;
  out_.close();
  if (!out_) return ErrnoStatus("writing", path_);
  RETURN_IF_ERROR(SyncPath(temporary_));
  if (rename(temporary_.c_str(), path_.c_str()) != 0) return ErrnoStatus("writing", path_);
  temporary_.clear();
  return absl::OkStatus();
}

}  // namespace lab::cli
