// types: what kinds of job this installation can run.

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

absl::StatusOr<int> Types(Context& context) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(v1::Catalog catalog, client->GetCatalog());
  if (context.json()) {
    Json document = Document();
    document["types"] = Json::array();
    for (const v1::JobType& type : catalog.job_types()) {
      document["types"].push_back(JobTypeJson(type));
    }
    context.PrintJson(document);
    return kOk;
  }
  Table table({{"TYPE"}, {"TITLE", false, false, true}, {"WHAT IT DOES", false, true}});
  for (const v1::JobType& type : catalog.job_types()) {
    table.Add({type.name(), type.title(), type.summary()});
  }
  context.PrintTable(table);
  return kOk;
}

}  // namespace

Run ConfigureTypes(Arguments&) { return Types; }

}  // namespace lab::cli
