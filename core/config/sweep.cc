#include "core/config/sweep.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/status.h"
#include "core/base/strings.h"
#include "core/config/config.h"
#include "core/config/yaml_reader.h"

namespace lab {
namespace {

// The keys of any job that decide how many members a group has and which seeds they get.
struct GroupKeys {
  int64_t seeds = 1;
  int64_t seed = 1;

  template <class V>
  constexpr void Describe(V& v) {
    v("seeds", seeds, {.help = "jobs that differ in their seed alone", .min = 1});
    v("seed", seed, {.help = "the first one's seed"});
  }
};

void AddAxes(const YamlNode& node, const std::string& prefix, std::string_view file,
             std::vector<SweepAxis>* axes, std::vector<ConfigError>* errors) {
  for (size_t i = 0; i < node.keys.size(); ++i) {
    const YamlNode& value = node.items[i];
    std::string field = JoinField(prefix, node.keys[i]);
    auto fail = [&](std::string message) {
      errors->push_back({std::string(file), node.key_lines[i], JoinField("sweep", field),
                         std::move(message), std::string(reason::kConfigInvalid), ""});
    };
    bool again = std::any_of(axes->begin(), axes->end(),
                             [&](const SweepAxis& axis) { return axis.field == field; });
    if (value.is_map() && !value.items.empty()) {
      AddAxes(value, field, file, axes, errors);
    } else if (!value.is_list() || value.items.empty()) {
      fail(StrCat("must be a list of the values to try, is ",
                  value.is_list() ? "an empty list" : ShowNode(value)));
    } else if (field == "type" || field == "name" || field == "seeds" || field == "sweep") {
      fail("cannot be swept");
    } else if (again) {
      fail("given twice");
    } else {
      SweepAxis axis{std::move(field), node.key_lines[i], {}};
      for (const YamlNode& item : value.items) axis.values.push_back(&item);
      axes->push_back(std::move(axis));
    }
  }
}

// Every earlier member once with each of the new overrides.
std::vector<Member> Cross(const std::vector<Member>& members,
                          const std::vector<std::string>& overrides) {
  std::vector<Member> grid;
  grid.reserve(members.size() * overrides.size());
  for (const Member& member : members) {
    for (const std::string& override : overrides) {
      Member next = member;
      next.overrides.push_back(override);
      next.label += (next.label.empty() ? "" : " ") + override;
      grid.push_back(std::move(next));
    }
  }
  return grid;
}

// How many members there will be; above `limit` it only says so.
int64_t CountMembers(const std::vector<SweepAxis>& axes, int64_t seeds, int64_t limit) {
  int64_t count = seeds;
  for (const SweepAxis& axis : axes) {
    if (count > limit) break;
    count *= static_cast<int64_t>(axis.values.size());
  }
  return count;
}

}  // namespace

std::vector<SweepAxis> SweepAxes(const YamlNode& sweep, std::string_view file,
                                 std::vector<ConfigError>* errors) {
  std::vector<SweepAxis> axes;
  if (!sweep.is_map() && !sweep.is_null()) {
    errors->push_back({std::string(file), sweep.line, "sweep",
                       StrCat("must be a map of fields to lists of values, is ", ShowNode(sweep)),
                       std::string(reason::kConfigInvalid), ""});
    return axes;
  }
  AddAxes(sweep, "", file, &axes, errors);
  return axes;
}

Expansion ExpandMembers(const ConfigText& text, int64_t limit) {
  Expansion expansion;
  YamlTree tree = ReadTree(text);
  expansion.errors = tree.errors;
  if (tree.broken) return expansion;
  GroupKeys keys;
  Section section = RowsOf(keys);
  Reading reading = ReadRows(text, tree, Keys::kSome, section);
  for (ConfigError& error : reading.errors) expansion.errors.push_back(std::move(error));

  std::vector<SweepAxis> axes;
  const YamlNode* sweep = tree.root.Find("sweep");
  if (sweep != nullptr) axes = SweepAxes(*sweep, text.file, &expansion.errors);
  auto fail = [&](std::string field, int line, std::string message) {
    expansion.errors.push_back({text.file, line, std::move(field), std::move(message),
                                std::string(reason::kConfigInvalid), ""});
  };
  for (const SweepAxis& axis : axes) {
    if (axis.field == "seed" && keys.seeds > 1) {
      fail("sweep.seed", axis.line, "give either seeds or a sweep of seed, not both");
    }
  }
  if (keys.seeds <= limit && keys.seed > std::numeric_limits<int64_t>::max() - keys.seeds) {
    fail("seed", 0, StrCat("is too large for ", keys.seeds, " seeds from it on"));
  }
  if (int64_t count = CountMembers(axes, keys.seeds, limit); count > limit) {
    fail(axes.empty() ? "seeds" : "sweep", sweep == nullptr ? 0 : sweep->line,
         StrCat("makes more than ", limit, " jobs"));
  }
  SortErrors(&expansion.errors);
  if (!expansion.errors.empty()) return expansion;

  expansion.group = !axes.empty() || keys.seeds > 1;
  expansion.members.emplace_back();
  for (const SweepAxis& axis : axes) {
    std::vector<std::string> overrides;
    for (const YamlNode* value : axis.values) {
      overrides.push_back(StrCat(axis.field, "=", WriteFlow(*value)));
    }
    expansion.members = Cross(expansion.members, overrides);
  }
  if (keys.seeds > 1) {
    std::vector<std::string> overrides;
    for (int64_t i = 0; i < keys.seeds; ++i) overrides.push_back(StrCat("seed=", keys.seed + i));
    expansion.members = Cross(expansion.members, overrides);
    expansion.seeds = keys.seeds;
  }
  return expansion;
}

}  // namespace lab
