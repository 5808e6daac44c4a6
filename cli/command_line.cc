#include "cli/command_line.h"

#include <CLI/CLI.hpp>

#include "cli/arguments.h"
#include "cli/commands/registry.h"

namespace lab::cli {
namespace {

// A subcommand takes the global flags after its name too, at any depth.
void LetGlobalFlagsThrough(CLI::App& app) {
  app.fallthrough();
  for (CLI::App* inner : app.get_subcommands([](CLI::App*) { return true; })) {
    LetGlobalFlagsThrough(*inner);
  }
}

void DeclareGlobalFlags(Arguments& takes, GlobalFlags& flags) {
  takes
      .Option("--host", &flags.host,
              "where labd is: a name from labctl connect, host:port, ssh://user@host or "
              "unix:/path (default: LAB_HOST, else the local socket)")
      .Offers(OfferOf(OfferKind::kHosts));
  takes.Flag("--json", &flags.json, "print JSON, one document a line");
  takes.Flag("-q,--quiet", &flags.quiet, "no talk on stderr");
  takes.Option("--color", &flags.color, "colours in what is printed (auto)")
      .OneOf({"auto", "always", "never"});
  takes.Flag("--no-start", &flags.no_start, "do not start labd if it is not running");
}

// The parser's own, which it declares by itself.
Parameter HelpFlag() {
  Parameter help;
  help.names = {"-h", "--help"};
  help.help = "print help for labctl or for one command";
  return help;
}

}  // namespace

CommandLine::CommandLine()
    : parser_(std::make_unique<CLI::App>("Trains and looks into language models on this machine.",
                                         "labctl")) {
  description_.name = "labctl";
  description_.summary = "Trains and looks into language models on this machine";
  description_.needs_command = true;
  description_.options.push_back(HelpFlag());
  Arguments global(parser_.get(), &description_);
  DeclareGlobalFlags(global, flags_);
  for (const Command& command : Commands()) {
    CLI::App* sub = parser_->add_subcommand(command.name, command.summary);
    Description inner;
    inner.name = command.name;
    inner.alias = command.alias;
    inner.summary = command.summary;
    if (!inner.alias.empty()) sub->alias(inner.alias);
    description_.commands.push_back(std::move(inner));
    Arguments takes(sub, &description_.commands.back());
    choices_.push_back({sub, command.configure(takes)});
    LetGlobalFlagsThrough(*sub);
  }
  parser_->require_subcommand(1);
}

CommandLine::~CommandLine() = default;

const Run* CommandLine::chosen() const {
  for (const Choice& choice : choices_) {
    if (choice.parser->parsed()) return &choice.run;
  }
  return nullptr;
}

}  // namespace lab::cli
