// version: labctl's, and labd's if it runs. Starts nothing.

#include "core/base/version.h"
#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

absl::StatusOr<int> Version(Context& context) {
  absl::StatusOr<v1::System> system = context.RunningSystem();
  if (context.json()) {
    Json document = Document();
    document["labctl"] = kLabVersion;
    document["labd"] = system.ok() ? Json(system->version()) : Json();
    context.PrintJson(document);
    return kOk;
  }
  context.Print(StrCat("labctl ", kLabVersion, "\n"));
  ASSIGN_OR_RETURN(bool remote, context.IsRemote());
  if (!system.ok() && remote) return system.status();
  context.Print(system.ok() ? StrCat("labd ", system->version(), "\n")
                            : std::string("labd is not running\n"));
  return kOk;
}

}  // namespace

Run ConfigureVersion(Arguments&) { return Version; }

}  // namespace lab::cli
