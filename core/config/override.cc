#include "core/config/override.h"

#include <string_view>
#include <utility>

#include "core/base/status.h"
#include "core/base/strings.h"

namespace lab {
namespace {

constexpr size_t kOverrideLimit = 64 * 1024;

std::string_view Trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

void MarkAsOverride(YamlNode& node) {
  node.from_override = true;
  node.line = 0;
  for (int& line : node.key_lines) line = 0;
  for (YamlNode& item : node.items) MarkAsOverride(item);
}

// The value of an override, or why it is none.
YamlNode ParseValue(std::string_view text, std::string* problem) {
  YamlNode node;
  if (text == "null" || text == "~") return node;
  if (!text.empty() && std::string_view("[{\"'").find(text.front()) != std::string_view::npos) {
    YamlTree tree = ParseYamlValue(text);
    if (!tree.errors.empty()) *problem = tree.errors.front().message;
    return std::move(tree.root);
  }
  if (FirstInvalidUtf8(text) != std::string_view::npos) *problem = "is not UTF-8 text";
  node.kind = YamlNode::Kind::kScalar;
  node.text = std::string(text);
  node.quoted = text.empty();
  return node;
}

// "" or why the field cannot be set. Fields are created on the way.
std::string Put(YamlNode& root, std::string_view field, YamlNode value) {
  YamlNode* node = &root;
  size_t begin = 0;
  while (true) {
    if (node->is_null()) node->kind = YamlNode::Kind::kMap;
    if (!node->is_map()) {
      return StrCat("cannot be set: ", field.substr(0, begin - 1), " is ", ShowNode(*node),
                    ", not a section");
    }
    size_t dot = field.find('.', begin);
    std::string_view key = field.substr(begin, dot - begin);
    if (key.empty()) return "must be written FIELD=VALUE, with a field like optim.learning_rate";
    YamlNode* next = node->Find(key);
    if (next == nullptr) {
      YamlNode made;
      made.from_override = true;
      node->keys.emplace_back(key);
      node->key_lines.push_back(0);
      node->items.push_back(std::move(made));
      next = &node->items.back();
    }
    if (dot == std::string_view::npos) {
      *next = std::move(value);
      return "";
    }
    node = next;
    begin = dot + 1;
  }
}

}  // namespace

void ApplyOverrides(const std::vector<std::string>& overrides, YamlTree* tree) {
  for (std::string_view override : overrides) {
    size_t equals = override.find('=');
    std::string_view field = Trimmed(override.substr(0, equals));
    std::string problem;
    if (override.size() > kOverrideLimit) {
      field = field.substr(0, 80);
      problem = StrCat("is ", FormatBytes(override.size()), " long; an override may have 64 KiB");
    } else if (equals == std::string_view::npos) {
      problem = "must be written FIELD=VALUE";
    } else if (field == "sweep" || field.starts_with("sweep.")) {
      problem = "cannot be set from outside; write it in the file";
    } else {
      YamlNode value = ParseValue(Trimmed(override.substr(equals + 1)), &problem);
      MarkAsOverride(value);
      if (problem.empty()) problem = Put(tree->root, field, std::move(value));
    }
    if (problem.empty()) continue;
    tree->errors.push_back({kOverrideFile, 0, ReplaceInvalidUtf8(field), std::move(problem),
                            std::string(reason::kConfigInvalid), ""});
  }
}

}  // namespace lab
