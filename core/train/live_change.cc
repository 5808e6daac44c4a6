#include "core/train/live_change.h"

#include <utility>

#include "core/base/strings.h"

namespace lab {

using nlohmann::json;

std::string LiveChangeText(const LiveChange& change) {
  return StrCat(change.field, " ", change.before, " → ", change.value);
}

json LiveChangesJson(const std::vector<LiveChange>& changes) {
  json list = json::array();
  for (const LiveChange& change : changes) {
    list.push_back({{"id", change.id},
                    {"field", change.field},
                    {"before", change.before},
                    {"value", change.value},
                    {"step", change.step}});
  }
  return list;
}

std::vector<LiveChange> LiveChangesOf(const json& list) {
  std::vector<LiveChange> changes;
  if (!list.is_array()) return changes;
  for (const json& item : list) {
    const bool sound = item.is_object() && item.contains("id") && item["id"].is_number_integer() &&
                       item.contains("field") && item["field"].is_string() &&
                       item.contains("value") && item["value"].is_string();
    if (!sound) continue;
    changes.push_back({.id = item["id"],
                       .field = item["field"],
                       .before = item.value("before", ""),
                       .value = item["value"],
                       .step = item.value("step", int64_t{-1})});
  }
  return changes;
}

}  // namespace lab
