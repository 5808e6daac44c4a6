#include "daemon/service/config_compare.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "core/base/strings.h"
#include "core/config/yaml_reader.h"
#include "core/config/yaml_tree.h"
#include "daemon/service/check_answer.h"

namespace lab {
namespace {

using Leaves = std::vector<std::pair<std::string, std::string>>;  // field → value as YAML

void AddLeaves(const YamlNode& node, const std::string& field, Leaves* leaves) {
  if (!node.is_map() || node.items.empty()) {
    leaves->emplace_back(field, WriteFlow(node));
    return;
  }
  for (size_t i = 0; i < node.items.size(); ++i) {
    AddLeaves(node.items[i], field.empty() ? node.keys[i] : StrCat(field, ".", node.keys[i]),
              leaves);
  }
}

std::string OriginOf(const YamlNode& written, const v1::ConfigText& submitted,
                     const std::string& field) {
  const YamlNode* node = written.FindDotted(field);
  if (node == nullptr) return "";
  if (node->from_override) return "--set";
  return StrCat(submitted.file().empty() ? "line " : StrCat(submitted.file(), ":"), node->line);
}

}  // namespace

v1::CompareConfigsResponse CompareConfigs(const std::vector<JobTexts>& configs) {
  std::vector<std::map<std::string, std::string>> values;
  std::vector<YamlTree> written;
  std::vector<std::string> fields;
  for (const JobTexts& config : configs) {
    Leaves leaves;
    AddLeaves(ParseYaml(config.resolved, "").root, "", &leaves);
    for (const auto& [field, value] : leaves) {
      bool known = std::any_of(values.begin(), values.end(),
                               [&](const auto& one) { return one.count(field) > 0; });
      if (!known && field != "name") fields.push_back(field);
    }
    values.emplace_back(leaves.begin(), leaves.end());
    written.push_back(ReadTree(FromProto(config.submitted)));
  }
  v1::CompareConfigsResponse response;
  for (const std::string& field : fields) {
    v1::SettingRow row;
    row.set_field(field);
    bool same = true;
    for (size_t i = 0; i < configs.size(); ++i) {
      auto found = values[i].find(field);
      v1::Setting& setting = *row.add_settings();
      setting.set_present(found != values[i].end());
      if (setting.present()) {
        setting.set_value(found->second);
        setting.set_origin(OriginOf(written[i].root, configs[i].submitted, field));
      }
      const v1::Setting& first = row.settings(0);
      same &= setting.present() == first.present() && setting.value() == first.value();
    }
    if (same) {
      response.set_same_count(response.same_count() + 1);
    } else {
      *response.add_rows() = std::move(row);
    }
  }
  return response;
}

}  // namespace lab
