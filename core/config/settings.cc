#include "core/config/settings.h"

#include <algorithm>
#include <utility>

#include "core/base/strings.h"
#include "core/config/override.h"
#include "core/config/yaml_reader.h"
#include "core/config/yaml_writer.h"

namespace lab {
namespace {

constexpr size_t kColumns = 98;

// Where `field` got its value. A null leaves the default.
std::string OriginOf(const YamlNode& root, const ConfigText& text, const std::string& field) {
  const YamlNode* node = root.FindDotted(field);
  if (node == nullptr || node->is_null()) return "default";
  return node->from_override ? kOverrideFile : StrCat(text.file, ":", node->line);
}

void ListSection(const Section& section, const std::string& prefix, const YamlNode& root,
                 const ConfigText& text, std::vector<Setting>* settings) {
  for (const Row& row : section.rows) {
    std::string field = JoinField(prefix, row.name);
    if (!row.section.empty()) {
      ListSection(row.section[0], field, root, text, settings);
      continue;
    }
    std::string from = OriginOf(root, text, field);
    settings->push_back({std::move(field), WriteValue(row), std::move(from), row.info.live});
  }
}

// `text` as comment lines.
std::string Comment(const std::string& text, const std::string& indent) {
  std::string lines;
  std::string line;
  auto end_line = [&] {
    lines += StrCat(indent, line.empty() ? "#" : "# ", line, "\n");
    line.clear();
  };
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find_first_of(" \n", begin), text.size());
    std::string word = text.substr(begin, end - begin);
    if (!line.empty() && indent.size() + line.size() + word.size() + 3 > kColumns) end_line();
    line += StrCat(line.empty() ? "" : " ", word);
    if (end < text.size() && text[end] == '\n') end_line();
    begin = end + 1;
  }
  if (!line.empty()) end_line();
  return lines;
}

std::string Explain(const Info& info) {
  std::string text(info.help);
  std::string facts;
  auto add = [&](const std::string& fact) { facts += StrCat(facts.empty() ? "" : "; ", fact); };
  if (!info.unit.empty()) add(std::string(info.unit));
  if (info.min) add(StrCat(info.above_min ? "above " : "at least ", FormatDouble(*info.min)));
  if (info.max) add(StrCat("at most ", FormatDouble(*info.max)));
  if (!info.choices.empty()) {
    std::string list;
    for (std::string_view choice : info.choices) list += StrCat(list.empty() ? "" : ", ", choice);
    add(StrCat("one of ", list));
  }
  if (!info.live) add("takes a restart");
  return facts.empty() ? text : StrCat(text, " (", facts, ")");
}

void WriteSectionExample(const Section& section, const std::string& indent, std::string* yaml) {
  for (const Row& row : section.rows) {
    *yaml += "\n";
    if (row.section.empty()) {
      *yaml += Comment(Explain(row.info), indent);
      *yaml += StrCat(indent, "#", row.name, ": ", WriteValue(row), "\n");
    } else {
      *yaml += Comment(std::string(row.info.help), indent);
      *yaml += StrCat(indent, row.name, ":\n");
      WriteSectionExample(row.section[0], indent + "  ", yaml);
    }
  }
}

}  // namespace

namespace config_internal {

void ReadSettings(const ConfigText& text, Section& section, std::vector<ConfigError>* errors,
                  std::vector<ConfigError>* warnings) {
  YamlTree tree = ReadTree(text);
  *errors = tree.errors;
  if (!tree.broken) {
    Reading reading = ReadRows(text, std::move(tree), Keys::kSettings, section);
    errors->insert(errors->end(), reading.errors.begin(), reading.errors.end());
    *warnings = std::move(reading.warnings);
  }
  SortErrors(errors);
}

std::vector<Setting> List(const Section& section, const ConfigText& text) {
  YamlTree tree = ReadTree(text);
  std::vector<Setting> settings;
  ListSection(section, "", tree.root, text, &settings);
  return settings;
}

std::string WriteExample(const Section& section, const std::string& head) {
  std::string yaml = Comment(head, "");
  WriteSectionExample(section, "", &yaml);
  return yaml;
}

}  // namespace config_internal
}  // namespace lab
