#pragma once

// labctl's whole command line: the global flags and every command of the registry, as the parser
// and as data. One thread.

#include <memory>
#include <vector>

#include "cli/command.h"
#include "cli/context.h"
#include "cli/description.h"

namespace CLI {
class App;
}

namespace lab::cli {

class CommandLine {
 public:
  CommandLine();
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  CLI::App& parser() { return *parser_; }
  const Description& description() const { return description_; }
  // As they were parsed.
  const GlobalFlags& flags() const { return flags_; }
  // The command that was parsed; null before.
  const Run* chosen() const;

 private:
  struct Choice {
    CLI::App* parser = nullptr;
    Run run;
  };
  GlobalFlags flags_;
  Description description_;
  std::unique_ptr<CLI::App> parser_;
  std::vector<Choice> choices_;
};

}  // namespace lab::cli
