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

std::string WithResolvedText(std::string yaml, std::string_view key, std::string_view value) {
  const std::string head = StrCat(key, ":");
  for (size_t start = 0; start < yaml.size();) {
    size_t end = yaml.find('\n', start);
    if (end == std::string::npos) end = yaml.size();
    if (yaml.compare(start, head.size(), head) == 0) {
      yaml.replace(start, end - start, StrCat(head, " ", value));
      return yaml;
    }
    start = end + 1;
  }
  return yaml;
}

}  // namespace lab
