#include "core/data/corpus.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "core/base/paths.h"
#include "core/base/strings.h"
#include "core/config/corpus_registry.h"
#include "core/data/data_config.h"
#include "core/data/manifest.h"
#include "core/tokenizer/tokenizer.h"

namespace lab {
namespace {

absl::Status Invalid(std::string_view message) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kCorpusInvalid, message);
}
absl::Status Cancelled() { return absl::CancelledError("cancelled while reading the corpus"); }

constexpr std::string_view kWhiteSpace = " \t\n\r\v\f";

// Calls `visit(line, number)` for each line without its end, as long as it returns true.
template <class Visit>
void ForEachLine(std::string_view text, const Visit& visit) {
  int64_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!visit(line, ++number)) return;
  }
}

absl::Status ReadJsonl(std::string_view text, const ProgressCallback& progress, Corpus& corpus) {
  auto texts = std::make_shared<std::vector<std::string>>();
  absl::Status status;
  ForEachLine(text, [&](std::string_view line, int64_t number) {
    if (line.find_first_not_of(kWhiteSpace) == std::string_view::npos) return true;
    auto fail = [&](std::string_view what) {
      status = Invalid(StrCat(corpus.name, ":", number, ": ", what));
      return false;
    };
    auto object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (object.is_discarded()) return fail("not a JSON object");
    if (!object.is_object()) return fail("not a JSON object but another value");
    auto found = object.find("text");
    if (found == object.end()) return fail("no \"text\" here");
    if (!found->is_string()) return fail("\"text\" is not a string");
    texts->push_back(std::move(found->get_ref<std::string&>()));
    if (number % 4096 == 0 &&
        !progress("reading", line.data() - text.data(), static_cast<int64_t>(text.size()))) {
      status = Cancelled();
      return false;
    }
    return true;
  });
  RETURN_IF_ERROR(status);
  for (const std::string& one : *texts) {
    for (std::string_view document : SplitDocuments(one)) corpus.documents.push_back(document);
  }
  corpus.storage = texts;
  return absl::OkStatus();
}

// Read into memory and not mapped: what is hashed and what is tokenised must be the same text, even
// if someone edits the file meanwhile.
absl::StatusOr<Corpus> OpenFile(const std::string& name, const std::string& path, bool require_utf8,
                                const ProgressCallback& progress) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return Failure(
        absl::StatusCode::kNotFound, reason::kCorpusMissing,
        StrCat("no file ", path,
               std::filesystem::path(path).is_absolute() ? "" : " in the current folder"));
  }
  if (!std::filesystem::is_regular_file(path, error)) return Invalid(StrCat(path, " is no file"));
  if (!progress("reading", 0, 1)) return Cancelled();
  ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  auto storage = std::make_shared<const std::string>(std::move(text));
  Corpus corpus;
  corpus.name = name;
  corpus.file_sha256 = Sha256(*storage);
  if (std::filesystem::path(path).extension() == ".jsonl") {
    RETURN_IF_ERROR(ReadJsonl(*storage, progress, corpus));
  } else {
    size_t bad = require_utf8 ? FirstInvalidUtf8(*storage) : std::string_view::npos;
    if (bad != std::string_view::npos) {
      return Invalid(StrCat(path, " is not UTF-8 at byte ", bad,
                            "; only the tokenizer 'byte' takes any bytes"));
    }
    corpus.documents = SplitDocuments(*storage);
    corpus.storage = storage;
  }
  if (corpus.documents.empty()) {
    return Invalid(StrCat(path, " holds no text: ", storage->size(), " bytes, 0 documents"));
  }
  return corpus;
}

absl::StatusOr<Corpus> Generate(const ManifestRow& row, const ProgressCallback& progress) {
  auto texts = std::make_shared<std::vector<std::string>>();
  Corpus corpus;
  corpus.name = row.name;
  corpus.source = MakeSource(row);
  texts->reserve(row.documents);
  for (int64_t i = 0; i < row.documents; ++i) {
    if (i % 1024 == 0 && !progress("generating", i, row.documents)) return Cancelled();
    texts->push_back(corpus.source->Document(row.seed, static_cast<uint64_t>(i)));
  }
  corpus.documents.assign(texts->begin(), texts->end());
  corpus.storage = texts;
  return corpus;
}

// What people registered with this home's labd.
absl::StatusOr<std::vector<RegisteredCorpus>> Registered() {
  ASSIGN_OR_RETURN(Places places, FindPlaces());
  return ReadCorpusRegistry(CorpusRegistryPath(places));
}

absl::StatusOr<Corpus> OpenRegistered(const RegisteredCorpus& row, bool require_utf8,
                                      const ProgressCallback& progress) {
  auto corpus = OpenFile(row.path, row.path, require_utf8, progress);
  if (!corpus.ok()) {
    return WithContext(corpus.status(),
                       StrCat("the corpus '", row.name, "', registered as ", row.path));
  }
  corpus->name = row.name;
  if (corpus->file_sha256 != row.sha256) {
    corpus->note = StrCat("the corpus '", row.name, "' is not what was registered: ", row.path,
                          " changed since; this uses it as it is now");
  }
  return corpus;
}

absl::Status MissingCorpus(const std::string& name,
                           const std::vector<RegisteredCorpus>& registered) {
  std::vector<std::string> names;
  for (const ManifestRow& row : BuiltInManifest()) names.push_back(row.name);
  for (const RegisteredCorpus& row : registered) names.push_back(row.name);
  std::string list;
  for (const std::string& one : names) list += StrCat(list.empty() ? "" : ", ", one);
  std::string nearest = NearestWord(name, names);
  return Failure(
      absl::StatusCode::kNotFound, reason::kCorpusMissing,
      StrCat("no corpus '", name, "'; there are: ", list, ", or a path to a text file or .jsonl",
             nearest.empty() ? "" : StrCat("; did you mean ", nearest, "?")));
}

}  // namespace

int64_t Corpus::TextBytes() const {
  int64_t bytes = 0;
  for (std::string_view document : documents) bytes += static_cast<int64_t>(document.size());
  return bytes;
}

std::string HashDocuments(const std::vector<std::string_view>& documents) {
  std::string hashes = "documents\n";
  for (std::string_view document : documents) hashes += Sha256(document);
  return Sha256(hashes);
}

std::vector<CorpusInfo> ListCorpora() {
  std::vector<CorpusInfo> list;
  for (const ManifestRow& row : BuiltInManifest()) {
    list.push_back(
        {row.name, row.kind, row.title, row.licence, row.documents, MakeSource(row) != nullptr});
  }
  return list;
}

absl::StatusOr<Corpus> OpenCorpus(const std::string& name_or_path, bool require_utf8,
                                  const ProgressCallback& progress) {
  if (LooksLikePath(name_or_path)) {
    return OpenFile(name_or_path, name_or_path, require_utf8, progress);
  }
  for (const ManifestRow& row : BuiltInManifest()) {
    if (row.name != name_or_path) continue;
    if (row.kind == "generated") return Generate(row, progress);
    return OpenFile(row.name, row.path, require_utf8, progress);
  }
  ASSIGN_OR_RETURN(std::vector<RegisteredCorpus> registered, Registered());
  for (const RegisteredCorpus& row : registered) {
    if (row.name == name_or_path) return OpenRegistered(row, require_utf8, progress);
  }
  return MissingCorpus(name_or_path, registered);
}

std::vector<std::string_view> SplitDocuments(std::string_view text) {
  std::vector<std::string_view> documents;
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = std::min(text.find(kEndOfText, begin), text.size());
    std::string_view document = text.substr(begin, end - begin);
    if (document.find_first_not_of(kWhiteSpace) != std::string_view::npos) {
      documents.push_back(document);
    }
    begin = end + kEndOfText.size();
  }
  return documents;
}

Corpus Unwrap(const Corpus& corpus) {
  auto texts = std::make_shared<std::vector<std::string>>();
  for (std::string_view document : corpus.documents) {
    std::string& text = texts->emplace_back();
    text.reserve(document.size());
    bool after_text = false;  // the line before this one holds text and has no end yet
    ForEachLine(document, [&](std::string_view line, int64_t) {
      bool blank = line.find_first_not_of(kWhiteSpace) == std::string_view::npos;
      if (after_text) text += blank ? "\n" : " ";
      text += blank ? std::string_view("\n") : line;
      after_text = !blank;
      return true;
    });
    if (after_text && document.back() == '\n') text += "\n";
  }
  Corpus result;
  result.name = corpus.name;
  result.file_sha256 = corpus.file_sha256;
  result.note = corpus.note;
  result.documents.assign(texts->begin(), texts->end());
  result.storage = texts;
  return result;
}

CorpusSplit SplitCorpus(const Corpus& corpus, double fraction) {
  CorpusSplit split;
  if (fraction <= 0) {
    split.train = corpus.documents;
    return split;
  }
  if (corpus.documents.size() > 1) {
    double target = fraction * static_cast<double>(corpus.TextBytes());
    size_t first = corpus.documents.size();
    double held = 0;
    // A document more as long as that comes nearer to the target.
    while (first > 1) {
      double size = static_cast<double>(corpus.documents[first - 1].size());
      bool none_yet = first == corpus.documents.size();
      if (!none_yet && held + size / 2 > target) break;
      held += size;
      --first;
    }
    auto border = corpus.documents.begin() + static_cast<std::ptrdiff_t>(first);
    split.train.assign(corpus.documents.begin(), border);
    split.validation.assign(border, corpus.documents.end());
    return split;
  }
  for (std::string_view text : corpus.documents) {
    auto cut = static_cast<size_t>(std::floor((1 - fraction) * static_cast<double>(text.size())));
    // Back to the first byte of a character; at most three steps, so that any bytes can be cut.
    for (int i = 0; i < 3 && cut > 0 && cut < text.size() && (text[cut] & 0xC0) == 0x80; ++i) --cut;
    if (cut > 0) split.train.push_back(text.substr(0, cut));
    if (cut < text.size()) split.validation.push_back(text.substr(cut));
  }
  return split;
}

}  // namespace lab
