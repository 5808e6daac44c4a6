#include "core/data/prepare.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <vector>

#include "core/base/paths.h"
#include "core/base/strings.h"
#include "core/config/config.h"
#include "core/data/batch_order.h"
#include "core/data/corpus.h"
#include "core/data/manifest.h"
#include "core/data/tokenise.h"
#include "core/tokenizer/bpe_trainer.h"
#include "core/tokenizer/char_tokenizer.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

// Part of every cache key: raised when the same text would become other tokens.
constexpr int kCacheVersion = 1;
// At submit a larger file is not read: it cannot be too small, and reading it would take a while.
constexpr uintmax_t kReadAtSubmit = uintmax_t{64} << 20;

// The text as it will be used.
struct Text {
  Corpus corpus;      // after the filter
  Corpus validation;  // of validation.corpus, else empty
  CorpusSplit split;
  std::vector<std::string> notes;
  const KnownSource* source = nullptr;  // of the validation documents (the training ones if none)
};

absl::StatusOr<TokenizerChoice> Choice(const DataConfig& config) {
  auto choice = ParseTokenizerChoice(config.tokenizer);
  if (choice) return *choice;
  return Failure(
      absl::StatusCode::kInvalidArgument, reason::kConfigInvalid,
      StrCat("data.tokenizer must be byte, char, bpe:N or a path, is '", config.tokenizer, "'"));
}

absl::StatusOr<Text> OpenText(const DataConfig& config, const ProgressCallback& progress) {
  ASSIGN_OR_RETURN(TokenizerChoice choice, Choice(config));
  Text text;
  bool utf8 = choice.kind != TokenizerChoice::Kind::kByte;
  auto open = [&](const std::string& name) -> absl::StatusOr<Corpus> {
    ASSIGN_OR_RETURN(Corpus corpus, OpenCorpus(name, utf8, progress));
    if (!corpus.note.empty()) text.notes.push_back(corpus.note);
    return config.filter == "unwrap" ? Unwrap(corpus) : std::move(corpus);
  };
  ASSIGN_OR_RETURN(text.corpus, open(config.corpus));
  if (config.validation.corpus.empty()) {
    text.split = SplitCorpus(text.corpus, config.validation.fraction);
    text.source = text.corpus.source.get();
  } else {
    ASSIGN_OR_RETURN(text.validation, open(config.validation.corpus));
    text.split.train = text.corpus.documents;
    text.split.validation = text.validation.documents;
    text.source = text.validation.source.get();
  }
  return text;
}

bool WantsValidation(const DataConfig& config) {
  return !config.validation.corpus.empty() || config.validation.fraction > 0;
}

int64_t Bytes(const std::vector<std::string_view>& documents) {
  int64_t bytes = 0;
  for (std::string_view document : documents) bytes += static_cast<int64_t>(document.size());
  return bytes;
}

absl::Status CheckSize(std::string_view part, const std::vector<std::string_view>& documents,
                       int64_t tokens, bool at_most, int64_t context) {
  if (WindowCount(tokens, context) >= 1) return absl::OkStatus();
  return Failure(
      absl::StatusCode::kFailedPrecondition, reason::kCorpusTooSmall,
      StrCat("the ", part, " text has ", at_most ? "at most " : "", tokens, " tokens (",
             Bytes(documents), " bytes in ", documents.size(),
             documents.size() == 1 ? " document" : " documents", "), one window of context ",
             context, " needs ", context + 1,
             part == "validation"
                 ? "; give more text, a larger validation.fraction, or fraction 0 for none"
                 : "; give more text or a smaller model.context"));
}

absl::StatusOr<std::shared_ptr<const Tokenizer>> CachedBpe(
    int64_t vocab_size, const std::vector<std::string_view>& documents, const std::string& hash,
    const fs::path& cache, const ProgressCallback& progress) {
  std::string key = Sha256(StrCat("bpe ", kCacheVersion, " ", vocab_size, " ", hash));
  fs::path path = cache / "tokenizers" / StrCat(key, ".json");
  std::error_code error;
  if (fs::exists(path, error)) {
    auto loaded = LoadTokenizer(path);
    if (loaded.ok()) return loaded;  // a damaged one is made again
  }
  ASSIGN_OR_RETURN(FileLock lock, WaitForLock(cache / "locks" / StrCat(key, ".lock"), progress));
  if (auto loaded = LoadTokenizer(path); loaded.ok()) return loaded;  // another made it meanwhile
  ASSIGN_OR_RETURN(auto tokenizer, TrainBpe(documents, vocab_size, progress));
  RETURN_IF_ERROR(WriteFileAtomically(path, tokenizer->ToJson()));
  return tokenizer;
}

absl::StatusOr<std::shared_ptr<const Tokenizer>> GetTokenizer(const DataConfig& config,
                                                              const Text& text,
                                                              const std::string& train_hash,
                                                              const fs::path& cache,
                                                              const ProgressCallback& progress) {
  ASSIGN_OR_RETURN(TokenizerChoice choice, Choice(config));
  switch (choice.kind) {
    case TokenizerChoice::Kind::kByte:
      return ByteTokenizer();
    case TokenizerChoice::Kind::kChar:
      return TrainChar(text.split.train);
    case TokenizerChoice::Kind::kBpe:
      return CachedBpe(choice.vocab_size, text.split.train, train_hash, cache, progress);
    case TokenizerChoice::Kind::kPath:
      return LoadTokenizer(choice.path);
  }
  return absl::InternalError("no such tokenizer");
}

absl::StatusOr<TokenFile> CachedTokens(const std::vector<std::string_view>& documents,
                                       const std::string& hash, const Tokenizer& tokenizer,
                                       const fs::path& cache, const ProgressCallback& progress,
                                       bool& from_cache) {
  std::string tokenizer_hash = tokenizer.Hash();
  std::string key = Sha256(StrCat("tokens ", kCacheVersion, " ", tokenizer_hash, " ", hash));
  fs::path path = cache / "tokens" / StrCat(key, ".tokens");
  auto open = [&]() -> absl::StatusOr<TokenFile> {
    ASSIGN_OR_RETURN(TokenFile file, TokenFile::Open(path));
    if (file.info().tokenizer_hash != tokenizer_hash || file.info().corpus_hash != hash ||
        file.info().document_count != static_cast<int64_t>(documents.size())) {
      return absl::DataLossError("the file is of another text");
    }
    return file;
  };
  if (auto file = open(); file.ok()) return file;  // a damaged one is made again
  ASSIGN_OR_RETURN(FileLock lock, WaitForLock(cache / "locks" / StrCat(key, ".lock"), progress));
  if (auto file = open(); file.ok()) return file;  // another made it meanwhile
  from_cache = false;
  RETURN_IF_ERROR(WriteTokenFile(path, documents, tokenizer, hash, progress));
  return open();
}

// The part of each token: that of its first byte.
absl::StatusOr<std::vector<uint8_t>> PartsOfTokens(const std::vector<std::string_view>& documents,
                                                   const KnownSource& source,
                                                   const Tokenizer& tokenizer,
                                                   const TokenFile& tokens) {
  std::vector<uint8_t> parts;
  parts.reserve(static_cast<size_t>(tokens.size()));
  for (std::string_view document : documents) {
    ASSIGN_OR_RETURN(PartsReading reading, source.ReadParts(document));
    size_t byte = 0;
    while (true) {
      const int32_t id = tokens.At(static_cast<int64_t>(parts.size()));
      if (byte > document.size() ||
          (byte == document.size()) != (id == tokens.info().end_of_text)) {
        return absl::InternalError("the tokens are not those of the documents");
      }
      parts.push_back(reading.of_byte[byte]);
      if (byte == document.size()) break;
      byte += tokenizer.TextBytes(id, document.substr(byte));
    }
  }
  return parts;
}

absl::Status FillFloors(const Text& text, PreparedData& data) {
  if (text.source == nullptr) return absl::OkStatus();
  const TokenFile& measured = data.validation.empty() ? data.train : data.validation;
  double tokens = static_cast<double>(measured.size());
  double documents = static_cast<double>(measured.info().document_count);
  data.floor_loss = text.source->EntropyPerDocument() * documents / tokens;
  for (const EntropyPart& part : text.source->Parts()) {
    data.floor_parts.push_back({part.name, part.nats * documents / tokens});
  }
  if (data.validation.empty()) return absl::OkStatus();
  double nats = 0;
  for (std::string_view document : text.split.validation) {
    ASSIGN_OR_RETURN(double log_p, text.source->LogProbability(document));
    nats -= log_p;
  }
  data.floor_val_loss = nats / tokens;
  if (data.floor_parts.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(data.validation_parts, PartsOfTokens(text.split.validation, *text.source,
                                                        *data.tokenizer, data.validation));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PreparedData> PrepareData(const DataConfig& config, const fs::path& cache,
                                         int64_t context, const ProgressCallback& progress) {
  for (const char* folder : {"tokenizers", "tokens", "locks"}) {
    std::error_code error;
    fs::create_directories(cache / folder, error);
    if (error) {
      return Failure(absl::StatusCode::kInternal, reason::kIoError,
                     StrCat("creating ", (cache / folder).string(), ": ", error.message()));
    }
  }
  ASSIGN_OR_RETURN(Text text, OpenText(config, progress));
  PreparedData data;
  data.corpus_name = text.corpus.name;
  data.notes = text.notes;
  data.corpus_hash = HashDocuments(text.corpus.documents);
  std::string train_hash = HashDocuments(text.split.train);
  ASSIGN_OR_RETURN(data.tokenizer, GetTokenizer(config, text, train_hash, cache, progress));
  data.from_cache = true;
  ASSIGN_OR_RETURN(data.train, CachedTokens(text.split.train, train_hash, *data.tokenizer, cache,
                                            progress, data.from_cache));
  RETURN_IF_ERROR(CheckSize("training", text.split.train, data.train.size(), false, context));
  data.train_windows = WindowCount(data.train.size(), context);
  if (config.limit_windows > 0) {
    data.train_windows = std::min(data.train_windows, config.limit_windows);
  }
  if (WantsValidation(config)) {
    ASSIGN_OR_RETURN(data.validation,
                     CachedTokens(text.split.validation, HashDocuments(text.split.validation),
                                  *data.tokenizer, cache, progress, data.from_cache));
    RETURN_IF_ERROR(
        CheckSize("validation", text.split.validation, data.validation.size(), false, context));
    data.validation_windows = WindowCount(data.validation.size(), context);
  }
  const TokenFile& measured = data.validation.empty() ? data.train : data.validation;
  data.bytes_per_token =
      static_cast<double>(measured.info().text_bytes) / static_cast<double>(measured.size());
  RETURN_IF_ERROR(FillFloors(text, data));
  return data;
}

namespace {

// A text that a check found fit. It is made, not read, so the same config asks for the same one.
struct CheckedData {
  DataConfig config;
  int64_t context = 0;
  std::vector<std::string> notes;
};
std::mutex checked_mutex;  // guards checked_data
std::optional<CheckedData> checked_data;

bool IsMade(const std::string& corpus) {
  const auto& rows = BuiltInManifest();
  return std::any_of(rows.begin(), rows.end(), [&](const ManifestRow& row) {
    return row.name == corpus && row.kind == "generated";
  });
}

}  // namespace

absl::StatusOr<std::vector<std::string>> CheckData(const DataConfig& config, int64_t context) {
  ASSIGN_OR_RETURN(TokenizerChoice choice, Choice(config));
  if (choice.kind == TokenizerChoice::Kind::kPath) {
    RETURN_IF_ERROR(LoadTokenizer(choice.path).status());
  }
  for (const std::string& name : {config.corpus, config.validation.corpus}) {
    std::error_code error;
    if (!LooksLikePath(name)) continue;
    uintmax_t size = fs::file_size(name, error);
    if (!error && size > kReadAtSubmit) return std::vector<std::string>();
  }
  // The members of a sweep mostly share their text, and making it is nearly all that a check costs.
  const std::string& other = config.validation.corpus;
  const bool is_made = IsMade(config.corpus) && (other.empty() || IsMade(other));
  if (is_made) {
    std::lock_guard lock(checked_mutex);
    const bool same = checked_data && checked_data->context == context &&
                      Diff(checked_data->config, config).empty();
    if (same) return checked_data->notes;
  }
  ASSIGN_OR_RETURN(Text text,
                   OpenText(config, [](std::string_view, int64_t, int64_t) { return true; }));
  auto most = [](const std::vector<std::string_view>& documents) {
    return Bytes(documents) + static_cast<int64_t>(documents.size());  // each has an end-of-text
  };
  RETURN_IF_ERROR(CheckSize("training", text.split.train, most(text.split.train), true, context));
  if (WantsValidation(config)) {
    RETURN_IF_ERROR(
        CheckSize("validation", text.split.validation, most(text.split.validation), true, context));
  }
  if (is_made) {
    std::lock_guard lock(checked_mutex);
    checked_data = {config, context, text.notes};
  }
  return text.notes;
}

}  // namespace lab
