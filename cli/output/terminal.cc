#include "cli/output/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <iostream>

#include "core/base/strings.h"

namespace lab::cli {
namespace {

struct Range {
  char32_t first, last;
};

// Blocks whose characters fill two columns, and those that fill none. Coarse: whole blocks.
constexpr std::array<Range, 9> kWide = {{{0x1100, 0x115F},
                                         {0x2E80, 0x303E},
                                         {0x3041, 0xA4CF},
                                         {0xAC00, 0xD7A3},
                                         {0xF900, 0xFAFF},
                                         {0xFE30, 0xFE6F},
                                         {0xFF00, 0xFF60},
                                         {0x1F300, 0x1FAFF},
                                         {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 5> kNarrowest = {
    {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}}};

template <size_t n>
bool IsIn(const std::array<Range, n>& ranges, char32_t point) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [point](Range range) { return point >= range.first && point <= range.last; });
}

// The code point of well-formed `text` at `at`, which moves behind it.
char32_t NextPoint(std::string_view text, size_t& at) {
  auto lead = static_cast<unsigned char>(text[at++]);
  int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  char32_t point = more == 3 ? lead & 7 : more == 2 ? lead & 15 : more == 1 ? lead & 31 : lead;
  for (; more > 0 && at < text.size(); --more) {
    point = (point << 6) | (static_cast<unsigned char>(text[at++]) & 0x3F);
  }
  return point;
}

int PointWidth(char32_t point) {
  if (IsIn(kNarrowest, point)) return 0;
  return IsIn(kWide, point) ? 2 : 1;
}

// Moves `at` behind an escape sequence of Paint that begins there; false if none does.
bool SkipEscape(std::string_view text, size_t& at) {
  if (text.compare(at, 2, "\x1b[") != 0) return false;
  size_t end = text.find('m', at);
  if (end == std::string_view::npos) return false;
  at = end + 1;
  return true;
}

bool IsUtf8Locale(const Environment& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value = environment(name);
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace

int Terminal::Width() const {
  if (fixed_columns > 0) return fixed_columns;
  if (!out_is_tty) return 0;
  winsize size{};
  if (out_fd >= 0 && ioctl(out_fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

Terminal ProcessTerminal(const Environment& environment) {
  Terminal terminal;
  terminal.out = &std::cout;
  terminal.err = &std::cerr;
  terminal.in = &std::cin;
  terminal.out_is_tty = isatty(STDOUT_FILENO) == 1;
  terminal.err_is_tty = isatty(STDERR_FILENO) == 1;
  terminal.in_is_tty = isatty(STDIN_FILENO) == 1;
  terminal.out_fd = STDOUT_FILENO;
  terminal.unicode = IsUtf8Locale(environment);
  std::string columns = environment("COLUMNS");
  std::from_chars(columns.data(), columns.data() + columns.size(), terminal.fixed_columns);
  ChooseColor(terminal, "auto", environment);
  return terminal;
}

void ChooseColor(Terminal& terminal, std::string_view color, const Environment& environment) {
  bool wanted = environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  terminal.out_color = color == "always" || (color == "auto" && wanted && terminal.out_is_tty);
  terminal.err_color = color == "always" || (color == "auto" && wanted && terminal.err_is_tty);
}

std::string Paint(std::string_view text, Color color, bool on) {
  if (!on || text.empty()) return std::string(text);
  const char* code = "";
  switch (color) {
    case Color::kRed:
      code = "31";
      break;
    case Color::kGreen:
      code = "32";
      break;
    case Color::kYellow:
      code = "33";
      break;
    case Color::kCyan:
      code = "36";
      break;
    case Color::kDim:
      code = "2";
      break;
    case Color::kBold:
      code = "1";
      break;
  }
  return StrCat("\x1b[", code, "m", text, "\x1b[0m");
}

std::string PaintIndexed(std::string_view text, int color, bool on) {
  if (!on || color < 0 || text.empty()) return std::string(text);
  return StrCat("\x1b[38;5;", color, "m", text, "\x1b[0m");
}

int DisplayWidth(std::string_view text) {
  int width = 0;
  for (size_t at = 0; at < text.size();) {
    if (!SkipEscape(text, at)) width += PointWidth(NextPoint(text, at));
  }
  return width;
}

std::string CutToWidth(std::string_view text, int width, bool unicode) {
  if (DisplayWidth(text) <= width) return std::string(text);
  std::string cut;
  bool painted = false;
  int used = 0;
  for (size_t at = 0; at < text.size();) {
    size_t begin = at;
    if (SkipEscape(text, at)) {
      painted = true;
    } else {
      used += PointWidth(NextPoint(text, at));
      if (used > width - 1) break;
    }
    cut += text.substr(begin, at - begin);
  }
  if (width > 0) cut += unicode ? "…" : "~";
  return painted ? cut + "\x1b[0m" : cut;
}

std::string ForTerminal(std::string_view text, bool lines) {
  std::string whole = ReplaceInvalidUtf8(text);
  std::string safe;
  safe.reserve(whole.size());
  for (size_t at = 0; at < whole.size();) {
    size_t begin = at;
    char32_t point = NextPoint(whole, at);
    bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
    if (point == '\t' || (point == '\n' && lines)) control = false;
    if (control) {
      safe += point == '\n' || point == '\r' ? " " : "\xEF\xBF\xBD";
    } else {
      safe += whole.substr(begin, at - begin);
    }
  }
  return safe;
}

std::string ForCharset(std::string_view text, bool unicode) {
  if (unicode) return std::string(text);
  std::string ascii;
  for (size_t at = 0; at < text.size();) {
    char32_t point = NextPoint(text, at);
    ascii += point < 0x80 ? static_cast<char>(point) : '?';
  }
  return ascii;
}

}  // namespace lab::cli
