#pragma once

// Config text in, typed struct out, and back. Pure functions, any thread.
// See describe.h for how a config is declared.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/config/describe.h"
#include "core/config/rows.h"

namespace lab {

// A config as a person gave it. The text is never changed on its way to the worker.
struct ConfigText {
  std::string text;                    // YAML
  std::string file;                    // its name, for messages; "" = typed by hand
  std::string base;                    // absolute folder that relative paths in `text` start from
  std::vector<std::string> overrides;  // "optim.learning_rate=3e-4", later ones win
  std::string override_base;           // the same for paths in overrides
};

template <class C>
struct Parsed {
  C config;
  std::vector<ConfigError> errors;
  std::vector<ConfigError> warnings;
  bool ok() const { return errors.empty(); }
};

// Top-level keys that belong to the queue and not to any job's struct, accepted everywhere:
// type, name, seeds, sweep. `priority` and the like are flags of submit, not keys.
struct JobHeader {
  std::string type;
  std::string name;
  int64_t seeds = 1;
};

// A field in which two configs differ, with its values as YAML.
struct Difference {
  std::string field;
  std::string a;
  std::string b;
  bool operator==(const Difference&) const = default;
};

// What the templates below stand on; nobody else need call these.
namespace config_internal {
void Read(const ConfigText& text, Section& section, std::vector<ConfigError>* errors,
          std::vector<ConfigError>* warnings);
std::string Write(const Section& section);
nlohmann::json Schema(const Section& section);
std::vector<Difference> Compare(const Section& a, const Section& b);
}  // namespace config_internal

// Fills `C` from its defaults, the text, then the overrides; reports every error, not only the
// first: YAML syntax, unknown and duplicate keys (with the nearest known one), wrong types, ranges,
// choices, then Check() rules of each struct whose fields are sound. Declared path fields come out
// absolute; a relative one without a base folder is refused. Header keys are allowed and skipped,
// but the fields and values of `sweep:` are checked. `config` is only meaningful if ok().
template <class C>
Parsed<C> ParseConfig(const ConfigText& text) {
  Parsed<C> parsed;
  Section section = RowsOf(parsed.config);
  config_internal::Read(text, section, &parsed.errors, &parsed.warnings);
  return parsed;
}

// YAML with every field set, in declaration order, that parses back to the same values. Header
// keys (type, name, …) are the caller's to put before it.
template <class C>
std::string WriteYaml(C config) {
  return config_internal::Write(RowsOf(config));
}

// {"fields": [{name: "optim.learning_rate", type: "bool|int|float|string|list", items (of a list),
//   optional, auto, default, default_text (as YAML, "" if unset), help, unit, min, max, above_min,
//   choices, group, advanced, live, path}],
//  "sections": [{name: "optim", help}]}, both in order; min and max are absent where there is none.
template <class C>
nlohmann::json SchemaOf() {
  C config;
  return config_internal::Schema(RowsOf(config));
}

// The fields of `a` and `b` that differ, in declaration order.
template <class C>
std::vector<Difference> Diff(C a, C b) {
  return config_internal::Compare(RowsOf(a), RowsOf(b));
}

// The header of any job's config, with errors of its own (no type, seeds < 1, …) and those of the
// YAML itself. Whether the type exists is the worker's business.
Parsed<JobHeader> ParseHeader(const ConfigText& text);

// Adds those of `more` that are not there yet, in the order of their lines: the functions here
// repeat what each of them finds in the same text.
void AddErrors(const std::vector<ConfigError>& more, std::vector<ConfigError>* all);

// One member of a group: the same text plus these overrides (after the text's own ones).
struct Member {
  std::vector<std::string> overrides;  // "optim.learning_rate=1e-3", "seed=2"
  std::string label;                   // "optim.learning_rate=1e-3 seed=2"
};
struct Expansion {
  std::vector<Member> members;  // one without overrides if there is neither sweep nor seeds
  int64_t seeds = 1;            // so many members in a row differ in nothing but the seed
  bool group = false;           // true: a sweep: that is not empty, or seeds: above 1
  std::vector<ConfigError> errors;
};
// Expands `sweep:` (the grid of all its lists, in the order written, last fastest) and `seeds: n`
// (seed, seed+1, …, innermost). At most `limit` members. No member if there are errors.
Expansion ExpandMembers(const ConfigText& text, int64_t limit = 1000);

}  // namespace lab
