#pragma once

// A probabilistic grammar for short texts whose probabilities are exact: it draws a text, gives
// the probability of any text by parsing it, and its entropy in closed form. Immutable after
// Parse(), safe from any thread.
//
//   rule NAME [FIELD …]       what follows may stand for {NAME}
//     [WEIGHT *] alternative  chosen with probability weight ÷ sum of weights (weight 1 if absent)
//     one | two | 3 * three   several alternatives on one line
//
// In an alternative, {rule} is a fresh choice; {x=rule} is one that x remembers until the text
// ends; {x} repeats it. The alternatives of a rule with fields are the fields' texts divided by
// " / "; {rule.field}, {x=rule.field} and {x.field} write that field (the first if none is named),
// with a capital letter if the field is written with one. \n is a line break, # begins a comment
// line. Choices never depend on what is remembered, so the entropy is a sum over rules.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/philox.h"
#include "core/base/status.h"

namespace lab {

class Grammar {
 public:
  // Refuses, by line: unknown rules, fields and variables, rules that contain themselves,
  // variables that might be read before they are set. The first rule is the start.
  static absl::StatusOr<Grammar> Parse(std::string_view notation);

  std::string Sample(PhiloxStream& stream) const;

  struct Reading {
    int64_t derivations = 0;     // ways to make the text; at most 1 if CheckUnambiguous() is ok
    double log_probability = 0;  // ln of the sum of their probabilities; −∞ if there is none
  };
  Reading Read(std::string_view text) const;

  // Of the derivation, in nats: Σ over choices. Equals the text's entropy if no text has two.
  double Entropy() const { return entropy_[0]; }

  // Proves that no text has two derivations: at every choice, whatever follows from one
  // alternative is no prefix of what follows from another. FAILED_PRECONDITION names the rule and
  // two texts otherwise.
  absl::Status CheckUnambiguous() const;

 private:
  static constexpr size_t kMaxVariables = 32;
  enum class Kind { kLiteral, kChoice, kRecall };
  struct Node {
    Kind kind = Kind::kLiteral;
    std::string text;      // kLiteral
    int rule = -1;         // kChoice: of which rule; kRecall: of the variable's
    int field = 0;         // both
    bool capital = false;  // both
    int variable = -1;     // kRecall; kChoice: what remembers it, −1 if nothing
  };
  using Sequence = std::vector<Node>;
  struct Alternative {
    int64_t weight = 1;
    double log_p = 0;
    Sequence nodes;                   // of a rule without fields
    std::vector<std::string> fields;  // of one with
  };
  struct Rule {
    std::string name;
    int line = 0;
    std::vector<std::string> field_names;  // empty: alternatives are sequences
    std::vector<Alternative> alternatives;
    int64_t total_weight = 0;
  };
  using Memory = std::array<int, kMaxVariables>;  // the alternative each variable stands for
  class Reader;
  class Builder;
  class Prover;

  static std::string Write(const Rule& rule, int alternative, const Node& node);
  void Expand(const Sequence& nodes, PhiloxStream& stream, Memory& memory, std::string& text) const;

  std::vector<Rule> rules_;
  std::vector<double> entropy_;  // by rule; −1 for one that the start never reaches
};

}  // namespace lab
