#pragma once

// Tokens as cells of text: a token may be part of a character, so tokens that only together make
// whole characters share a cell. Pure; any thread.

#include <QString>
#include <string>
#include <string_view>
#include <vector>

namespace lab::gui {

struct TokenCell {
  QString text;        // whole characters; bytes that are no text as U+FFFD
  int first = 0;       // its tokens: first …
  int count = 1;       // … and how many
  bool apart = false;  // not part of the text: a special token, or one cut by a stop string
};

// Makes cells of tokens that come one after the other.
class TokenCells {
 public:
  // The next token: the bytes it adds to the text, or, where it adds none, what it is called.
  void add(std::string_view bytes, std::string_view name);
  // No more tokens come: what waits for the rest of its character is shown as it is.
  void finish();
  void clear();

  const std::vector<TokenCell>& cells() const { return cells_; }

 private:
  void flush();

  std::vector<TokenCell> cells_;
  std::string waiting_;  // bytes of the tokens that are in no cell yet
  int tokens_ = 0;       // taken so far
  int waiting_tokens_ = 0;
};

}  // namespace lab::gui
