// labctl: the lab from a terminal.

#include <cstdlib>
#include <string>
#include <vector>

#include "cli/app.h"
#include "cli/interrupts.h"

int main(int count, char** values) {
  // gRPC would tell of broken handshakes on stderr; labctl has words of its own for them.
  ::setenv("GRPC_VERBOSITY", "NONE", /*replace=*/0);
  lab::cli::Interrupts interrupts(/*listen=*/true);
  std::vector<std::string> arguments(values + 1, values + count);
  return lab::cli::RunLabctl(arguments, lab::cli::ProcessTerminal(lab::ProcessEnvironment),
                             interrupts, lab::ProcessEnvironment);
}
