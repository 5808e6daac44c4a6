#pragma once

// YAML into rows. Pure functions, any thread. Callers outside core/config use config.h.

#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/config/rows.h"
#include "core/config/yaml_tree.h"

namespace lab {

// The text with its overrides applied.
YamlTree ReadTree(const ConfigText& text);

struct Reading {
  std::vector<ConfigError> errors;  // not those of the tree itself
  std::vector<ConfigError> warnings;
};

// Which keys a text may hold.
enum class Keys {
  kSome,     // the rows are a part of what may stand there: other keys are passed over
  kJob,      // the rows' and the queue's (type, name, …)
  kSettings  // the rows'
};

// Fills the rows from `tree`. Unless `keys` is kSome, any other key is an error and the structs'
// own rules are checked; for a job also the fields and values of `sweep:`.
Reading ReadRows(const ConfigText& text, YamlTree tree, Keys keys, Section& section);

// By file (the text first), then line.
void SortErrors(std::vector<ConfigError>* errors);

}  // namespace lab
