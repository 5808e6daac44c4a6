#include "core/config/yaml_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/status.h"
#include "core/base/strings.h"
#include "core/config/override.h"
#include "core/config/sweep.h"
#include "core/config/value_reader.h"

namespace lab {
namespace {

constexpr std::array<std::string_view, 4> kHeaderKeys = {"type", "name", "seeds", "sweep"};

bool IsHeaderKey(std::string_view key) {
  return std::find(kHeaderKeys.begin(), kHeaderKeys.end(), key) != kHeaderKeys.end();
}

Row* FindRow(Section& section, std::string_view name) {
  for (Row& row : section.rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

// The row of a value at "a.b.c", or null.
Row* FindValue(Section& section, std::string_view field) {
  size_t dot = field.find('.');
  Row* row = FindRow(section, field.substr(0, dot));
  if (row == nullptr) return nullptr;
  if (dot == std::string_view::npos) return row->section.empty() ? row : nullptr;
  return row->section.empty() ? nullptr : FindValue(row->section[0], field.substr(dot + 1));
}

// The first field anywhere below whose last word is `name`: "train.steps" for "steps"; "" if none.
std::string FindByLastWord(const Section& section, std::string_view name,
                           const std::string& prefix) {
  for (const Row& row : section.rows) {
    if (row.name == name) return JoinField(prefix, row.name);
    if (row.section.empty()) continue;
    std::string found = FindByLastWord(row.section[0], name, JoinField(prefix, row.name));
    if (!found.empty()) return found;
  }
  return "";
}

// Where a field stands: its own line, or that of the nearest section around it.
struct Place {
  std::string file;
  int line = 0;
};

Place PlaceOf(const ConfigText& text, const YamlNode& root, std::string_view field) {
  Place place{text.file, 0};
  const YamlNode* node = &root;
  while (node != nullptr && !field.empty()) {
    size_t dot = field.find('.');
    auto key = std::find(node->keys.begin(), node->keys.end(), field.substr(0, dot));
    if (key == node->keys.end()) break;
    size_t index = key - node->keys.begin();
    int line = node->key_lines[index];
    node = &node->items[index];
    place = node->from_override ? Place{kOverrideFile, 0} : Place{text.file, line};
    field = dot == std::string_view::npos ? "" : field.substr(dot + 1);
  }
  return place;
}

class Reader {
 public:
  Reader(const ConfigText& text, YamlTree tree, Keys keys, Section& section)
      : text_(text), root_(std::move(tree.root)), keys_(keys), section_(section) {}

  Reading Run() {
    RenameOldKeys(section_, root_, "");
    ReadSection(section_, &root_, "");
    if (keys_ == Keys::kJob) CheckSweep();
    return std::move(reading_);
  }

 private:
  friend class RuleChecker;

  void Error(const std::string& field, std::string message,
             std::string_view why = reason::kConfigInvalid) {
    Place place = PlaceOf(text_, root_, field);
    reading_.errors.push_back(
        {std::move(place.file), place.line, field, std::move(message), std::string(why), ""});
  }

  // So that everything after this knows only today's names. An override beats the text.
  void RenameOldKeys(const Section& section, YamlNode& node, const std::string& prefix) {
    for (const Row& row : section.rows) {
      if (!row.info.was.empty()) RenameOldKey(row, node, prefix);
      YamlNode* nested = row.section.empty() ? nullptr : node.Find(row.name);
      if (nested != nullptr) RenameOldKeys(row.section[0], *nested, JoinField(prefix, row.name));
    }
  }

  void RenameOldKey(const Row& row, YamlNode& node, const std::string& prefix) {
    const YamlNode* old = node.Find(row.info.was);
    if (old == nullptr) return;
    YamlNode* current = node.Find(row.name);
    if (current == nullptr) {
      *std::find(node.keys.begin(), node.keys.end(), row.info.was) = row.name;
      return;
    }
    if (current->from_override == old->from_override) {
      Error(JoinField(prefix, row.name), StrCat("given twice, also as ", row.info.was));
    } else if (old->from_override) {
      *current = *old;
    }
    size_t index = old - node.items.data();
    node.keys.erase(node.keys.begin() + index);
    node.key_lines.erase(node.key_lines.begin() + index);
    node.items.erase(node.items.begin() + index);
  }

  // True if everything in it could be read.
  bool ReadSection(Section& section, const YamlNode* node, const std::string& prefix) {
    if (node != nullptr && !node->is_map() && !node->is_null()) {
      Error(prefix, StrCat("must be a section of settings, is ", ShowNode(*node)));
      return false;
    }
    bool sound = keys_ == Keys::kSome || node == nullptr || KnowsAllKeys(section, *node, prefix);
    for (Row& row : section.rows) {
      const YamlNode* value = node == nullptr ? nullptr : node->Find(row.name);
      std::string field = JoinField(prefix, row.name);
      if (!row.section.empty()) {
        sound &= ReadSection(row.section[0], value, field);
      } else if (value != nullptr) {
        std::string problem = ReadValue(*value, row.info, BaseOf(*value, field), row.value);
        sound &= problem.empty();
        if (!problem.empty()) Error(field, problem);
      }
    }
    if (sound && keys_ != Keys::kSome && section.check) CheckRules(section, prefix);
    return sound;
  }

  bool HasHeader(const std::string& prefix) const { return keys_ == Keys::kJob && prefix.empty(); }

  bool KnowsAllKeys(Section& section, const YamlNode& node, const std::string& prefix) {
    bool all = true;
    for (size_t i = 0; i < node.keys.size(); ++i) {
      const std::string& key = node.keys[i];
      if (FindRow(section, key) != nullptr || (HasHeader(prefix) && IsHeaderKey(key))) continue;
      // The key itself may hold dots, so its place is not looked up by name.
      reading_.errors.push_back(
          {node.items[i].from_override ? kOverrideFile : text_.file, node.key_lines[i],
           JoinField(prefix, key), StrCat("unknown key \"", key, "\""),
           std::string(reason::kConfigInvalid), Suggest(section, key, prefix)});
      all = false;
    }
    return all;
  }

  std::string Suggest(const Section& section, const std::string& key, const std::string& prefix) {
    std::vector<std::string> names;
    for (const Row& row : section.rows) names.push_back(row.name);
    if (HasHeader(prefix)) names.insert(names.end(), kHeaderKeys.begin(), kHeaderKeys.end());
    if (std::string elsewhere = FindByLastWord(section_, key, ""); !elsewhere.empty()) {
      return elsewhere;
    }
    if (size_t dot = key.find('.'); dot != std::string::npos && FindValue(section_, key)) {
      return StrCat(key.substr(0, dot), ": {", key.substr(dot + 1), ": …}");
    }
    return NearestWord(key, names);
  }

  // The folder that a relative path at `field` starts from. What a sweep sets comes as an override
  // but was written in the text.
  std::string_view BaseOf(const YamlNode& value, const std::string& field) const {
    if (!value.from_override) return text_.base;
    const YamlNode* sweep = keys_ == Keys::kSettings ? nullptr : root_.Find("sweep");
    if (sweep == nullptr) return text_.override_base;
    std::vector<ConfigError> ignored;  // ExpandMembers reports these
    for (const SweepAxis& axis : SweepAxes(*sweep, text_.file, &ignored)) {
      if (axis.field != field) continue;
      for (const YamlNode* swept : axis.values) {
        if (WriteFlow(*swept) == WriteFlow(value)) return text_.base;
      }
    }
    return text_.override_base;
  }

  void CheckRules(const Section& section, const std::string& prefix);

  void CheckSweep() {
    const YamlNode* sweep = root_.Find("sweep");
    if (sweep == nullptr) return;
    std::vector<ConfigError> ignored;  // ExpandMembers reports these
    for (const SweepAxis& axis : SweepAxes(*sweep, text_.file, &ignored)) {
      Row* row = FindValue(section_, axis.field);
      auto fail = [&](std::string message, std::string suggestion) {
        reading_.errors.push_back({text_.file, axis.line, JoinField("sweep", axis.field),
                                   std::move(message), std::string(reason::kConfigInvalid),
                                   std::move(suggestion)});
      };
      if (row == nullptr) {
        size_t dot = axis.field.rfind('.');
        std::string last = dot == std::string::npos ? axis.field : axis.field.substr(dot + 1);
        std::string suggestion = FindByLastWord(section_, last, "");
        if (suggestion.empty()) suggestion = NearestWord(axis.field, AllFields(section_, ""));
        fail(StrCat("unknown field \"", axis.field, "\""), std::move(suggestion));
        continue;
      }
      for (const YamlNode* value : axis.values) {
        std::string problem = CheckValue(*value, row->info, text_.base, row->value);
        if (!problem.empty()) fail(std::move(problem), "");
      }
    }
  }

  static std::vector<std::string> AllFields(const Section& section, const std::string& prefix) {
    std::vector<std::string> fields;
    for (const Row& row : section.rows) {
      std::string field = JoinField(prefix, row.name);
      if (row.section.empty()) {
        fields.push_back(std::move(field));
        continue;
      }
      std::vector<std::string> nested = AllFields(row.section[0], field);
      fields.insert(fields.end(), nested.begin(), nested.end());
    }
    return fields;
  }

  const ConfigText& text_;
  YamlNode root_;
  Keys keys_;
  Section& section_;
  Reading reading_;
};

class RuleChecker : public Checker {
 public:
  RuleChecker(Reader* reader, std::string prefix) : reader_(reader), prefix_(std::move(prefix)) {}

  void Error(std::string_view field, std::string_view message, std::string_view why) override {
    reader_->Error(JoinField(prefix_, field), std::string(message), why);
  }

  void Warn(std::string_view field, std::string_view message) override {
    std::string full = JoinField(prefix_, field);
    Place place = PlaceOf(reader_->text_, reader_->root_, full);
    reader_->reading_.warnings.push_back(
        {std::move(place.file), place.line, std::move(full), std::string(message), "", ""});
  }

  bool Given(std::string_view field) const override {
    const YamlNode* node = reader_->root_.FindDotted(JoinField(prefix_, field));
    return node != nullptr && !node->is_null();
  }

 private:
  Reader* reader_;
  std::string prefix_;
};

void Reader::CheckRules(const Section& section, const std::string& prefix) {
  RuleChecker checker(this, prefix);
  section.check(checker);
}

}  // namespace

YamlTree ReadTree(const ConfigText& text) {
  YamlTree tree = ParseYaml(text.text, text.file);
  ApplyOverrides(text.overrides, &tree);
  return tree;
}

Reading ReadRows(const ConfigText& text, YamlTree tree, Keys keys, Section& section) {
  return Reader(text, std::move(tree), keys, section).Run();
}

void SortErrors(std::vector<ConfigError>* errors) {
  std::stable_sort(errors->begin(), errors->end(), [](const auto& a, const auto& b) {
    return std::pair(a.file == kOverrideFile, a.line) < std::pair(b.file == kOverrideFile, b.line);
  });
}

namespace config_internal {

void Read(const ConfigText& text, Section& section, std::vector<ConfigError>* errors,
          std::vector<ConfigError>* warnings) {
  YamlTree tree = ReadTree(text);
  *errors = tree.errors;
  if (!tree.broken) {
    Reading reading = ReadRows(text, std::move(tree), Keys::kJob, section);
    errors->insert(errors->end(), reading.errors.begin(), reading.errors.end());
    *warnings = std::move(reading.warnings);
  }
  SortErrors(errors);
}

}  // namespace config_internal
}  // namespace lab
