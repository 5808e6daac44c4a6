// artifacts: what a job left behind.

#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

absl::StatusOr<int> Artifacts(Context& context, const std::string& name) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(int64_t id, FindJob(*client, name));
  ASSIGN_OR_RETURN(v1::ListArtifactsResponse answer, client->ListArtifacts(id));
  if (context.json()) {
    Json document = Document();
    document["job"] = id;
    document["artifacts"] = Json::array();
    for (const v1::Artifact& one : answer.artifacts()) {
      document["artifacts"].push_back(ArtifactJson(one));
    }
    context.PrintJson(document);
    return kOk;
  }
  if (answer.artifacts().empty()) {
    context.Say(StrCat("job ", id, " has left nothing yet"));
    return kOk;
  }
  Table table({{""}, {"", false, true}, {"", true}});
  for (const v1::Artifact& one : answer.artifacts()) {
    table.Add({one.kind(), one.name(), FormatBytes(one.size_bytes())});
  }
  context.PrintTable(table, /*header=*/false);
  return kOk;
}

}  // namespace

Run ConfigureArtifacts(Arguments& takes) {
  auto id = std::make_shared<std::string>();
  takes.Word("id", id.get(), "a job").Offers(OfferJobs());
  return [id](Context& context) { return Artifacts(context, *id); };
}

}  // namespace lab::cli
