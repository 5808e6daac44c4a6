// labctl: the lab from a terminal.

#include <string>
#include <vector>

#include "cli/app.h"
#include "cli/interrupts.h"

int main(int count, char** values) {
  lab::cli::Interrupts interrupts(/*listen=*/true);
  std::vector<std::string> arguments(values + 1, values + count);
  return lab::cli::RunLabctl(arguments, lab::cli::ProcessTerminal(lab::ProcessEnvironment),
                             interrupts, lab::ProcessEnvironment);
}
