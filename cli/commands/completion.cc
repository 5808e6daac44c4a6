// completion: the script with which a shell completes labctl's arguments. Asks no labd.

#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/completion/scripts.h"
#include "cli/context.h"
#include "cli/errors.h"

namespace lab::cli {

Run ConfigureCompletion(Arguments& takes) {
  auto shell = std::make_shared<std::string>();
  takes.Word("shell", shell.get(), "whose script to print").OneOf(CompletionShells());
  return [shell](Context& context) -> absl::StatusOr<int> {
    context.Print(CompletionScript(*shell));
    return kOk;
  };
}

}  // namespace lab::cli
