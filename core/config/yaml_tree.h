#pragma once

// YAML text as a tree that knows its lines: keys in order, scalars as they were written. Refuses
// what is hostile (size, depth, number of nodes, bytes that are not text). Pure functions, any
// thread.

#include <string>
#include <string_view>
#include <vector>

#include "core/config/describe.h"

namespace lab {

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  std::string text;               // a scalar's text, unquoted
  bool quoted = false;            // it was in quotes: text, whatever it looks like
  bool from_override = false;     // given by --set
  int line = 0;                   // 1-based; 0 in an override
  std::vector<std::string> keys;  // a map's, in order, each once; keys[i] belongs to items[i]
  std::vector<int> key_lines;
  std::vector<YamlNode> items;  // a list's items, or a map's values

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }
  // The value of `key`, or null.
  const YamlNode* Find(std::string_view key) const;
  YamlNode* Find(std::string_view key);
  // The value at "a.b.c", or null.
  const YamlNode* FindDotted(std::string_view field) const;
};

struct YamlTree {
  YamlNode root;                    // a map; without keys if the text is empty or wrong
  std::vector<ConfigError> errors;  // syntax, size, duplicate keys
  bool broken = false;              // the text could not be read; `root` is empty
};

// One document. `file` is for the errors.
YamlTree ParseYaml(std::string_view text, std::string_view file);

// A flow value that must fill the whole of `text`: "[1, 2]", "{a: 1}", "\"quoted\"". Its errors
// have no file, line or field.
YamlTree ParseYamlValue(std::string_view text);

// `node` in a few words, for messages: `"abc"`, `0`, `a list`; cut if long.
std::string ShowNode(const YamlNode& node);

// `node` as flow YAML that an override reads back to the same value.
std::string WriteFlow(const YamlNode& node);

// `text` as a YAML string: plain where that reads back as the same text, else in double quotes.
std::string WriteString(std::string_view text);

}  // namespace lab
