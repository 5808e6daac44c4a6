#pragma once

// What completion offers for a word. Pure data.

#include <string>
#include <vector>

namespace lab::cli {

struct Candidate {
  std::string value;  // the whole word
  std::string text;   // what it is, for shells that show that
};

struct Candidates {
  std::vector<Candidate> all;  // all begin with what is typed
  bool files = false;          // files, too: the shell knows them
};

}  // namespace lab::cli
