#include "core/config/config.h"

#include <algorithm>
#include <utility>

#include "core/base/status.h"
#include "core/base/strings.h"
#include "core/config/yaml_reader.h"

namespace lab {
namespace {

struct HeaderKeys {
  std::string type;
  std::string name;
  int64_t seeds = 1;

  template <class V>
  constexpr void Describe(V& v) {
    v("type", type, {.help = "what kind of job"});
    v("name", name, {.help = "what people call it"});
    v("seeds", seeds, {.help = "jobs that differ in their seed alone", .min = 1});
  }
};

constexpr size_t kNameLimit = 200;

}  // namespace

std::string ToString(const ConfigError& error) {
  std::string text;
  if (!error.file.empty() && error.line > 0) {
    text = StrCat(error.file, ":", error.line, ": ");
  } else if (!error.file.empty()) {
    text = StrCat(error.file, ": ");
  } else if (error.line > 0) {
    text = StrCat("line ", error.line, ": ");
  }
  if (!error.field.empty()) text += StrCat(error.field, ": ");
  text += error.message;
  if (!error.reason.empty()) text += StrCat(" (", error.reason, ")");
  if (!error.suggestion.empty()) text += StrCat("; did you mean ", error.suggestion, "?");
  return text;
}

void AddErrors(const std::vector<ConfigError>& more, std::vector<ConfigError>* all) {
  for (const ConfigError& error : more) {
    if (std::find(all->begin(), all->end(), error) == all->end()) all->push_back(error);
  }
  SortErrors(all);
}

Parsed<JobHeader> ParseHeader(const ConfigText& text) {
  Parsed<JobHeader> parsed;
  YamlTree tree = ReadTree(text);
  parsed.errors = tree.errors;
  if (tree.broken) return parsed;
  HeaderKeys keys;
  Section section = RowsOf(keys);
  Reading reading = ReadRows(text, std::move(tree), Keys::kSome, section);
  auto fail = [&](std::string field, std::string message) {
    reading.errors.push_back({text.file, 0, std::move(field), std::move(message),
                              std::string(reason::kConfigInvalid), ""});
  };
  bool type_is_wrong = std::any_of(reading.errors.begin(), reading.errors.end(),
                                   [](const ConfigError& error) { return error.field == "type"; });
  if (keys.type.empty() && !type_is_wrong) fail("type", "a job needs a type, like type: pretrain");
  if (keys.name.size() > kNameLimit)
    fail("name", StrCat("must have at most ", kNameLimit, " bytes"));
  if (keys.name.find('\n') != std::string::npos) fail("name", "must be one line");
  AddErrors(reading.errors, &parsed.errors);
  parsed.config = {std::move(keys.type), std::move(keys.name), keys.seeds};
  return parsed;
}

}  // namespace lab
