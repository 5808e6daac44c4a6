#pragma once

// A transcript: shell commands and what they print, as text that a person can read and a program
// can check. See README.md for the form. Pure.

#include <string>
#include <vector>

namespace lab::e2e {

struct Step {
  int line = 0;         // of its "$", 1-based
  std::string command;  // may have several lines
  std::vector<std::string> expected;
  int code = 0;
};

// The steps of a transcript's text. Output before the first command is ignored.
std::vector<Step> ParseTranscript(const std::string& text);

// True if `line` is what `pattern` says: {n} a number, {id} digits, {size} a size, {any} anything;
// runs of blanks count as one.
bool MatchesLine(const std::string& pattern, const std::string& line);

// True if the lines match in order; a pattern "{lines}" stands for any number of lines.
bool Matches(const std::vector<std::string>& patterns, const std::vector<std::string>& lines);

// Text as lines, without blank ones at the end.
std::vector<std::string> Lines(const std::string& text);

}  // namespace lab::e2e
