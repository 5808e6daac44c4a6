#include "core/config/corpus_registry.h"

#include <algorithm>

#include <sys/stat.h>
#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kLargestRegistry = int64_t{16} << 20;
constexpr size_t kLongestName = 64;

absl::Status Damaged(const fs::path& file) {
  return Failure(absl::StatusCode::kDataLoss, reason::kCorpusInvalid,
                 StrCat(file.string(),
                        " is not the list of registered corpora that it should be; mend it or "
                        "remove it (the texts themselves lie elsewhere)"));
}

}  // namespace

fs::path CorpusRegistryPath(const Places& places) {
  return places.data / "corpora" / "registered.json";
}

absl::StatusOr<std::vector<RegisteredCorpus>> ReadCorpusRegistry(const fs::path& file) {
  std::vector<RegisteredCorpus> corpora;
  std::error_code error;
  if (!fs::exists(file, error)) return corpora;
  ASSIGN_OR_RETURN(std::string text, ReadFile(file, kLargestRegistry));
  const json root = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object() || !root.contains("corpora") || !root["corpora"].is_array()) {
    return Damaged(file);
  }
  for (const json& row : root["corpora"]) {
    RegisteredCorpus corpus;
    bool sound = row.is_object();
    auto take = [&](const char* key, auto& value, auto is) {
      sound = sound && row.contains(key) && is(row[key]);
      if (sound) row[key].get_to(value);
    };
    auto text_of = [](const json& value) { return value.is_string(); };
    auto number = [](const json& value) { return value.is_number_integer(); };
    take("name", corpus.name, text_of);
    take("path", corpus.path, text_of);
    take("size_bytes", corpus.size_bytes, number);
    take("modified_nanos", corpus.modified_nanos, number);
    take("sha256", corpus.sha256, text_of);
    take("documents", corpus.documents, number);
    take("added_millis", corpus.added_millis, number);
    if (!sound) return Damaged(file);
    corpora.push_back(std::move(corpus));
  }
  return corpora;
}

absl::Status WriteCorpusRegistry(const fs::path& file,
                                 const std::vector<RegisteredCorpus>& corpora) {
  json rows = json::array();
  for (const RegisteredCorpus& corpus : corpora) {
    rows.push_back({{"name", corpus.name},
                    {"path", corpus.path},
                    {"size_bytes", corpus.size_bytes},
                    {"modified_nanos", corpus.modified_nanos},
                    {"sha256", corpus.sha256},
                    {"documents", corpus.documents},
                    {"added_millis", corpus.added_millis}});
  }
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) {
    return Failure(absl::StatusCode::kInternal, reason::kIoError,
                   StrCat("creating ", file.parent_path().string(), ": ", error.message()));
  }
  return WriteFileAtomically(file, json{{"version", 1}, {"corpora", rows}}.dump(1) + "\n");
}

const char* CorpusStateName(CorpusState state) {
  switch (state) {
    case CorpusState::kUnchanged:
      return "unchanged";
    case CorpusState::kChanged:
      return "changed";
    case CorpusState::kMissing:
      break;
  }
  return "missing";
}

CorpusState StateOf(const RegisteredCorpus& corpus) {
  std::error_code error;
  if (!fs::is_regular_file(corpus.path, error)) return CorpusState::kMissing;
  const auto size = fs::file_size(corpus.path, error);
  if (error) return CorpusState::kMissing;
  if (static_cast<int64_t>(size) != corpus.size_bytes) return CorpusState::kChanged;
  if (ModifiedNanos(corpus.path) == corpus.modified_nanos) return CorpusState::kUnchanged;
  auto hash = Sha256File(corpus.path);
  if (!hash.ok()) return CorpusState::kMissing;
  return *hash == corpus.sha256 ? CorpusState::kUnchanged : CorpusState::kChanged;
}

absl::Status CheckCorpusName(const std::string& name) {
  auto allowed = [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  const bool sound = !name.empty() && name.size() <= kLongestName &&
                     std::all_of(name.begin(), name.end(), allowed);
  const bool path = name.ends_with(".txt") || name.ends_with(".jsonl") || name.ends_with(".gguf");
  if (sound && !path) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Absl(StrCat("'", name, "' cannot name a corpus: 1 to ", kLongestName,
                  " letters, digits, '-', '_' or '.', not ending in .txt, .jsonl or .gguf "
                  "(give another with --name)")));
}

std::optional<int64_t> ModifiedNanos(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
}

}  // namespace lab
