#include "core/data/manifest.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "core/base/strings.h"
#include "core/config/embedded.h"
#include "core/config/yaml_tree.h"
#include "core/data/arithmetic.h"
#include "core/data/copy.h"
#include "core/data/markov.h"
#include "core/data/stories.h"

namespace lab {
namespace {

constexpr std::string_view kManifestPath = "corpus/manifest.yaml";

// The table of generators.
struct Generator {
  std::string_view name;
  std::shared_ptr<const KnownSource> (*make)(const ManifestRow& row);
};
constexpr Generator kGenerators[] = {
    {"stories", [](const ManifestRow&) { return MakeStories(); }},
    {"markov", [](const ManifestRow& row) { return MakeMarkov(row.seed); }},
    {"arithmetic", [](const ManifestRow&) { return MakeArithmetic(/*reversed=*/false); }},
    {"arithmetic-reversed", [](const ManifestRow&) { return MakeArithmetic(/*reversed=*/true); }},
    {"copy", [](const ManifestRow&) { return MakeCopy(); }},
};

const Generator* FindGenerator(std::string_view name) {
  for (const Generator& generator : kGenerators) {
    if (generator.name == name) return &generator;
  }
  return nullptr;
}

absl::Status Error(int line, std::string_view message) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kConfigInvalid,
                 StrCat(kManifestPath, ":", line, ": ", message));
}
absl::Status Error(const YamlNode& node, std::string_view message) {
  return Error(node.line, message);
}

template <class Number>
absl::Status ReadNumber(const YamlNode& node, Number& number) {
  const std::string& text = node.text;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Error(node, StrCat("'", text, "' is not a whole number"));
  }
  return absl::OkStatus();
}

absl::Status ReadKey(const std::string& key, const YamlNode& value, ManifestRow& row) {
  if (!value.is_scalar()) return Error(value, StrCat(key, " is not a single value"));
  if (key == "documents") return ReadNumber(value, row.documents);
  if (key == "seed") return ReadNumber(value, row.seed);
  std::pair<std::string_view, std::string*> texts[] = {
      {"name", &row.name},          {"kind", &row.kind},       {"title", &row.title},
      {"licence", &row.licence},    {"teaches", &row.teaches}, {"path", &row.path},
      {"generator", &row.generator}};
  for (auto& [name, text] : texts) {
    if (name == key) {
      *text = value.text;
      return absl::OkStatus();
    }
  }
  return Error(value, StrCat("unknown key '", key, "'"));
}

absl::Status CheckRow(const YamlNode& node, const ManifestRow& row) {
  if (row.name.empty()) return Error(node, "a row without a name");
  if (row.title.empty() || row.licence.empty()) {
    return Error(node, StrCat(row.name, ": title and licence are needed"));
  }
  if (row.kind == "generated") {
    if (FindGenerator(row.generator) == nullptr) {
      return Error(node, StrCat(row.name, ": unknown generator '", row.generator, "'"));
    }
    if (row.documents < 1 || row.documents > int64_t{1} << 32) {
      return Error(node, StrCat(row.name, ": documents must be at least 1, is ", row.documents));
    }
    return absl::OkStatus();
  }
  if (row.kind == "local") {
    bool absolute = !row.path.empty() && row.path[0] == '/';
    return absolute ? absl::OkStatus()
                    : Error(node, StrCat(row.name, ": path must be absolute, is '", row.path, "'"));
  }
  return Error(node, StrCat(row.name, ": unknown kind '", row.kind, "'"));
}

}  // namespace

absl::StatusOr<std::vector<ManifestRow>> ParseManifest(std::string_view yaml) {
  YamlTree tree = ParseYaml(yaml, kManifestPath);
  if (!tree.errors.empty()) {
    const ConfigError& first = tree.errors[0];
    return Error(first.line, StrCat(first.field, first.field.empty() ? "" : ": ", first.message));
  }
  const YamlNode* list = tree.root.Find("corpora");
  if (list == nullptr || !list->is_list() || tree.root.keys.size() != 1) {
    return Error(tree.root, "expected the key 'corpora' with a list, and no other");
  }
  std::vector<ManifestRow> rows;
  for (const YamlNode& entry : list->items) {
    if (!entry.is_map()) return Error(entry, "expected the keys of a corpus");
    ManifestRow row;
    for (size_t i = 0; i < entry.keys.size(); ++i) {
      RETURN_IF_ERROR(ReadKey(entry.keys[i], entry.items[i], row));
    }
    RETURN_IF_ERROR(CheckRow(entry, row));
    for (const ManifestRow& other : rows) {
      if (other.name == row.name) return Error(entry, StrCat(row.name, " was there before"));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

const std::vector<ManifestRow>& BuiltInManifest() {
  static const std::vector<ManifestRow> rows = [] {
    std::string_view text;
    for (const EmbeddedFile& file : EmbeddedFiles()) {
      if (file.path == kManifestPath) text = file.text;
    }
    auto parsed = ParseManifest(text);
    if (!parsed.ok()) {  // part of the program; a test parses it too
      std::fprintf(stderr, "%s\n", std::string(MessageOf(parsed.status())).c_str());
      std::abort();
    }
    return *std::move(parsed);
  }();
  return rows;
}

std::shared_ptr<const KnownSource> MakeSource(const ManifestRow& row) {
  const Generator* generator = FindGenerator(row.generator);
  return generator == nullptr ? nullptr : generator->make(row);
}

std::vector<std::string> AllPartNames() {
  std::vector<std::string> names;
  for (const ManifestRow& row : BuiltInManifest()) {
    auto source = MakeSource(row);
    if (source == nullptr) continue;
    for (const EntropyPart& part : source->Parts()) {
      if (std::find(names.begin(), names.end(), part.name) == names.end()) {
        names.push_back(part.name);
      }
    }
  }
  return names;
}

}  // namespace lab
