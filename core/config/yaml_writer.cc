#include "core/config/yaml_writer.h"

#include <utility>

#include "core/base/strings.h"
#include "core/config/yaml_tree.h"

namespace lab {
namespace {

std::string WriteOne(bool value) { return value ? "true" : "false"; }
std::string WriteOne(int64_t value) { return StrCat(value); }
std::string WriteOne(double value) { return FormatDouble(value); }
std::string WriteOne(const std::string& value) { return WriteString(value); }

template <class T>
std::string WriteMember(const T& value) {
  return WriteOne(value);
}
template <class T>
std::string WriteMember(const std::optional<T>& value) {
  return value ? WriteOne(*value) : "null";
}
template <class T>
std::string WriteMember(const AutoOr<T>& value) {
  return value.value ? WriteOne(*value.value) : "auto";
}
template <class T>
std::string WriteMember(const std::vector<T>& list) {
  std::string flow;
  for (auto&& item : list) {
    flow += (flow.empty() ? "" : ", ") + WriteOne(static_cast<const T&>(item));
  }
  return "[" + flow + "]";
}

void WriteSection(const Section& section, const std::string& indent, std::string* yaml) {
  for (const Row& row : section.rows) {
    if (row.section.empty()) {
      *yaml += StrCat(indent, row.name, ": ", WriteValue(row), "\n");
    } else {
      *yaml += StrCat(indent, row.name, ":\n");
      WriteSection(row.section[0], indent + "  ", yaml);
    }
  }
}

void CompareSections(const Section& a, const Section& b, const std::string& prefix,
                     std::vector<Difference>* differences) {
  for (size_t i = 0; i < a.rows.size(); ++i) {
    std::string field = JoinField(prefix, a.rows[i].name);
    if (!a.rows[i].section.empty()) {
      CompareSections(a.rows[i].section[0], b.rows[i].section[0], field, differences);
      continue;
    }
    std::string value_a = WriteValue(a.rows[i]), value_b = WriteValue(b.rows[i]);
    if (value_a != value_b) {
      differences->push_back({std::move(field), std::move(value_a), std::move(value_b)});
    }
  }
}

}  // namespace

std::string WriteValue(const Row& row) {
  return std::visit([](const auto* value) { return WriteMember(*value); }, row.value);
}

namespace config_internal {

std::string Write(const Section& section) {
  std::string yaml;
  WriteSection(section, "", &yaml);
  return yaml;
}

std::vector<Difference> Compare(const Section& a, const Section& b) {
  std::vector<Difference> differences;
  CompareSections(a, b, "", &differences);
  return differences;
}

}  // namespace config_internal
}  // namespace lab
