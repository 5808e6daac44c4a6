// config: the YAML that a job runs, every field set, with what was changed since; or what was
// submitted.

#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

struct Given {
  std::string id;
  bool submitted = false;
};

absl::StatusOr<int> Config(Context& context, const Given& given) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(int64_t id, FindJob(*client, given.id));
  ASSIGN_OR_RETURN(v1::JobConfig config, client->GetJobConfig(id));
  const v1::ConfigText& submitted = config.submitted();
  if (context.json()) {
    Json document = Document();
    document["job"] = id;
    document["resolved"] = config.resolved();
    document["current"] = config.current().empty() ? config.resolved() : config.current();
    document["changes"] = Json::array();
    for (const v1::Change& one : config.changes()) {
      document["changes"].push_back(ChangeJson(one));
    }
    document["submitted"] = {
        {"text", submitted.text()}, {"file", OrNull(submitted.file())}, {"base", submitted.base()}};
    document["submitted"]["overrides"] = Json::array();
    for (const std::string& one : submitted.overrides()) {
      document["submitted"]["overrides"].push_back(one);
    }
    context.PrintJson(document);
    return kOk;
  }
  if (!given.submitted) {
    context.Print(WithNewline(config.current().empty() ? config.resolved() : config.current()));
    for (const v1::Change& one : config.changes()) {
      std::string when = one.has_step() ? StrCat("from step ", one.step(), " on") : "not acted yet";
      context.Print(
          StrCat("# ", when, ": ", one.field(), " ", one.before(), " → ", one.value(), "\n"));
    }
    return kOk;
  }
  context.Print(WithNewline(submitted.text()));
  for (const std::string& one : submitted.overrides()) context.Print(StrCat("# --set ", one, "\n"));
  return kOk;
}

}  // namespace

Run ConfigureConfig(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Word("id", &given->id, "a job").Offers(OfferJobs());
  takes.Flag("--submitted", &given->submitted, "the text as it was submitted, with its changes");
  return [given](Context& context) { return Config(context, *given); };
}

}  // namespace lab::cli
