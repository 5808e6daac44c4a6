#include "daemon/transfer/tar.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "core/base/strings.h"

namespace lab {
namespace {

constexpr int64_t kMaxOctal = int64_t{1} << 33;  // eleven octal digits hold less than this
constexpr int64_t kMaxSize = int64_t{1} << 50;
constexpr int64_t kMaxPax = 64 * 1024;

// Fields of a ustar header: where they begin and how long they are.
struct Field {
  size_t at;
  size_t size;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kUid{108, 8}, kGid{116, 8}, kSize{124, 12},
    kTime{136, 12}, kChecksum{148, 8}, kMagic{257, 8}, kPrefix{345, 155};
constexpr size_t kType = 156;
constexpr std::string_view kUstar(
    "ustar\0"
    "00",
    8);

absl::Status Invalid(std::string_view message) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kJobFileInvalid, message);
}

absl::Status Corrupt(std::string_view message) {
  return Failure(absl::StatusCode::kDataLoss, reason::kJobFileCorrupt, message);
}

void PutText(std::string* header, Field field, std::string_view text) {
  header->replace(field.at, text.size(), text);
}

void PutOctal(std::string* header, Field field, int64_t value) {
  for (size_t i = field.size - 1; i-- > 0; value /= 8) {
    (*header)[field.at + i] = static_cast<char>('0' + value % 8);
  }
}

// Of a header whose checksum field counts as blanks.
int64_t ChecksumOf(std::string_view header) {
  int64_t sum = 0;
  for (size_t i = 0; i < kTarBlock; ++i) {
    bool inside = i >= kChecksum.at && i < kChecksum.at + kChecksum.size;
    sum += inside ? ' ' : static_cast<unsigned char>(header[i]);
  }
  return sum;
}

std::string TextIn(std::string_view header, Field field) {
  std::string_view text = header.substr(field.at, field.size);
  return std::string(text.substr(0, text.find('\0')));
}

// Octal digits between blanks and NULs; nullopt for anything else.
std::optional<int64_t> OctalIn(std::string_view header, Field field) {
  std::string_view text = header.substr(field.at, field.size);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  if (text.empty()) return std::nullopt;
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// `name` as prefix and name of a header; nullopt if no slash cuts it so.
std::optional<std::pair<std::string_view, std::string_view>> SplitName(std::string_view name) {
  if (name.size() <= kName.size) return std::pair(std::string_view(), name);
  for (size_t slash = name.find('/'); slash != std::string_view::npos;
       slash = name.find('/', slash + 1)) {
    if (slash <= kPrefix.size && name.size() - slash - 1 <= kName.size) {
      return std::pair(name.substr(0, slash), name.substr(slash + 1));
    }
  }
  return std::nullopt;
}

std::string MakeHeader(std::string_view prefix, std::string_view name, char type, int64_t size,
                       int64_t unix_seconds) {
  std::string header(kTarBlock, '\0');
  PutText(&header, kName, name);
  PutOctal(&header, kMode, 0644);
  PutOctal(&header, kUid, 0);
  PutOctal(&header, kGid, 0);
  PutOctal(&header, kSize, size);
  PutOctal(&header, kTime, std::clamp<int64_t>(unix_seconds, 0, kMaxOctal - 1));
  header[kType] = type;
  PutText(&header, kMagic, kUstar);
  PutText(&header, kPrefix, prefix);
  PutOctal(&header, {kChecksum.at, kChecksum.size - 1}, ChecksumOf(header));
  header[kChecksum.at + kChecksum.size - 1] = ' ';
  return header;
}

int64_t PaddingOf(int64_t size) {
  constexpr auto kBlock = static_cast<int64_t>(kTarBlock);
  return (kBlock - size % kBlock) % kBlock;
}

// "LENGTH size=N\n", where LENGTH counts itself.
std::string PaxSize(int64_t size) {
  std::string rest = StrCat(" size=", size, "\n");
  size_t length = rest.size() + 2;
  return StrCat(length, rest);  // 22 to 30 bytes: always two digits
}

std::string_view KindName(char type) {
  switch (type) {
    case '1':
      return "a hard link";
    case '2':
      return "a symbolic link";
    case '3':
    case '4':
      return "a device";
    case '5':
      return "a folder";
    case '6':
      return "a pipe";
    default:
      return "of an unknown kind";
  }
}

}  // namespace

absl::Status CheckEntryName(std::string_view name) {
  auto refuse = [&](std::string_view why) {
    return Invalid(
        StrCat("the entry \"", ReplaceInvalidUtf8(name.substr(0, kMaxTarName)), "\" ", why));
  };
  if (name.empty()) return Invalid("an entry has no name");
  if (name.size() > kMaxTarName) return refuse("has too long a name");
  if (FirstInvalidUtf8(name) != std::string_view::npos) return refuse("has a name not in UTF-8");
  for (unsigned char letter : name) {
    if (letter < 0x20 || letter == 0x7F || letter == '\\') {
      return refuse("has a character in its name that no job file uses");
    }
  }
  for (size_t start = 0; start <= name.size();) {
    size_t end = std::min(name.find('/', start), name.size());
    std::string_view part = name.substr(start, end - start);
    if (part.empty() || part.front() == '.') {
      return refuse("would lie outside its folder or be hidden");
    }
    start = end + 1;
  }
  return absl::OkStatus();
}

absl::Status TarWriter::Begin(std::string_view name, int64_t size, int64_t unix_seconds) {
  RETURN_IF_ERROR(CheckEntryName(name));
  auto split = SplitName(name);
  if (!split) return Invalid(StrCat(name, ": its name is too long for a job file"));
  if (size >= kMaxOctal) {
    std::string pax = PaxSize(size);
    const auto length = static_cast<int64_t>(pax.size());
    RETURN_IF_ERROR(sink_(MakeHeader("", "pax", 'x', length, unix_seconds)));
    RETURN_IF_ERROR(sink_(pax));
    RETURN_IF_ERROR(Pad(length));
  }
  int64_t said = size < kMaxOctal ? size : 0;
  RETURN_IF_ERROR(sink_(MakeHeader(split->first, split->second, '0', said, unix_seconds)));
  size_ = left_ = size;
  return absl::OkStatus();
}

absl::Status TarWriter::Write(std::string_view bytes) {
  const auto count = static_cast<int64_t>(bytes.size());
  if (count > left_) return absl::InternalError("a file in an archive is longer than announced");
  if (count == 0) return absl::OkStatus();
  RETURN_IF_ERROR(sink_(bytes));
  left_ -= count;
  return left_ == 0 ? Pad(size_) : absl::OkStatus();
}

absl::Status TarWriter::Pad(int64_t size) {
  int64_t padding = PaddingOf(size);
  return padding == 0 ? absl::OkStatus() : sink_(std::string(static_cast<size_t>(padding), '\0'));
}

absl::Status TarWriter::Finish() {
  if (left_ > 0) return absl::InternalError("a file in an archive is shorter than announced");
  return sink_(std::string(2 * kTarBlock, '\0'));
}

std::string TarReader::Where() const {
  if (name_.empty()) return StrCat("at byte ", offset_);
  return StrCat("after the entry \"", name_, "\" (byte ", offset_, ")");
}

absl::Status TarReader::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    size_t wanted = left_ > 0 ? static_cast<size_t>(left_) : kTarBlock - block_.size();
    if (part_ == Part::kPax) wanted = static_cast<size_t>(left_) - block_.size();
    std::string_view taken = bytes.substr(0, std::min(bytes.size(), wanted));
    bytes.remove_prefix(taken.size());
    offset_ += static_cast<int64_t>(taken.size());
    switch (part_) {
      case Part::kHeader:
        block_.append(taken);
        if (block_.size() == kTarBlock) RETURN_IF_ERROR(TakeHeader());
        break;
      case Part::kPax:
        block_.append(taken);
        if (static_cast<int64_t>(block_.size()) == left_) RETURN_IF_ERROR(TakePax());
        break;
      case Part::kData:
        left_ -= static_cast<int64_t>(taken.size());
        RETURN_IF_ERROR(delegate_->EntryData(taken));
        if (left_ == 0) RETURN_IF_ERROR(EndData());
        break;
      case Part::kPadding:
      case Part::kEnd:
        if (taken.find_first_not_of('\0') != std::string_view::npos) {
          return Corrupt(StrCat("the file is damaged ", Where(), ": bytes that should be zero"));
        }
        if (part_ == Part::kEnd) break;
        left_ -= static_cast<int64_t>(taken.size());
        if (left_ == 0) part_ = Part::kHeader;
        break;
    }
  }
  return absl::OkStatus();
}

absl::Status TarReader::TakeHeader() {
  std::string header = std::exchange(block_, {});
  if (header.find_first_not_of('\0') == std::string::npos) {
    if (++zero_blocks_ == 2) part_ = Part::kEnd;
    return absl::OkStatus();
  }
  if (zero_blocks_ > 0) return Corrupt(StrCat("the file is damaged ", Where(), ": a zero block"));
  if (std::string_view(header).substr(kMagic.at, 5) != "ustar") {
    if (offset_ == static_cast<int64_t>(kTarBlock)) {
      return Invalid("this is no job file: it does not begin as a tar archive");
    }
    return Corrupt(StrCat("the file is damaged ", Where(), ": no tar header"));
  }
  if (OctalIn(header, kChecksum) != ChecksumOf(header)) {
    return Corrupt(StrCat("the file is damaged ", Where(), ": a header with a wrong checksum"));
  }
  std::string name = TextIn(header, kName);
  if (std::string prefix = TextIn(header, kPrefix); !prefix.empty()) name = prefix + "/" + name;
  std::optional<int64_t> size = OctalIn(header, kSize);
  char type = header[kType];
  if (!size) return Invalid(StrCat("the entry \"", ReplaceInvalidUtf8(name), "\" has no size"));
  if (type == 'x') {
    if (pax_size_ >= 0 || *size == 0 || *size > kMaxPax) {
      return Invalid(StrCat("a pax header ", Where(), " is not of a job file"));
    }
    part_ = Part::kPax;
    left_ = *size;
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(CheckEntryName(name));
  if (type != '0' && type != '\0') {
    return Invalid(StrCat("the entry \"", name, "\" is ", KindName(type),
                          "; a job file holds plain files only"));
  }
  int64_t real = pax_size_ >= 0 ? std::exchange(pax_size_, -1) : *size;
  return BeginData(std::move(name), real);
}

absl::Status TarReader::TakePax() {
  std::string text = std::exchange(block_, {});
  std::string_view rest = text;
  const int64_t length = std::exchange(left_, 0);
  while (!rest.empty()) {
    size_t record = 0;
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), record);
    auto digits = static_cast<size_t>(end - rest.data());
    bool sound = error == std::errc() && record > digits + 2 && record <= rest.size() &&
                 rest[digits] == ' ' && rest[record - 1] == '\n';
    if (!sound) return Corrupt(StrCat("the file is damaged ", Where(), ": a broken pax header"));
    std::string_view pair = rest.substr(digits + 1, record - digits - 2);
    rest.remove_prefix(record);
    if (pair.substr(0, 5) != "size=") {
      return Invalid(StrCat("a pax header ", Where(), " says more than a size"));
    }
    std::string_view value = pair.substr(5);
    auto read = std::from_chars(value.data(), value.data() + value.size(), pax_size_);
    if (read.ec != std::errc() || read.ptr != value.data() + value.size() || pax_size_ < 0) {
      return Invalid(StrCat("a pax header ", Where(), " has a size that is none"));
    }
  }
  left_ = PaddingOf(length);
  part_ = left_ > 0 ? Part::kPadding : Part::kHeader;
  return absl::OkStatus();
}

absl::Status TarReader::BeginData(std::string name, int64_t size) {
  if (size > kMaxSize) {
    return Invalid(StrCat("the entry \"", name, "\" claims ", size, " bytes, which is absurd"));
  }
  name_ = std::move(name);
  padding_ = PaddingOf(size);
  RETURN_IF_ERROR(delegate_->BeginEntry(name_, size));
  part_ = Part::kData;
  left_ = size;
  return size == 0 ? EndData() : absl::OkStatus();
}

absl::Status TarReader::EndData() {
  left_ = padding_;
  part_ = left_ > 0 ? Part::kPadding : Part::kHeader;
  return delegate_->EndEntry();
}

absl::Status TarReader::Finish() const {
  if (part_ == Part::kEnd) return absl::OkStatus();
  if (offset_ == 0) return Corrupt("the file is empty");
  if (offset_ < static_cast<int64_t>(kTarBlock)) {
    return Corrupt("this is no job file, or only the beginning of one");
  }
  if (part_ == Part::kData) {
    return Corrupt(StrCat("the file is cut short: \"", name_, "\" lacks ", left_, " bytes"));
  }
  return Corrupt(StrCat("the file is cut short ", Where()));
}

}  // namespace lab
