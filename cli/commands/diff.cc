// diff: the settings in which jobs differ.

#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

struct Given {
  std::vector<std::string> names;
  bool origins = false;
};

Json SettingJson(const v1::Setting& setting) {
  return {{"value", setting.present() ? Json(setting.value()) : Json()},
          {"origin", OrNull(setting.origin())}};
}

Json DiffJson(const std::vector<int64_t>& ids, const v1::CompareConfigsResponse& compared) {
  Json document = Document();
  document["jobs"] = ids;
  document["differences"] = Json::array();
  for (const v1::SettingRow& row : compared.rows()) {
    Json settings = Json::array();
    for (const v1::Setting& setting : row.settings()) settings.push_back(SettingJson(setting));
    document["differences"].push_back({{"field", row.field()}, {"settings", settings}});
  }
  document["same"] = compared.same_count();
  return document;
}

std::string Cell(const Context& context, const v1::Setting& setting, bool origins) {
  if (!setting.present()) return context.Painted("-", Color::kDim);
  std::string text = ForTerminal(setting.value(), false);
  if (!origins) return text;
  return StrCat(
      text, " ",
      context.Painted(
          StrCat("(", setting.origin().empty() ? "default" : ForTerminal(setting.origin(), false),
                 ")"),
          Color::kDim));
}

absl::StatusOr<int> Diff(Context& context, const Given& given) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(std::vector<int64_t> ids, FindAllJobs(*client, given.names));
  if (ids.size() < 2) return UsageError("name two jobs to compare, or a group of several");
  ASSIGN_OR_RETURN(v1::CompareConfigsResponse compared, client->CompareConfigs(ids));
  if (context.json()) {
    context.PrintJson(DiffJson(ids, compared));
    return kOk;
  }
  if (compared.rows().empty()) {
    context.Say(StrCat("no differences: ", compared.same_count(), " settings are the same"));
    return kOk;
  }
  std::vector<Column> columns = {{"FIELD"}};
  for (int64_t id : ids) columns.push_back({StrCat("JOB ", id), false, true});
  Table table(columns);
  for (const v1::SettingRow& row : compared.rows()) {
    std::vector<std::string> cells = {row.field()};
    for (const v1::Setting& one : row.settings()) {
      cells.push_back(Cell(context, one, given.origins));
    }
    table.Add(std::move(cells));
  }
  context.PrintTable(table);
  context.Say(StrCat(FormatGrouped(compared.same_count()), " other settings are the same"));
  return kOk;
}

}  // namespace

Run ConfigureDiff(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Words("ids", &given->names, "two or more jobs, or a group").Offers(OfferJobsOrGroups());
  takes.Flag("--origins", &given->origins, "say who wrote each value: FILE:LINE, --set or default");
  return [given](Context& context) { return Diff(context, *given); };
}

}  // namespace lab::cli
