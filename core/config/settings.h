#pragma once

// A program's own settings file. It is declared as a job's config is (describe.h), but the keys of
// the queue (type, name, seeds, sweep) are unknown in it. `live` in a row means: may change while
// the program runs. Pure functions, any thread.

#include <string>
#include <vector>

#include "core/config/config.h"

namespace lab {

// One setting as it resolved.
struct Setting {
  std::string field;  // "log.level"
  std::string value;  // as YAML
  std::string from;   // "labd.yaml:3", "--set", "default"
  bool live = false;
};

namespace config_internal {
void ReadSettings(const ConfigText& text, Section& section, std::vector<ConfigError>* errors,
                  std::vector<ConfigError>* warnings);
std::vector<Setting> List(const Section& section, const ConfigText& text);
std::string WriteExample(const Section& section, const std::string& head);
}  // namespace config_internal

// As ParseConfig, without the queue's keys.
template <class C>
Parsed<C> ParseSettings(const ConfigText& text) {
  Parsed<C> parsed;
  Section section = RowsOf(parsed.config);
  config_internal::ReadSettings(text, section, &parsed.errors, &parsed.warnings);
  return parsed;
}

// Every setting of `config`, in order; `text` is what it was read from.
template <class C>
std::vector<Setting> ListSettings(C config, const ConfigText& text) {
  return config_internal::List(RowsOf(config), text);
}

// A file in which every setting is explained and stands, commented out, at its default. `head` is
// the comment at its beginning, without the #.
template <class C>
std::string WriteExample(const std::string& head) {
  C config;
  return config_internal::WriteExample(RowsOf(config), head);
}

}  // namespace lab
