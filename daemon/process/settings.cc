#include "daemon/process/settings.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "core/base/file.h"
#include "core/base/remote_names.h"
#include "core/base/strings.h"
#include "core/config/yaml_tree.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kFileLimit = 1 << 20;
constexpr double kWorkerShare = 0.8;  // of leave_seconds
constexpr char kSetName[] = "--set";  // how core/config names an override

constexpr char kExampleHead[] =
    "Settings of labd. It reads labd.yaml in $XDG_CONFIG_HOME/llm-lab (~/.config/llm-lab), in "
    "$LAB_HOME/config where LAB_HOME is set, in /etc/llm-lab as a service of the system; or the "
    "file that --config names. Everything here is a default: remove the # before what you want "
    "to change.\n"
    "\n"
    "labd --check-config says what is wrong, and what holds. kill -HUP makes a running labd read "
    "it again (systemctl --user reload labd, as a service).\n";

std::string FieldOf(const SettingSource& source) {
  return source.override.substr(0, source.override.find('='));
}

// The strongest source of `field` that is not the file; "--set" itself if it has no other name.
std::string NameOf(const std::vector<SettingSource>& sources, const std::string& field) {
  auto found = std::find_if(sources.rbegin(), sources.rend(),
                            [&](const SettingSource& source) { return FieldOf(source) == field; });
  return found == sources.rend() ? kSetName : found->name;
}

absl::StatusOr<ConfigText> ReadText(const Places& places, const fs::path& file) {
  ConfigText text;
  std::error_code error;
  fs::path given = file.empty() ? places.config / "labd.yaml" : fs::absolute(file, error);
  text.file = file.empty() ? given.string() : file.string();
  text.base = given.parent_path().string();
  text.override_base = fs::current_path(error).string();
  absl::StatusOr<std::string> content = ReadFile(given, kFileLimit);
  if (content.ok()) {
    text.text = *std::move(content);
  } else if (file.empty() && absl::IsNotFound(content.status())) {
    text.file.clear();
  } else {
    return Failure(absl::StatusCode::kInvalidArgument, reason::kConfigInvalid,
                   StrCat("the settings cannot be read: ", MessageOf(content.status())));
  }
  return text;
}

}  // namespace

void Settings::Check(Checker& check) const {
  if (!listen.empty()) {
    absl::StatusOr<HostPort> parsed = ParseHostPort(listen);
    if (!parsed.ok()) check.Error("listen", MessageOf(parsed.status()));
  }
  if (!worker.program.empty() && ::access(worker.program.c_str(), X_OK) != 0) {
    check.Error("worker.program", StrCat(worker.program, " is no program that labd may start"));
  }
}

absl::StatusOr<LoadedSettings> LoadSettings(const Places& places, const fs::path& file,
                                            const std::vector<SettingSource>& sources) {
  ASSIGN_OR_RETURN(ConfigText text, ReadText(places, file));
  for (const SettingSource& source : sources) text.overrides.push_back(source.override);
  Parsed<Settings> parsed = ParseSettings<Settings>(text);
  auto named = [&](ConfigError error) {
    if (error.file == kSetName) error.file = NameOf(sources, error.field);
    return ToString(error);
  };
  std::string wrong;
  for (const ConfigError& error : parsed.errors) {
    wrong += StrCat(wrong.empty() ? "" : "\n", named(error));
  }
  if (!wrong.empty()) {
    return Failure(absl::StatusCode::kInvalidArgument, reason::kConfigInvalid, wrong);
  }
  LoadedSettings loaded;
  for (const ConfigError& warning : parsed.warnings) loaded.warnings.push_back(named(warning));
  loaded.list = ListSettings(parsed.config, text);
  for (Setting& setting : loaded.list) {
    if (setting.from == kSetName) setting.from = NameOf(sources, setting.field);
  }
  loaded.settings = std::move(parsed.config);
  loaded.file = text.file;
  return loaded;
}

std::vector<SettingSource> SettingsOfEnvironment(const Environment& environment) {
  std::vector<SettingSource> sources;
  for (auto [name, field] : {std::pair("LAB_MIN_FREE_BYTES", "storage.min_free_bytes"),
                             std::pair("LAB_MAX_BYTES", "storage.max_bytes"),
                             std::pair("LAB_WORKER", "worker.program")}) {
    std::string value = environment(name);
    if (value.empty()) continue;
    if (std::string_view(name) == "LAB_WORKER") value = WriteString(value);
    sources.push_back({name, StrCat(field, "=", value)});
  }
  return sources;
}

void Configure(const Settings& settings, DaemonOptions* options) {
  options->listen = settings.listen;
  options->idle_exit_seconds = settings.idle_exit_minutes * 60;
  options->leave_seconds = settings.leave_seconds;
  options->max_streams = settings.watch.max_streams;
  options->storage.min_free_bytes = settings.storage.min_free_bytes.value.value_or(-1);
  options->storage.max_bytes = settings.storage.max_bytes;
  options->supervisor.silence_seconds = settings.worker.silence_seconds;
  options->supervisor.inspect_seconds = settings.worker.inspect_minutes * 60;
  options->supervisor.inspect_max_bytes = settings.worker.inspect_max_bytes;
  options->supervisor.stop_seconds = settings.leave_seconds * kWorkerShare;
  options->scheduler.max_crashes = settings.worker.max_crashes;
  options->job_log_max_bytes = settings.log.job_max_bytes;
}

std::string ExampleSettings() { return WriteExample<Settings>(kExampleHead); }

std::string FormatSettings(const std::vector<Setting>& settings) {
  size_t field = 0;
  size_t value = 0;
  for (const Setting& setting : settings) {
    field = std::max(field, setting.field.size());
    value = std::max(value, setting.value.size());
  }
  std::string lines;
  for (const Setting& setting : settings) {
    lines +=
        StrCat(setting.field, std::string(field + 2 - setting.field.size(), ' '), setting.value,
               std::string(value + 2 - setting.value.size(), ' '), setting.from, "\n");
  }
  return lines;
}

}  // namespace lab
