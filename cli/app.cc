#include "cli/app.h"

#include <algorithm>
#include <ostream>

#include <CLI/CLI.hpp>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/commands/registry.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

struct Choice {
  CLI::App* app = nullptr;
  Run run;
};

// A subcommand takes the global flags after its name too, at any depth.
void LetGlobalFlagsThrough(CLI::App& app) {
  app.fallthrough();
  for (CLI::App* inner : app.get_subcommands([](CLI::App*) { return true; })) {
    LetGlobalFlagsThrough(*inner);
  }
}

void AddGlobalFlags(CLI::App& app, GlobalFlags& flags) {
  app.add_option("--host", flags.host,
                 "where labd is: a name from labctl connect, host:port, ssh://user@host or "
                 "unix:/path (default: LAB_HOST, else the local socket)");
  app.add_flag("--json", flags.json, "print JSON, one document a line");
  app.add_flag("-q,--quiet", flags.quiet, "no talk on stderr");
  app.add_option("--color", flags.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("--no-start", flags.no_start, "do not start labd if it is not running");
}

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
  std::vector<std::string> arguments = WithoutHelpCommand(given);
  CLI::App app("Trains and looks into language models on this machine.", "labctl");
  app.footer(
      "Exit status: 0 ok, 1 failed, 2 usage or invalid config, 3 not found, 4 conflict, "
      "5 the job failed, 6 the job was cancelled, 69 labd unreachable, 75 try again, "
      "77 not allowed, 124 timeout, 130 interrupted.");
  GlobalFlags flags;
  AddGlobalFlags(app, flags);
  std::vector<Choice> choices;
  for (const Command& command : Commands()) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    if (*command.alias != '\0') sub->alias(command.alias);
    Arguments takes(sub);
    choices.push_back({sub, command.configure(takes)});
    LetGlobalFlagsThrough(*sub);
  }
  app.require_subcommand(1);

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

  ChooseColor(terminal, flags.color, environment);
  Context context(flags, terminal, interrupts, environment);
  for (const Choice& choice : choices) {
    if (!choice.app->parsed()) continue;
    absl::StatusOr<int> code = choice.run(context);
    if (!code.ok()) return Fail(context.Explain(code.status()), terminal, flags.json);
    *terminal.out << std::flush;
    return *code;
  }
  return Fail(absl::InternalError("no command ran"), terminal, flags.json);
}

}  // namespace lab::cli
