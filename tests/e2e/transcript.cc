#include "tests/e2e/transcript.h"

#include <cctype>
#include <map>
#include <regex>
#include <sstream>

namespace lab::e2e {
namespace {

bool StartsWith(const std::string& text, const char* start) { return text.rfind(start, 0) == 0; }

// One blank for each run of blanks, none at either end.
std::string Squeeze(const std::string& text) {
  std::string squeezed;
  for (char c : text) {
    bool blank = c == ' ' || c == '\t';
    if (blank && (squeezed.empty() || squeezed.back() == ' ')) continue;
    squeezed += blank ? ' ' : c;
  }
  while (!squeezed.empty() && squeezed.back() == ' ') squeezed.pop_back();
  return squeezed;
}

std::string ToRegex(const std::string& pattern) {
  static const std::map<std::string, std::string> kPlaceholders = {
      {"{n}", "-?[0-9][0-9,]*(\\.[0-9]+)?(e[-+]?[0-9]+)?"},
      {"{id}", "[0-9]+"},
      {"{size}", "[0-9.]+ [kMGT]?B"},
      {"{any}", ".*"}};
  std::string regex;
  for (size_t at = 0; at < pattern.size();) {
    bool replaced = false;
    for (const auto& [placeholder, meaning] : kPlaceholders) {
      if (pattern.compare(at, placeholder.size(), placeholder) != 0) continue;
      regex += meaning;
      at += placeholder.size();
      replaced = true;
      break;
    }
    if (replaced) continue;
    if (std::string("\\^$.|?*+()[]{}").find(pattern[at]) != std::string::npos) regex += '\\';
    regex += pattern[at++];
  }
  return regex;
}

bool MatchesFrom(const std::vector<std::string>& patterns, size_t pattern,
                 const std::vector<std::string>& lines, size_t line) {
  if (pattern == patterns.size()) return line == lines.size();
  if (Squeeze(patterns[pattern]) == "{lines}") {
    for (size_t next = line; next <= lines.size(); ++next) {
      if (MatchesFrom(patterns, pattern + 1, lines, next)) return true;
    }
    return false;
  }
  return line < lines.size() && MatchesLine(patterns[pattern], lines[line]) &&
         MatchesFrom(patterns, pattern + 1, lines, line + 1);
}

}  // namespace

std::vector<Step> ParseTranscript(const std::string& text) {
  std::vector<Step> steps;
  std::istringstream stream(text);
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (StartsWith(line, "$ ")) {
      Step& step = steps.emplace_back();
      step.line = number;
      step.command = line.substr(2);
    } else if (steps.empty() || StartsWith(line, "#")) {
      continue;
    } else if (StartsWith(line, "> ") && steps.back().expected.empty()) {
      steps.back().command += "\n" + line.substr(2);
    } else if (StartsWith(line, "? ")) {
      steps.back().code = std::stoi(line.substr(2));
    } else {
      steps.back().expected.push_back(StartsWith(line, "\\") ? line.substr(1) : line);
    }
  }
  for (Step& step : steps) {
    while (!step.expected.empty() && Squeeze(step.expected.back()).empty()) {
      step.expected.pop_back();
    }
  }
  return steps;
}

bool MatchesLine(const std::string& pattern, const std::string& line) {
  return std::regex_match(Squeeze(line), std::regex(ToRegex(Squeeze(pattern))));
}

bool Matches(const std::vector<std::string>& patterns, const std::vector<std::string>& lines) {
  return MatchesFrom(patterns, 0, lines, 0);
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  while (!lines.empty() && Squeeze(lines.back()).empty()) lines.pop_back();
  return lines;
}

}  // namespace lab::e2e
