#include "core/data/token_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <system_error>

#include "core/base/strings.h"

namespace lab {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::string_view kMagic = "LABTOKEN";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 128;
constexpr int64_t kMaxVocabulary = std::numeric_limits<int32_t>::max();

// docs/formats/token_file.md, byte by byte.
struct Header {
  char magic[8];
  uint32_t version;
  uint32_t id_bytes;
  uint64_t token_count;
  uint64_t document_count;
  uint64_t text_bytes;
  uint32_t vocab_size;
  uint32_t end_of_text;
  char tokenizer_hash[32];
  char corpus_hash[32];
  char reserved[16];
};
static_assert(sizeof(Header) == kHeaderBytes);

int IdBytes(int64_t vocab_size) { return vocab_size <= 65536 ? 2 : 4; }

absl::Status Corrupt(const std::filesystem::path& path, std::string_view what) {
  return Failure(absl::StatusCode::kDataLoss, reason::kCorpusInvalid,
                 StrCat("token file ", path.string(), ": ", what));
}

template <class Id>
int64_t LargestId(const char* ids, int64_t count) {
  Id largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    Id id;
    std::memcpy(&id, ids + i * sizeof(Id), sizeof(Id));
    largest = std::max(largest, id);
  }
  return largest;
}

template <class Id, class Out>
void CopyIds(const char* ids, int64_t begin, int64_t count, Out* out) {
  for (int64_t i = 0; i < count; ++i) {
    Id id;
    std::memcpy(&id, ids + (begin + i) * static_cast<int64_t>(sizeof(Id)), sizeof(Id));
    out[i] = static_cast<Out>(id);
  }
}

bool SetHash(const std::string& hex, char (&field)[32]) {
  std::string bytes;
  if (!FromHex(hex, &bytes) || bytes.size() != sizeof(field)) return false;
  std::memcpy(field, bytes.data(), sizeof(field));
  return true;
}

absl::Status CheckHeader(const std::filesystem::path& path, const Header& header,
                         size_t file_bytes) {
  if (std::string_view(header.magic, 8) != kMagic) return Corrupt(path, "not a token file");
  if (header.version != kVersion) {
    return Corrupt(path, StrCat("version ", header.version, ", this program reads ", kVersion));
  }
  if (header.vocab_size < 1 || int64_t{header.vocab_size} > kMaxVocabulary) {
    return Corrupt(path, StrCat("vocab_size is ", header.vocab_size));
  }
  if (header.id_bytes != static_cast<uint32_t>(IdBytes(header.vocab_size))) {
    return Corrupt(
        path, StrCat("id_bytes is ", header.id_bytes, " for a vocabulary of ", header.vocab_size));
  }
  if (header.end_of_text >= header.vocab_size) {
    return Corrupt(path, StrCat("end_of_text is ", header.end_of_text, " in a vocabulary of ",
                                header.vocab_size));
  }
  uint64_t held = (file_bytes - kHeaderBytes) / header.id_bytes;
  if (header.token_count != held || (file_bytes - kHeaderBytes) % header.id_bytes != 0) {
    return Corrupt(path, StrCat("token_count is ", header.token_count, ", the file's ", file_bytes,
                                " bytes hold ", held));
  }
  if (header.document_count > header.token_count) {
    return Corrupt(path, StrCat("document_count is ", header.document_count, " with ",
                                header.token_count, " tokens"));
  }
  if (header.text_bytes > uint64_t{1} << 62) {
    return Corrupt(path, StrCat("text_bytes is ", header.text_bytes));
  }
  for (char byte : header.reserved) {
    if (byte != 0) return Corrupt(path, "reserved bytes are not zero");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TokenFile> TokenFile::Open(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::Open(path));
  TokenFile file;
  file.file_ = std::make_shared<const MappedFile>(std::move(mapped));
  std::string_view bytes = file.file_->bytes();
  if (bytes.size() < kHeaderBytes) {
    return Corrupt(path, StrCat("only ", bytes.size(), " bytes, a header has ", kHeaderBytes));
  }
  Header header;
  std::memcpy(&header, bytes.data(), kHeaderBytes);
  RETURN_IF_ERROR(CheckHeader(path, header, bytes.size()));
  file.ids_ = bytes.data() + kHeaderBytes;
  file.width_ = static_cast<int>(header.id_bytes);
  TokenFileInfo& info = file.info_;
  info.token_count = static_cast<int64_t>(header.token_count);
  info.document_count = static_cast<int64_t>(header.document_count);
  info.text_bytes = static_cast<int64_t>(header.text_bytes);
  info.vocab_size = header.vocab_size;
  info.end_of_text = static_cast<int32_t>(header.end_of_text);
  info.tokenizer_hash = ToHex({header.tokenizer_hash, sizeof(header.tokenizer_hash)});
  info.corpus_hash = ToHex({header.corpus_hash, sizeof(header.corpus_hash)});
  // An id beyond the vocabulary would be read from outside the embedding.
  int64_t largest = file.width_ == 2 ? LargestId<uint16_t>(file.ids_, info.token_count)
                                     : LargestId<uint32_t>(file.ids_, info.token_count);
  if (largest >= info.vocab_size) {
    return Corrupt(path,
                   StrCat("holds id ", largest, ", outside its vocabulary of ", info.vocab_size));
  }
  return file;
}

int32_t TokenFile::At(int64_t position) const {
  int32_t id = 0;
  Read(position, 1, &id);
  return id;
}

void TokenFile::Read(int64_t begin, int64_t count, int32_t* out) const {
  width_ == 2 ? CopyIds<uint16_t>(ids_, begin, count, out)
              : CopyIds<uint32_t>(ids_, begin, count, out);
}

void TokenFile::Read(int64_t begin, int64_t count, int64_t* out) const {
  width_ == 2 ? CopyIds<uint16_t>(ids_, begin, count, out)
              : CopyIds<uint32_t>(ids_, begin, count, out);
}

absl::StatusOr<TokenFileWriter> TokenFileWriter::Create(const std::filesystem::path& path,
                                                        const TokenFileInfo& info) {
  TokenFileWriter writer;
  writer.path_ = path;
  writer.temporary_ = path.parent_path() / StrCat(".", path.filename().string(), ".part");
  writer.info_ = info;
  writer.info_.token_count = writer.info_.document_count = writer.info_.text_bytes = 0;
  Header probe;
  if (info.vocab_size < 1 || info.vocab_size > kMaxVocabulary || info.end_of_text < 0 ||
      info.end_of_text >= info.vocab_size || !SetHash(info.tokenizer_hash, probe.tokenizer_hash) ||
      !SetHash(info.corpus_hash, probe.corpus_hash)) {
    return absl::InvalidArgumentError("a token file needs a vocabulary and two SHA-256 hashes");
  }
  writer.file_.reset(std::fopen(writer.temporary_.c_str(), "wb"));
  if (writer.file_ == nullptr) return ErrnoStatus("creating", writer.temporary_);
  std::array<char, kHeaderBytes> blank{};  // the counts are known at the end
  if (std::fwrite(blank.data(), 1, blank.size(), writer.file_.get()) != blank.size()) {
    return ErrnoStatus("writing", writer.temporary_);
  }
  return writer;
}

TokenFileWriter::~TokenFileWriter() {
  if (file_ == nullptr) return;
  file_.reset();
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

absl::Status TokenFileWriter::Append(const std::vector<int32_t>& ids) {
  size_t width = static_cast<size_t>(IdBytes(info_.vocab_size));
  std::string bytes(ids.size() * width, '\0');
  for (size_t i = 0; i < ids.size(); ++i) {
    auto id = static_cast<uint32_t>(ids[i]);
    if (id >= info_.vocab_size) {
      return absl::InternalError(
          StrCat("token id ", ids[i], " in a vocabulary of ", info_.vocab_size));
    }
    std::memcpy(bytes.data() + i * width, &id, width);  // little-endian: the low bytes come first
  }
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
    return ErrnoStatus("writing", temporary_);
  }
  info_.token_count += static_cast<int64_t>(ids.size());
  return absl::OkStatus();
}

absl::Status TokenFileWriter::EndDocument(int64_t text_bytes) {
  RETURN_IF_ERROR(Append({info_.end_of_text}));
  ++info_.document_count;
  info_.text_bytes += text_bytes;
  return absl::OkStatus();
}

absl::Status TokenFileWriter::Finish() {
  Header header{};
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  header.version = kVersion;
  header.id_bytes = static_cast<uint32_t>(IdBytes(info_.vocab_size));
  header.token_count = static_cast<uint64_t>(info_.token_count);
  header.document_count = static_cast<uint64_t>(info_.document_count);
  header.text_bytes = static_cast<uint64_t>(info_.text_bytes);
  header.vocab_size = static_cast<uint32_t>(info_.vocab_size);
  header.end_of_text = static_cast<uint32_t>(info_.end_of_text);
  SetHash(info_.tokenizer_hash, header.tokenizer_hash);
  SetHash(info_.corpus_hash, header.corpus_hash);
  if (std::fseek(file_.get(), 0, SEEK_SET) != 0 ||
      std::fwrite(&header, 1, kHeaderBytes, file_.get()) != kHeaderBytes ||
      std::fflush(file_.get()) != 0) {
    return ErrnoStatus("writing", temporary_);
  }
  RETURN_IF_ERROR(SyncPath(temporary_));
  std::error_code error;
  std::filesystem::rename(temporary_, path_, error);
  if (error)
    return absl::InternalError(StrCat("renaming ", temporary_.string(), ": ", error.message()));
  file_.reset();
  return SyncPath(path_.parent_path());
}

}  // namespace lab
