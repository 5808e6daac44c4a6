#include "cli/manual/manual.h"

#include "cli/errors.h"
#include "core/base/strings.h"
#include "core/base/version.h"

namespace lab::cli {
namespace {

struct Entry {
  const char* name;
  const char* text;
};

constexpr char kAbout[] = R"(labctl is the remote control of the lab: it submits jobs to
.BR labd (8),
follows them, shows what they measured and lets finished models write.
The work itself goes on whether labctl runs or not.
Where no labd runs on this machine, labctl starts one.
.PP
Data goes to standard output, talk to standard error.
With
.B \-\-json
every command that reads prints one JSON document with its
.IR schema_version ;
a stream prints one object a line.
.PP
.IR JOB " is a job's number, " GROUP " the name of a group of jobs."
.IR MODEL " is a job's number for its newest checkpoint, with"
.BR @500 ", " @best " or " @final
behind it for another one, or a folder that holds a model.
)";

constexpr Entry kEnvironment[] = {
    {"LAB_HOST", "where labd is, as --host says it"},
    {"LAB_HOME", "one folder for everything that the lab keeps"},
    {"LAB_TOKEN", "the token that connect notes for another machine"},
    {"XDG_CONFIG_HOME, XDG_RUNTIME_DIR", "where settings and labd's socket lie without LAB_HOME"},
    {"NO_COLOR", "if it is set, no colours"},
    {"TERM", "dumb: no colours either"},
    {"COLUMNS", "how wide the terminal is"},
    {"LC_ALL, LC_CTYPE, LANG", "whether curves may be drawn with more than ASCII"},
};

constexpr Entry kFiles[] = {
    {"~/.config/llm-lab/hosts.json", "the machines that labctl connect knows, with their tokens"},
    {"$XDG_RUNTIME_DIR/llm-lab/labd.sock", "where labd listens"},
};

std::string Tagged(const std::string& tag, const std::string& text) {
  return StrCat(".TP\n", tag, "\n", Roff(text), "\n");
}

std::string Bold(std::string_view text) { return StrCat("\\fB", Roff(text), "\\fR"); }
std::string Italic(std::string_view text) { return StrCat("\\fI", Roff(text), "\\fR"); }

// How a synopsis names a word: by what it may be, else by its name.
std::string NameOf(const Parameter& word) {
  return word.offer.kind == OfferKind::kNothing || word.value.empty() ? word.names.back()
                                                                      : word.value;
}

std::string OptionTag(const Parameter& option) {
  std::string tag;
  for (const std::string& name : option.names) tag += StrCat(tag.empty() ? "" : ", ", Bold(name));
  if (!option.value.empty()) tag += StrCat(" ", Italic(option.value));
  return tag;
}

std::string OptionsOf(const Description& command) {
  std::string text;
  for (const Parameter& option : command.options) text += Tagged(OptionTag(option), option.help);
  return text;
}

std::string SynopsisOf(const Description& command, const std::string& name) {
  std::string text = Bold(name);
  for (const Parameter& word : command.words) {
    std::string one = Italic(NameOf(word)) + (word.many ? " ..." : "");
    text += word.required ? StrCat(" ", one) : StrCat(" [", one, "]");
  }
  if (!command.options.empty()) text += " [" + Italic("option") + " ...]";
  return text;
}

// A command and those below it, each with a heading.
std::string CommandText(const Description& command, const std::string& above) {
  const std::string name = StrCat(above, command.name);
  std::string text;
  if (command.commands.empty() || !command.needs_command) {
    text += StrCat(".SS ", SynopsisOf(command, name), "\n", Roff(command.summary), ".\n");
    if (!command.alias.empty()) text += StrCat("Also called ", Bold(command.alias), ".\n");
    for (const Parameter& word : command.words) {
      text += Tagged(Italic(NameOf(word)), word.help);
    }
    text += OptionsOf(command);
  }
  for (const Description& inner : command.commands) text += CommandText(inner, name + " ");
  return text;
}

template <size_t kCount>
std::string Entries(const char* heading, const Entry (&entries)[kCount]) {
  std::string text = StrCat(".SH ", heading, "\n");
  for (const Entry& entry : entries) text += Tagged(Bold(entry.name), entry.text);
  return text;
}

}  // namespace

std::string Roff(std::string_view text) {
  std::string safe;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool line_begins = i == 0 || text[i - 1] == '\n';
    // A dot or a quote there would be a request.
    if (line_begins && (text[i] == '.' || text[i] == '\'')) safe += "\\&";
    if (text[i] == '\\') {
      safe += "\\e";
    } else if (text[i] == '-') {
      safe += "\\-";
    } else if (text[i] == '~') {
      safe += "\\(ti";
    } else if (text[i] == '^') {
      safe += "\\(ha";
    } else if (static_cast<unsigned char>(text[i]) == 0xE2 && text.substr(i, 3) == "…") {
      safe += "...";
      i += 2;
    } else {
      safe += text[i];
    }
  }
  return safe;
}

std::string ManualPage(const Description& labctl) {
  std::string page = StrCat(".TH LABCTL 1 \"\" \"LLM Learning Lab ", kLabVersion,
                            "\" \"User Commands\"\n.SH NAME\nlabctl \\- ", Roff(labctl.summary),
                            "\n.SH SYNOPSIS\n", Bold("labctl"), " [", Italic("option"), " ...] ",
                            Italic("command"), " [", Italic("argument"), " ...]\n.br\n",
                            Bold("labctl help"), " ", Italic("command"), "\n");
  page += StrCat(".SH DESCRIPTION\n", kAbout);
  page += ".SH OPTIONS\nThey may stand before or behind the command.\n" + OptionsOf(labctl);
  page += ".SH COMMANDS\n";
  for (const Description& command : labctl.commands) page += CommandText(command, "");
  page += ".SH EXIT STATUS\n";
  for (const ExitMeaning& one : ExitMeanings()) {
    page += Tagged(Bold(StrCat(static_cast<int>(one.code))), one.meaning);
  }
  page += Entries("ENVIRONMENT", kEnvironment);
  page += Entries("FILES", kFiles);
  page += ".SH SEE ALSO\n.BR labd (8),\n.BR labd.yaml (5)\n";
  return page;
}

}  // namespace lab::cli
