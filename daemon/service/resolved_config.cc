#include "daemon/service/resolved_config.h"

#include <charconv>

#include <yaml-cpp/yaml.h>

#include "core/base/strings.h"

namespace lab {

std::optional<std::string> ResolvedText(const std::string& yaml, std::string_view field) {
  // yaml-cpp tells of ill-formed text by exceptions only.
  try {
    YAML::Node node = YAML::Load(yaml);
    while (!field.empty()) {
      size_t dot = field.find('.');
      std::string key(field.substr(0, dot));
      field = dot == std::string_view::npos ? std::string_view() : field.substr(dot + 1);
      if (!node.IsMap()) return std::nullopt;
      node.reset(node[key]);
      if (!node.IsDefined()) return std::nullopt;
    }
    if (!node.IsScalar()) return std::nullopt;
    return node.Scalar();
  } catch (const YAML::Exception&) {
    return std::nullopt;
  }
}

std::optional<int64_t> ResolvedInteger(const std::string& yaml, std::string_view field) {
  std::optional<std::string> text = ResolvedText(yaml, field);
  if (!text) return std::nullopt;
  int64_t value = 0;
  const char* end = text->data() + text->size();
  auto [rest, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || rest != end) return std::nullopt;
  return value;
}

std::string WithResolvedText(std::string yaml, std::string_view field, std::string_view value) {
  // Line by line, each section's lines two blanks further in than its name.
  std::string_view rest = field;
  std::string indent;
  for (size_t start = 0; start < yaml.size();) {
    size_t end = yaml.find('\n', start);
    if (end == std::string::npos) end = yaml.size();
    const size_t dot = rest.find('.');
    const std::string head = StrCat(indent, rest.substr(0, dot), ":");
    const bool outside = yaml.compare(start, indent.size(), indent) != 0;
    if (outside) return yaml;  // the section has ended without it
    if (yaml.compare(start, head.size(), head) == 0) {
      if (dot == std::string_view::npos) {
        yaml.replace(start, end - start, StrCat(head, " ", value));
        return yaml;
      }
      rest.remove_prefix(dot + 1);
      indent += "  ";
    }
    start = end + 1;
  }
  return yaml;
}

}  // namespace lab
