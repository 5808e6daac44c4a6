#include "core/data/grammar.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/base/strings.h"

namespace lab {
namespace {

std::string Capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] -= 'a' - 'A';
  return text;
}

bool IsPrefix(std::string_view prefix, std::string_view text) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

std::string Grammar::Write(const Rule& rule, int alternative, const Node& node) {
  const std::string& text = rule.alternatives[alternative].fields[node.field];
  return node.capital ? Capitalised(text) : text;
}

// ---- drawing ------------------------------------------------------------------------------------

void Grammar::Expand(const Sequence& nodes, PhiloxStream& stream, Memory& memory,
                     std::string& text) const {
  for (const Node& node : nodes) {
    if (node.kind == Kind::kLiteral) {
      text += node.text;
      continue;
    }
    const Rule& rule = rules_[node.rule];
    int chosen = 0;
    if (node.kind == Kind::kRecall) {
      chosen = memory[node.variable];
    } else {
      int64_t ticket = stream.NextBelow(static_cast<uint32_t>(rule.total_weight));
      while (ticket >= rule.alternatives[chosen].weight) {
        ticket -= rule.alternatives[chosen++].weight;
      }
      if (node.variable >= 0) memory[node.variable] = chosen;
    }
    if (rule.field_names.empty()) {
      Expand(rule.alternatives[chosen].nodes, stream, memory, text);
    } else {
      text += Write(rule, chosen, node);
    }
  }
}

std::string Grammar::Sample(PhiloxStream& stream) const {
  std::string text;
  Memory memory;
  memory.fill(-1);
  Node start;
  start.kind = Kind::kChoice;
  start.rule = 0;
  Expand({start}, stream, memory, text);
  return text;
}

// ---- reading ------------------------------------------------------------------------------------

// Tries every derivation from left to right, leaving a branch at the first character that differs.
class Grammar::Reader {
 public:
  Reader(const std::vector<Rule>& rules, std::string_view text) : rules_(rules), text_(text) {
    memory_.fill(-1);
  }

  Reading Read() {
    Node start;
    start.kind = Kind::kChoice;
    start.rule = 0;
    Sequence sequence = {start};
    Follow({&sequence, 0, nullptr}, 0, 0.0);
    if (reading_.derivations == 0) reading_.log_probability = -INFINITY;
    return reading_;
  }

 private:
  // What is still to be matched: the rest of a sequence, then the rest of the one around it.
  struct Rest {
    const Sequence* nodes;
    size_t next;
    const Rest* around;
  };

  bool Take(std::string_view expected, size_t& position) const {
    if (!IsPrefix(expected, text_.substr(position))) return false;
    position += expected.size();
    return true;
  }

  void Follow(Rest rest, size_t position, double log_p) {
    while (true) {
      if (rest.next == rest.nodes->size()) {
        if (rest.around == nullptr) {
          if (position == text_.size()) Found(log_p);
          return;
        }
        rest = *rest.around;
        continue;
      }
      const Node& node = (*rest.nodes)[rest.next++];
      if (node.kind == Kind::kChoice) return Choose(node, rest, position, log_p);
      bool taken = node.kind == Kind::kLiteral
                       ? Take(node.text, position)
                       : Take(Write(rules_[node.rule], memory_[node.variable], node), position);
      if (!taken) return;
    }
  }

  void Choose(const Node& node, const Rest& rest, size_t position, double log_p) {
    const Rule& rule = rules_[node.rule];
    int before = node.variable >= 0 ? memory_[node.variable] : -1;
    for (size_t i = 0; i < rule.alternatives.size(); ++i) {
      const Alternative& alternative = rule.alternatives[i];
      double with = log_p + alternative.log_p;
      if (rule.field_names.empty()) {
        Follow({&alternative.nodes, 0, &rest}, position, with);
        continue;
      }
      size_t after = position;
      if (!Take(Write(rule, static_cast<int>(i), node), after)) continue;
      if (node.variable >= 0) memory_[node.variable] = static_cast<int>(i);
      Follow(rest, after, with);
    }
    if (node.variable >= 0) memory_[node.variable] = before;
  }

  void Found(double log_p) {
    double& sum = reading_.log_probability;
    if (++reading_.derivations == 1) {
      sum = log_p;
    } else {
      double high = std::max(sum, log_p), low = std::min(sum, log_p);
      sum = high + std::log1p(std::exp(low - high));
    }
  }

  const std::vector<Rule>& rules_;
  std::string_view text_;
  Memory memory_;
  Reading reading_;
};

Grammar::Reading Grammar::Read(std::string_view text) const { return Reader(rules_, text).Read(); }

// ---- the proof ----------------------------------------------------------------------------------

// The first characters of everything that can follow, with remembered values replaced by all that
// they could be: more texts than there are, so what it proves holds for those there are.
class Grammar::Prover {
 public:
  Prover(const std::vector<Rule>& rules, size_t length) : rules_(rules), length_(length) {}

  // Two beginnings from different alternatives of which one is a prefix of the other; empty if
  // there are none.
  std::vector<std::string> Clash(int rule_index, const Node& node) {
    std::vector<std::pair<std::string, size_t>> all;
    const Rule& rule = rules_[rule_index];
    for (size_t i = 0; i < rule.alternatives.size(); ++i) {
      for (const std::string& text : OfAlternative(rule, static_cast<int>(i), node)) {
        all.emplace_back(text, i);
      }
    }
    std::sort(all.begin(), all.end());
    std::vector<const std::pair<std::string, size_t>*> prefixes;  // of the current text
    for (const auto& entry : all) {
      while (!prefixes.empty() && !IsPrefix(prefixes.back()->first, entry.first)) {
        prefixes.pop_back();
      }
      for (const auto* prefix : prefixes) {
        if (prefix->second != entry.second) return {prefix->first, entry.first};
      }
      prefixes.push_back(&entry);
    }
    return {};
  }

 private:
  using Texts = std::set<std::string>;

  Texts OfAlternative(const Rule& rule, int alternative, const Node& node) {
    if (!rule.field_names.empty()) return {Write(rule, alternative, node).substr(0, length_)};
    return OfSequence(rule.alternatives[alternative].nodes);
  }

  const Texts& OfRule(const Node& node) {
    auto key = std::tuple(node.rule, node.field, node.capital);
    auto known = known_.find(key);
    if (known != known_.end()) return known->second;
    Texts texts;
    const Rule& rule = rules_[node.rule];
    for (size_t i = 0; i < rule.alternatives.size(); ++i) {
      texts.merge(OfAlternative(rule, static_cast<int>(i), node));
    }
    return known_.emplace(key, std::move(texts)).first->second;
  }

  Texts OfSequence(const Sequence& nodes) {
    Texts begun = {""}, full;
    for (const Node& node : nodes) {
      Texts longer;
      for (const std::string& text : begun) {
        auto append = [&](const std::string& next) {
          std::string both = (text + next).substr(0, length_);
          (both.size() == length_ ? full : longer).insert(std::move(both));
        };
        if (node.kind == Kind::kLiteral) {
          append(node.text);
        } else {
          for (const std::string& next : OfRule(node)) append(next);
        }
      }
      begun = std::move(longer);
      if (begun.empty()) break;
    }
    full.merge(begun);
    return full;
  }

  const std::vector<Rule>& rules_;
  size_t length_;
  std::map<std::tuple<int, int, bool>, Texts> known_;
};

absl::Status Grammar::CheckUnambiguous() const {
  // Each way in which some alternative asks for a choice.
  std::map<std::tuple<int, int, bool>, Node> choices;
  Node start;
  start.rule = 0;
  choices.emplace(std::tuple(0, 0, false), start);
  for (const Rule& rule : rules_) {
    for (const Alternative& alternative : rule.alternatives) {
      for (const Node& node : alternative.nodes) {
        if (node.kind != Kind::kChoice) continue;
        choices.emplace(std::tuple(node.rule, node.field, node.capital), node);
      }
    }
  }
  for (const auto& [key, node] : choices) {
    std::vector<std::string> clash;
    for (size_t length : {12, 24, 36, 48, 72}) {  // most choices are clear after a few letters
      clash = Prover(rules_, length).Clash(node.rule, node);
      if (clash.empty()) break;
    }
    if (!clash.empty()) {
      return absl::FailedPreconditionError(StrCat("rule ", rules_[node.rule].name, ": '", clash[0],
                                                  "' begins '", clash[1],
                                                  "' of another alternative"));
    }
  }
  return absl::OkStatus();
}

}  // namespace lab
