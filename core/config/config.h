#pragma once

// Config text in, typed struct out, and back. Pure functions, any thread.
// See describe.h for how a config is declared.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/config/describe.h"

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

// Fills `C` from its defaults, the text, then the overrides; reports every error, not only the
// first: YAML syntax, unknown and duplicate keys (with the nearest known one), wrong types, ranges,
// choices, then Check() rules if the fields themselves are sound. Declared path fields come out
// absolute. Header keys are allowed and skipped.
//   template <class C> Parsed<C> ParseConfig(const ConfigText& text);
// YAML with every field set, in declaration order, that parses back to the same values:
//   template <class C> std::string WriteYaml(const C& config);
// {"fields": [{name: "optim.learning_rate", type: "bool|int|float|string|list", optional, auto,
//   default, help, unit, min, max, above_min, choices, group, advanced, live, path}]} in order:
//   template <class C> nlohmann::json SchemaOf();
// The fields of `a` and `b` that differ: name, value in a, value in b.
//   template <class C> std::vector<Difference> Diff(const C& a, const C& b);

// The header of any job's config, with errors of its own (no type, seeds < 1, …).
Parsed<JobHeader> ParseHeader(const ConfigText& text);

// One member of a group: the same text plus these overrides (after the text's own ones).
struct Member {
  std::vector<std::string> overrides;
  std::string label;  // "learning_rate=3e-4 seed=2"
};
struct Expansion {
  std::vector<Member> members;  // one without overrides if there is neither sweep nor seeds
  bool group = false;           // true: a sweep: or seeds: section was there
  std::vector<ConfigError> errors;
};
// Expands `sweep:` (the grid of all its lists, in the order written, last fastest) and `seeds: n`
// (seed, seed+1, …, innermost). At most `limit` members.
Expansion ExpandMembers(const ConfigText& text, int64_t limit = 1000);

}  // namespace lab
