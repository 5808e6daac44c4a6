// presets: model shapes and ready runs; with a name, its YAML.

#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

Json PresetJson(const v1::Preset& preset) {
  return {{"name", preset.name()},
          {"kind", preset.kind()},
          {"title", preset.title()},
          {"text", preset.text()}};
}

absl::StatusOr<int> ShowPreset(Context& context, const v1::Catalog& catalog,
                               const std::string& name) {
  std::vector<std::string> names;
  for (const v1::Preset& preset : catalog.presets()) {
    names.push_back(preset.name());
    if (preset.name() != name) continue;
    if (context.json()) {
      Json document = Document();
      document["preset"] = PresetJson(preset);
      context.PrintJson(document);
    } else {
      context.Print(WithNewline(preset.text()));
    }
    return kOk;
  }
  std::string nearest = NearestWord(name, names);
  return Failure(absl::StatusCode::kNotFound, "PRESET_NOT_FOUND",
                 StrCat("no preset is called \"", name, "\"",
                        nearest.empty() ? "; labctl presets lists them"
                                        : StrCat("; did you mean ", nearest, "?")));
}

absl::StatusOr<int> Presets(Context& context, const std::string& name) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(v1::Catalog catalog, client->GetCatalog());
  if (!name.empty()) return ShowPreset(context, catalog, name);
  if (context.json()) {
    Json document = Document();
    document["presets"] = Json::array();
    for (const v1::Preset& one : catalog.presets()) document["presets"].push_back(PresetJson(one));
    context.PrintJson(document);
    return kOk;
  }
  Table table({{"PRESET"}, {"KIND"}, {"TITLE", false, true}});
  for (const v1::Preset& one : catalog.presets()) table.Add({one.name(), one.kind(), one.title()});
  context.PrintTable(table);
  return kOk;
}

}  // namespace

Run ConfigurePresets(Arguments& takes) {
  auto name = std::make_shared<std::string>();
  takes.Word("name", name.get(), "show this one's YAML", false)
      .Offers(OfferOf(OfferKind::kPresets));
  return [name](Context& context) { return Presets(context, *name); };
}

}  // namespace lab::cli
