// system: the machine and the daemon, once or again and again.

#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/output/progress.h"
#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

struct Given {
  bool watch = false;
  double interval = 2;
};

// Only what the driver tells.
std::string GpuText(const v1::Gpu& gpu, bool unicode) {
  std::string text = gpu.name();
  auto add = [&](const std::string& more) { text += StrCat(text.empty() ? "" : ", ", more); };
  if (gpu.memory_bytes() > 0) {
    add(StrCat(FormatBytes(gpu.memory_used_bytes()), " of ", FormatBytes(gpu.memory_bytes()),
               " used"));
  }
  if (gpu.has_utilization()) add(StrCat(FormatPercent(gpu.utilization()), " busy"));
  if (gpu.has_celsius()) add(FormatCelsius(gpu.celsius(), unicode));
  if (gpu.has_watts()) add(FormatWatts(gpu.watts()));
  return text;
}

std::string SystemText(const v1::System& system, int width, bool unicode) {
  Table table({{""}, {"", false, true}});
  auto add = [&](const char* name, const std::string& value) { table.Add({name, value}); };
  add("processor", StrCat(system.processor(), ", ", system.thread_count(), " threads, ",
                          FormatPercent(system.processor_load()), " busy"));
  if (system.has_processor_celsius()) {
    add("temperature", FormatCelsius(system.processor_celsius(), unicode));
  }
  add("memory", StrCat(FormatBytes(system.memory_available_bytes()), " free of ",
                       FormatBytes(system.memory_bytes())));
  add("disk", StrCat(FormatBytes(system.disk_free_bytes()), " free; jobs ",
                     FormatBytes(system.jobs_bytes()), ", database ",
                     FormatBytes(system.database_bytes())));
  for (const v1::Gpu& gpu : system.gpus()) add("gpu", GpuText(gpu, unicode));
  add("labd",
      StrCat("version ", system.version(), ", pid ", system.pid(), ", up ",
             FormatDuration(system.uptime_seconds()), ", ", FormatBytes(system.resident_bytes())));
  add("home", system.home());
  add("address", system.address());
  if (!system.trouble().empty()) add("trouble", StrCat("starts no jobs: ", system.trouble()));
  for (const v1::WorkerProcess& worker : system.workers()) {
    add("worker", StrCat(worker.role(), worker.job_id() > 0 ? StrCat(" ", worker.job_id()) : "",
                         ", pid ", worker.pid(), ", ", FormatBytes(worker.resident_bytes())));
  }
  return table.Text(width, unicode, false);
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

absl::StatusOr<int> WatchSystem(Context& context, const LabClient& client, double interval) {
  LiveLines live(&context.out());
  const Terminal& terminal = context.terminal();
  ASSIGN_OR_RETURN(RetryOptions patience, context.Patience());
  Reconnector reconnector(patience);
  Interrupts::Scope interrupt(context.interrupts(), [&] { reconnector.Cancel(); });
  auto show = [&](const v1::System& system) {
    reconnector.Heard();
    if (context.json()) {
      Json line = Document();
      line["system"] = SystemJson(system);
      context.PrintJson(line);
      return true;
    }
    int width = terminal.Width();
    std::string text = SystemText(system, width > 1 ? width - 1 : 0, terminal.unicode);
    if (terminal.out_is_tty) {
      live.Draw(Lines(ForCharset(text, terminal.unicode)));
    } else {
      context.Print(StrCat(text, "\n"));
    }
    return true;
  };
  absl::Status status = reconnector.Run(
      [&](Cancellation* cancellation) -> absl::StatusOr<bool> {
        RETURN_IF_ERROR(client.WatchSystem(interval, show, cancellation));
        return false;
      },
      [&](const absl::Status& lost) {
        if (lost.ok()) return;
        live.Clear();
        context.SayLost(lost);
      });
  if (!interrupt.raised()) RETURN_IF_ERROR(status);
  return kOk;
}

absl::StatusOr<int> System(Context& context, const Given& given) {
  if (!(given.interval >= 0.5)) return UsageError("--interval must be at least 0.5 seconds");
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  if (given.watch) return WatchSystem(context, *client, given.interval);
  ASSIGN_OR_RETURN(v1::System system, client->GetSystem());
  if (context.json()) {
    Json document = Document();
    document["system"] = SystemJson(system);
    context.PrintJson(document);
  } else {
    context.Print(SystemText(system, context.terminal().Width(), context.terminal().unicode));
  }
  return kOk;
}

}  // namespace

Run ConfigureSystem(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Flag("--watch", &given->watch, "again and again; Ctrl-C ends it");
  takes.Option("--interval", &given->interval, "seconds between (2)");
  return [given](Context& context) { return System(context, *given); };
}

}  // namespace lab::cli
