// config: the YAML that a job runs, every field set; or what was submitted.

#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

struct Arguments {
  std::string id;
  bool submitted = false;
};

absl::StatusOr<int> Config(Context& context, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(int64_t id, FindJob(*client, arguments.id));
  ASSIGN_OR_RETURN(v1::JobConfig config, client->GetJobConfig(id));
  const v1::ConfigText& given = config.submitted();
  if (context.json()) {
    Json document = Document();
    document["job"] = id;
    document["resolved"] = config.resolved();
    document["submitted"] = {
        {"text", given.text()}, {"file", OrNull(given.file())}, {"base", given.base()}};
    document["submitted"]["overrides"] = Json::array();
    for (const std::string& one : given.overrides()) {
      document["submitted"]["overrides"].push_back(one);
    }
    context.PrintJson(document);
    return kOk;
  }
  if (!arguments.submitted) {
    context.Print(WithNewline(config.resolved()));
    return kOk;
  }
  context.Print(WithNewline(given.text()));
  for (const std::string& one : given.overrides()) context.Print(StrCat("# --set ", one, "\n"));
  return kOk;
}

}  // namespace

Run ConfigureConfig(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("id", arguments->id, "a job")->required();
  app.add_flag("--submitted", arguments->submitted, "the text as it was given, with its changes");
  return [arguments](Context& context) { return Config(context, *arguments); };
}

}  // namespace lab::cli
