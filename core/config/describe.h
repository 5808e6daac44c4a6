#pragma once

// A config is declared once: a struct with defaults as member values and one Describe row per
// member, in the struct's order. From that come YAML in and out, overrides, range checks and the
// schema that clients draw forms from.
//
//   struct OptimConfig {
//     double learning_rate = 6e-4;
//     template <class V>
//     constexpr void Describe(V& v) {
//       v("learning_rate", learning_rate, {.help = "peak rate, reached after warmup", .min = 0});
//     }
//     void Check(Checker& check) const;   // optional: rules across fields
//   };
//
// The struct is an aggregate without base classes. Members may be bool, int64_t, double,
// std::string, std::optional of those (unset: filled by a preset or a rule, always set in a
// resolved config), AutoOr of those (`auto` or a value), std::vector of those, and nested structs
// with Describe. A member without a row does not compile (see rows.h).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lab {

struct Info {
  std::string_view help;                       // one sentence, without the field's name
  std::string_view unit = {};                  // "steps", "tokens", ""
  std::optional<double> min = {};              // inclusive; for a list: of each item
  std::optional<double> max = {};              // inclusive; for a list: of each item
  bool above_min = false;                      // min itself is refused
  std::vector<std::string_view> choices = {};  // strings only: nothing else is accepted
  std::string_view group = {};                 // heading in a form; "" = its struct's name
  bool advanced = false;                       // folded away in a form
  bool live = false;                           // may change while the job runs
  bool path = false;          // a path if it holds '/' or ends in .txt, .jsonl, .gguf, else a name
  std::string_view was = {};  // an older key that is still read
};

// `auto`, or a value.
template <class T>
struct AutoOr {
  std::optional<T> value;  // nullopt: auto
  bool is_auto() const { return !value.has_value(); }
  bool operator==(const AutoOr&) const = default;
};

// What is wrong at one field. `line` is 1-based in `file`; 0 where there is none.
struct ConfigError {
  std::string file;  // the file's name, or "--set" for an override
  int line = 0;
  std::string field;       // "optim.learning_rate"; "" where no field is meant, e.g. bad YAML
  std::string message;     // "must be at least 0, is -1"
  std::string reason;      // "CONFIG_INVALID" unless a rule names another, e.g. CORPUS_TOO_SMALL
  std::string suggestion;  // "learning_rate", for "did you mean"; "" if none
  bool operator==(const ConfigError&) const = default;
};

// `FILE:LINE: field: what is wrong (REASON); did you mean …`
std::string ToString(const ConfigError& error);

// Collects what cross-field rules find. Field names are relative to the struct that checks and may
// be dotted ("validation.fraction").
class Checker {
 public:
  virtual ~Checker() = default;
  virtual void Error(std::string_view field, std::string_view message,
                     std::string_view reason = "CONFIG_INVALID") = 0;
  virtual void Warn(std::string_view field, std::string_view message) = 0;
  // True if the text or an override gave this field a value (neither a default nor null counts).
  virtual bool Given(std::string_view field) const = 0;
};

}  // namespace lab
