#pragma once

// Where on a command line the cursor is: which command was named, what may stand at this place.
// Pure.

#include <map>
#include <string>
#include <vector>

#include "cli/description.h"

namespace lab::cli {

struct Cursor {
  const Description* command = nullptr;  // the innermost that was named
  // The word is, or may be, this one's value; null: of none.
  const Parameter* parameter = nullptr;
  bool option_name = false;   // it may be an option's name
  bool command_name = false;  // it may be the name of a command below `command`
  std::string before;         // what stands before the value in the same word: "--set="
  std::string typed;          // so much of it is there
  // The words and options given so far, with their values (empty for a flag's).
  std::map<const Parameter*, std::vector<std::string>> given;
  std::vector<const Description*> path;  // from labctl to `command`

  // The first value of a word that names a job; "" if none was given.
  std::string Job() const;
};

// `words` begin behind the program's name; the last one, maybe empty, is where the cursor is.
// Requires: there is one.
Cursor FindCursor(const Description& labctl, const std::vector<std::string>& words);

}  // namespace lab::cli
