#pragma once

// What labctl takes, as data: every command with its words and options, as they were declared. The
// parser is told the same; completion and the manual page are made from this. Pure data.

#include <deque>
#include <list>
#include <string>
#include <vector>

#include "cli/offer.h"

namespace lab::cli {

// A word or an option of a command.
struct Parameter {
  std::vector<std::string> names;  // "-f", "--follow"; of a word its name without dashes
  std::string help;
  std::string value;  // how help names its value: "JOB", "INT"; "" for a flag
  bool many = false;  // any number of times
  bool required = false;
  Offer offer;
  std::vector<std::string> excludes;  // names of options that may not stand beside it
};

struct Description {
  std::string name;
  std::string alias;  // "" for none
  std::string summary;
  std::deque<Parameter> words;  // in their order; addresses stay
  std::deque<Parameter> options;
  std::list<Description> commands;  // below this one
  bool needs_command = false;       // one of them must be given
};

}  // namespace lab::cli
