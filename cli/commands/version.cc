// version: labctl's, and labd's if it runs. Starts nothing.

#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"
#include "core/base/version.h"

namespace lab::cli {
namespace {

absl::StatusOr<int> Version(Context& context) {
  absl::StatusOr<const LabClient*> client = context.RunningClient();
  absl::StatusOr<v1::System> system = client.status();
  if (client.ok()) system = (*client)->GetSystem();
  if (context.json()) {
    Json document = Document();
    document["labctl"] = kLabVersion;
    document["labd"] = system.ok() ? Json(system->version()) : Json();
    context.PrintJson(document);
    return kOk;
  }
  context.Print(StrCat("labctl ", kLabVersion, "\n"));
  context.Print(system.ok() ? StrCat("labd ", system->version(), "\n")
                            : std::string("labd is not running\n"));
  return kOk;
}

}  // namespace

Run ConfigureVersion(CLI::App&) { return Version; }

}  // namespace lab::cli
