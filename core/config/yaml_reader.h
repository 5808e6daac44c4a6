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

// Fills the rows from `tree`. With `every_key`, a key without a row is an error (header keys
// aside), the fields and values of `sweep:` are checked, and so are the structs' own rules.
Reading ReadRows(const ConfigText& text, YamlTree tree, bool every_key, Section& section);

// By file (the text first), then line.
void SortErrors(std::vector<ConfigError>* errors);

}  // namespace lab
