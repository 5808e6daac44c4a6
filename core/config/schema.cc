#include <utility>

#include "core/config/config.h"
#include "core/config/yaml_writer.h"

namespace lab {
namespace {

using nlohmann::json;

constexpr const char* TypeName(bool) { return "bool"; }
constexpr const char* TypeName(int64_t) { return "int"; }
constexpr const char* TypeName(double) { return "float"; }
const char* TypeName(const std::string&) { return "string"; }

template <class T>
void DescribeMember(const T& value, json* field) {
  (*field)["type"] = TypeName(value);
  (*field)["default"] = value;
}
template <class T>
void DescribeMember(const std::optional<T>& value, json* field) {
  DescribeMember(value.value_or(T{}), field);
  (*field)["optional"] = true;
  if (!value) (*field)["default"] = nullptr;
}
template <class T>
void DescribeMember(const AutoOr<T>& value, json* field) {
  DescribeMember(value.value.value_or(T{}), field);
  (*field)["auto"] = true;
  if (value.is_auto()) (*field)["default"] = "auto";
}
template <class T>
void DescribeMember(const std::vector<T>& value, json* field) {
  (*field)["type"] = "list";
  (*field)["items"] = TypeName(T{});
  (*field)["default"] = value;
}

json DescribeRow(const Row& row, const std::string& section) {
  const Info& info = row.info;
  json field = {{"name", JoinField(section, row.name)},
                {"optional", false},
                {"auto", false},
                {"help", info.help},
                {"unit", info.unit},
                {"above_min", info.above_min},
                {"choices", info.choices},
                {"group", info.group.empty() ? section : std::string(info.group)},
                {"advanced", info.advanced},
                {"live", info.live},
                {"path", info.path}};
  if (info.min) field["min"] = *info.min;
  if (info.max) field["max"] = *info.max;
  std::visit([&](const auto* value) { DescribeMember(*value, &field); }, row.value);
  field["default_text"] = field["default"].is_null() ? "" : WriteValue(row);
  return field;
}

void DescribeSection(const Section& section, const std::string& prefix, json* schema) {
  for (const Row& row : section.rows) {
    if (row.section.empty()) {
      (*schema)["fields"].push_back(DescribeRow(row, prefix));
      continue;
    }
    std::string name = JoinField(prefix, row.name);
    (*schema)["sections"].push_back({{"name", name}, {"help", row.info.help}});
    DescribeSection(row.section[0], name, schema);
  }
}

}  // namespace

namespace config_internal {

json Schema(const Section& section) {
  json schema = {{"fields", json::array()}, {"sections", json::array()}};
  DescribeSection(section, "", &schema);
  return schema;
}

}  // namespace config_internal
}  // namespace lab
