#include "cli/app.h"

#include <algorithm>
#include <ostream>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/commands/registry.h"
#include "cli/completion/complete.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/manual/manual.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

// The first argument that is no flag: what the person took for a command.
std::string FirstWord(const std::vector<std::string>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--host" || arguments[i] == "--color") {
      ++i;
    } else if (!arguments[i].empty() && arguments[i].front() != '-') {
      return arguments[i];
    }
  }
  return "";
}

absl::Status ExplainParseError(const CLI::ParseError& error,
                               const std::vector<std::string>& arguments) {
  std::string word = FirstWord(arguments);
  std::vector<std::string> names = {"help"};
  for (const Command& command : Commands()) {
    names.push_back(command.name);
    if (*command.alias != '\0') names.push_back(command.alias);
  }
  if (std::find(names.begin(), names.end(), word) == names.end()) {
    if (word.empty()) return UsageError("no command; labctl --help lists them");
    std::string nearest = NearestWord(word, names);
    return UsageError(StrCat(
        "unknown command \"", word, "\"",
        nearest.empty() ? "; labctl --help lists them" : StrCat("; did you mean ", nearest, "?")));
  }
  return UsageError(StrCat(error.what(), "; see labctl ", word, " --help"));
}

// "Exit status: 0 ok, 1 failed, …."
std::string ExitStatusText() {
  std::string text;
  for (const ExitMeaning& one : ExitMeanings()) {
    text +=
        StrCat(text.empty() ? "Exit status: " : ", ", static_cast<int>(one.code), " ", one.meaning);
  }
  return text + ".";
}

int Fail(const absl::Status& status, const Terminal& terminal, bool json) {
  *terminal.out << std::flush;
  if (json) {
    *terminal.err << Line(ErrorJson(status)) << std::endl;
  } else {
    *terminal.err << ForCharset(ErrorText(status, terminal.err_color),
                                terminal.unicode || !terminal.err_is_tty)
                  << std::flush;
  }
  return ExitCodeOf(status);
}

// "help [COMMAND]" is "[COMMAND] --help".
std::vector<std::string> WithoutHelpCommand(std::vector<std::string> arguments) {
  if (!arguments.empty() && arguments.front() == "help") {
    arguments.erase(arguments.begin());
    arguments.push_back("--help");
  }
  return arguments;
}

}  // namespace

int RunLabctl(const std::vector<std::string>& given, Terminal terminal, Interrupts& interrupts,
              const Environment& environment) {
  if (!given.empty() && given.front() == "__complete") {
    return PrintCandidates({given.begin() + 1, given.end()}, terminal, environment);
  }
  std::vector<std::string> arguments = WithoutHelpCommand(given);
  CommandLine line;
  if (given == std::vector<std::string>{"__man"}) {
    *terminal.out << ManualPage(line.description()) << std::flush;
    return kOk;
  }
  CLI::App& app = line.parser();
  app.footer(ExitStatusText());

  bool json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      app.exit(error, *terminal.out, *terminal.err);
      return kOk;
    }
    return Fail(ExplainParseError(error, arguments), terminal, json);
  }

  const GlobalFlags& flags = line.flags();
  ChooseColor(terminal, flags.color, environment);
  Context context(flags, terminal, interrupts, environment);
  if (line.chosen() == nullptr) {
    return Fail(absl::InternalError("no command ran"), terminal, flags.json);
  }
  absl::StatusOr<int> code = (*line.chosen())(context);
  if (!code.ok()) return Fail(context.Explain(code.status()), terminal, flags.json);
  *terminal.out << std::flush;
  return *code;
}

}  // namespace lab::cli
