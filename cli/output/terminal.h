#pragma once

// What labctl writes to: its streams, and what they can show. Tests make one over string streams.
// One thread, but for Width.

#include <iosfwd>
#include <string>
#include <string_view>

#include "core/base/places.h"

namespace lab::cli {

enum class Color { kRed, kGreen, kYellow, kCyan, kDim, kBold };

struct Terminal {
  std::ostream* out = nullptr;  // data
  std::ostream* err = nullptr;  // talk and errors
  std::istream* in = nullptr;   // answers to questions
  bool out_is_tty = false;
  bool err_is_tty = false;
  bool in_is_tty = false;
  bool out_color = false;
  bool err_color = false;
  bool unicode = false;   // false: ASCII only
  int fixed_columns = 0;  // COLUMNS; 0: ask the terminal
  int out_fd = -1;        // asked for its width; -1: none

  // Columns that a line of `out` may fill; 0: no limit.
  int Width() const;
};

// The process's streams. Colours and the character set follow `color` (auto, always, never),
// NO_COLOR, TERM, LC_ALL, LC_CTYPE and LANG; the width COLUMNS.
Terminal ProcessTerminal(const Environment& environment);
void ChooseColor(Terminal& terminal, std::string_view color, const Environment& environment);

// `text` in a colour if `on`.
std::string Paint(std::string_view text, Color color, bool on);
// The same in one of xterm's 256 colours; plain where `color` is negative.
std::string PaintIndexed(std::string_view text, int color, bool on);

// Columns that UTF-8 `text` fills: combining marks none, East Asian wide characters and emoji two.
// Escape sequences of Paint count nothing.
int DisplayWidth(std::string_view text);

// `text` cut to at most `width` columns, ending in "…" (or "~" in ASCII) if anything was left out.
std::string CutToWidth(std::string_view text, int width, bool unicode);

// `text` safe for a terminal: well-formed UTF-8 without control characters but tabs and, if
// `lines`, newlines.
std::string ForTerminal(std::string_view text, bool lines);

// `text` with characters beyond ASCII replaced by "?" unless `unicode`.
std::string ForCharset(std::string_view text, bool unicode);

}  // namespace lab::cli
