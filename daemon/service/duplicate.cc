#include "daemon/service/duplicate.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>

#include "core/base/strings.h"
#include "core/config/yaml_reader.h"
#include "core/config/yaml_tree.h"
#include "daemon/service/check_answer.h"
#include "daemon/service/resolved_config.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

std::string_view Trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

std::string FieldOf(std::string_view override) {
  return std::string(Trimmed(override.substr(0, override.find('='))));
}

// Adds "field=absolute" for every relative path in `value`: the resolved config tells which texts
// were paths, for there they are absolute.
void PinPaths(const YamlNode& value, const std::string& field, const JobTexts& source,
              std::vector<std::string>* overrides) {
  for (size_t i = 0; i < value.keys.size(); ++i) {
    PinPaths(value.items[i], StrCat(field, ".", value.keys[i]), source, overrides);
  }
  if (!value.is_scalar() || value.text.empty() || value.text.front() == '/') return;
  std::optional<std::string> resolved = ResolvedText(source.resolved, field);
  if (!resolved || resolved->empty() || resolved->front() != '/') return;
  fs::path from_base = fs::path(source.submitted.override_base()) / value.text;
  if (from_base.lexically_normal() == fs::path(*resolved).lexically_normal()) {
    overrides->push_back(StrCat(field, "=", *resolved));
  }
}

std::vector<std::string> PinnedOverrides(const JobTexts& source) {
  std::vector<std::string> pinned;
  for (const std::string& override : source.submitted.overrides()) {
    pinned.push_back(override);
    size_t equals = override.find('=');
    if (equals == std::string::npos) continue;
    std::string_view text = Trimmed(std::string_view(override).substr(equals + 1));
    YamlNode value;
    if (!text.empty() && std::string_view("{\"'").find(text.front()) != std::string_view::npos) {
      value = ParseYamlValue(text).root;
    } else {
      value.kind = YamlNode::Kind::kScalar;
      value.text = std::string(text);
    }
    PinPaths(value, FieldOf(override), source, &pinned);
  }
  return pinned;
}

}  // namespace

absl::StatusOr<Duplicate> MakeDuplicate(const JobTexts& source,
                                        const std::vector<std::string>& overrides,
                                        const std::string& override_base) {
  Duplicate copy;
  copy.config = source.submitted;
  if (overrides.empty()) return copy;
  if (override_base != source.submitted.override_base()) {
    copy.config.clear_overrides();
    for (std::string& one : PinnedOverrides(source)) copy.config.add_overrides(std::move(one));
    copy.config.set_override_base(override_base);
  }
  for (const std::string& one : overrides) copy.config.add_overrides(one);
  copy.alone = std::none_of(overrides.begin(), overrides.end(),
                            [](const std::string& one) { return FieldOf(one) == "seeds"; });
  const YamlTree tree = ReadTree(FromProto(source.submitted));
  const YamlNode* sweep = tree.root.Find("sweep");
  if (!copy.alone && sweep != nullptr && !sweep->items.empty()) {
    return absl::InvalidArgumentError(
        "seeds: the text of this job has a sweep, of which a copy is one member; submit a text "
        "without the sweep to run several seeds");
  }
  return copy;
}

}  // namespace lab
