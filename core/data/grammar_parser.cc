#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "core/base/strings.h"
#include "core/data/grammar.h"

namespace lab {
namespace {

std::vector<std::string> SplitBy(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  while (true) {
    size_t end = text.find(separator, begin);
    parts.emplace_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + separator.size();
  }
}

std::string WithLineBreaks(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == 'n') {
      result.push_back('\n');
      ++i;
    } else {
      result.push_back(text[i]);
    }
  }
  return result;
}

}  // namespace

class Grammar::Builder {
 public:
  absl::StatusOr<Grammar> Build(std::string_view notation);

 private:
  struct Line {
    int number;
    std::string text;
  };
  absl::Status Error(int line, std::string_view message) const {
    return absl::InvalidArgumentError(StrCat("grammar line ", line, ": ", message));
  }
  absl::Status ReadHeadings(std::string_view notation);
  absl::Status ReadAlternative(Rule& rule, const Line& line);
  absl::Status ReadSequence(int line, std::string_view text, Sequence& nodes);
  absl::StatusOr<Node> ReadReference(int line, std::string_view text);
  absl::Status FindField(int line, std::string_view field, Node& node) const;
  absl::Status CheckOrder(int rule, std::set<int>& set, std::vector<bool>& open) const;
  double EntropyOf(int rule, std::vector<double>& entropy) const;

  std::vector<Rule> rules_;
  std::vector<std::vector<Line>> bodies_;
  std::map<std::string, int, std::less<>> rule_numbers_;
  std::map<std::string, std::pair<int, int>, std::less<>> variables_;  // name → number, rule
};

absl::StatusOr<Grammar> Grammar::Parse(std::string_view notation) {
  return Builder().Build(notation);
}

absl::StatusOr<Grammar> Grammar::Builder::Build(std::string_view notation) {
  RETURN_IF_ERROR(ReadHeadings(notation));
  if (rules_.empty()) return Error(1, "there is no rule");
  for (size_t r = 0; r < rules_.size(); ++r) {
    for (const Line& line : bodies_[r]) RETURN_IF_ERROR(ReadAlternative(rules_[r], line));
    Rule& rule = rules_[r];
    if (rule.alternatives.empty()) return Error(rule.line, "a rule without alternatives");
    for (Alternative& alternative : rule.alternatives) {
      alternative.log_p = std::log(static_cast<double>(alternative.weight) /
                                   static_cast<double>(rule.total_weight));
    }
  }
  std::set<int> set;
  std::vector<bool> open(rules_.size(), false);
  RETURN_IF_ERROR(CheckOrder(0, set, open));
  Grammar grammar;
  grammar.entropy_.assign(rules_.size(), -1);
  EntropyOf(0, grammar.entropy_);
  grammar.rules_ = std::move(rules_);
  return grammar;
}

// Rules first, so that an alternative may name a rule that comes later.
absl::Status Grammar::Builder::ReadHeadings(std::string_view notation) {
  int number = 0;
  for (size_t begin = 0; begin < notation.size();) {
    size_t end = std::min(notation.find('\n', begin), notation.size());
    std::string_view text = notation.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (text.empty() || text[0] == '#') continue;
    if (text.substr(0, 2) == "  ") {
      if (rules_.empty()) return Error(number, "an alternative before the first rule");
      for (std::string& part : SplitBy(text.substr(2), " | ")) {
        bodies_.back().push_back({number, std::move(part)});
      }
      continue;
    }
    std::vector<std::string> words = SplitBy(text, " ");
    if (words[0] != "rule" || words.size() < 2) return Error(number, "expected 'rule NAME'");
    Rule rule;
    rule.name = words[1];
    rule.line = number;
    rule.field_names.assign(words.begin() + 2, words.end());
    if (!rule_numbers_.emplace(rule.name, static_cast<int>(rules_.size())).second) {
      return Error(number, StrCat("rule ", rule.name, " was there before"));
    }
    rules_.push_back(std::move(rule));
    bodies_.emplace_back();
  }
  return absl::OkStatus();
}

absl::Status Grammar::Builder::ReadAlternative(Rule& rule, const Line& line) {
  Alternative alternative;
  std::string_view text = line.text;
  size_t star = text.find(" * ");
  if (star != std::string_view::npos) {
    std::string_view digits = text.substr(0, star);
    auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), alternative.weight);
    if (error != std::errc() || end != digits.data() + digits.size() || alternative.weight < 1 ||
        alternative.weight > 1000) {
      return Error(line.number, "a weight is a whole number from 1 to 1000");
    }
    text.remove_prefix(star + 3);
  }
  if (rule.field_names.empty()) {
    RETURN_IF_ERROR(ReadSequence(line.number, text, alternative.nodes));
  } else {
    alternative.fields = SplitBy(text, " / ");
    if (alternative.fields.size() != rule.field_names.size()) {
      return Error(line.number, StrCat("rule ", rule.name, " has ", rule.field_names.size(),
                                       " fields, here are ", alternative.fields.size()));
    }
  }
  rule.total_weight += alternative.weight;
  rule.alternatives.push_back(std::move(alternative));
  return absl::OkStatus();
}

absl::Status Grammar::Builder::ReadSequence(int line, std::string_view text, Sequence& nodes) {
  while (!text.empty()) {
    size_t brace = std::min(text.find('{'), text.size());
    if (brace > 0) {
      Node literal;
      literal.text = WithLineBreaks(text.substr(0, brace));
      nodes.push_back(std::move(literal));
      text.remove_prefix(brace);
      continue;
    }
    size_t close = text.find('}');
    if (close == std::string_view::npos) return Error(line, "a '{' without '}'");
    ASSIGN_OR_RETURN(Node node, ReadReference(line, text.substr(1, close - 1)));
    nodes.push_back(std::move(node));
    text.remove_prefix(close + 1);
  }
  return absl::OkStatus();
}

// rule, rule.field, x=rule, x=rule.field, x or x.field.
absl::StatusOr<Grammar::Node> Grammar::Builder::ReadReference(int line, std::string_view text) {
  Node node;
  std::string_view field;
  if (size_t dot = text.find('.'); dot != std::string_view::npos) {
    field = text.substr(dot + 1);
    text = text.substr(0, dot);
  }
  std::string_view variable;
  if (size_t equals = text.find('='); equals != std::string_view::npos) {
    variable = text.substr(0, equals);
    text = text.substr(equals + 1);
  }
  auto rule = rule_numbers_.find(text);
  auto known = variables_.find(text);
  if (rule != rule_numbers_.end()) {
    node.kind = Kind::kChoice;
    node.rule = rule->second;
  } else if (known != variables_.end() && variable.empty()) {
    node.kind = Kind::kRecall;
    std::tie(node.variable, node.rule) = known->second;
  } else {
    return Error(line, StrCat("no rule and no variable is called '", text, "'"));
  }
  if (!variable.empty()) {
    if (rules_[node.rule].field_names.empty()) {
      return Error(line, StrCat("rule ", text, " has no fields to remember"));
    }
    auto place = variables_.emplace(variable, std::pair(variables_.size(), node.rule)).first;
    if (place->second.second != node.rule || rule_numbers_.contains(variable)) {
      return Error(line, StrCat("'", variable, "' already has another meaning"));
    }
    if (variables_.size() > kMaxVariables) return Error(line, "too many variables");
    node.variable = place->second.first;
  }
  RETURN_IF_ERROR(FindField(line, field, node));
  return node;
}

absl::Status Grammar::Builder::FindField(int line, std::string_view field, Node& node) const {
  if (field.empty()) return absl::OkStatus();
  std::string name(field);
  if (name[0] >= 'A' && name[0] <= 'Z') {
    node.capital = true;
    name[0] += 'a' - 'A';
  }
  const std::vector<std::string>& names = rules_[node.rule].field_names;
  auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    return Error(line, StrCat("rule ", rules_[node.rule].name, " has no field '", name, "'"));
  }
  node.field = static_cast<int>(found - names.begin());
  return absl::OkStatus();
}

// `set` holds the variables that are set for certain before the rule, and is made those after it.
absl::Status Grammar::Builder::CheckOrder(int rule_index, std::set<int>& set,
                                          std::vector<bool>& open) const {
  const Rule& rule = rules_[rule_index];
  if (open[rule_index]) return Error(rule.line, StrCat("rule ", rule.name, " contains itself"));
  if (!rule.field_names.empty()) return absl::OkStatus();
  open[rule_index] = true;
  std::set<int> after;
  for (size_t i = 0; i < rule.alternatives.size(); ++i) {
    std::set<int> now = set;
    for (const Node& node : rule.alternatives[i].nodes) {
      if (node.kind == Kind::kRecall && !now.contains(node.variable)) {
        return Error(rule.line, StrCat("alternative ", i + 1, " of rule ", rule.name,
                                       " reads a variable that may not be set"));
      }
      if (node.kind == Kind::kChoice) RETURN_IF_ERROR(CheckOrder(node.rule, now, open));
      if (node.kind == Kind::kChoice && node.variable >= 0) now.insert(node.variable);
    }
    if (i == 0) after = now;
    std::erase_if(after, [&](int variable) { return !now.contains(variable); });
  }
  set = std::move(after);
  open[rule_index] = false;
  return absl::OkStatus();
}

// H(rule) = Σ p (−ln p + Σ H(choices inside)): choices are independent of each other.
double Grammar::Builder::EntropyOf(int rule_index, std::vector<double>& entropy) const {
  double& value = entropy[rule_index];
  if (value >= 0) return value;
  double sum = 0;
  for (const Alternative& alternative : rules_[rule_index].alternatives) {
    double inside = -alternative.log_p;
    for (const Node& node : alternative.nodes) {
      if (node.kind == Kind::kChoice) inside += EntropyOf(node.rule, entropy);
    }
    sum += std::exp(alternative.log_p) * inside;
  }
  return entropy[rule_index] = sum;
}

}  // namespace lab
