// daemon: start, stop, status, logs. Only start ever starts one.

#include <fcntl.h>
#include <signal.h>

#include <chrono>
#include <map>
#include <memory>
#include <ostream>
#include <thread>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/log_reading.h"
#include "core/base/descriptor.h"
#include "core/base/file.h"
#include "core/base/log_file.h"
#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(100);

struct Given {
  bool start = false;
  bool stop = false;
  bool status = false;
  bool logs = false;
  double timeout = 180;
  bool follow = false;
  int64_t tail = 0;
};

absl::StatusOr<int> StartThroughSsh(Context& context) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(v1::System system, client->GetSystem());
  const std::string title = context.connection()->address().Title();
  if (context.json()) {
    Json document = Document();
    document["pid"] = system.pid();
    document["address"] = context.connection()->address().Text();
    context.PrintJson(document);
  } else {
    context.Print(StrCat("labd runs on ", title, " (pid ", system.pid(), " there)\n"));
  }
  return kOk;
}

absl::StatusOr<int> Start(Context& context) {
  ASSIGN_OR_RETURN(Address address, context.FindHost());
  if (address.way == Address::Way::kSsh) return StartThroughSsh(context);
  if (!address.is_default) {
    return UsageError(StrCat("labd is started on the local socket or through ssh only, not on ",
                             address.Text(), "; leave --host and LAB_HOST out"));
  }
  StartOptions options;
  options.environment = context.environment();
  ASSIGN_OR_RETURN(DaemonStart done, EnsureDaemon(options));
  ASSIGN_OR_RETURN(const LabClient* client, context.RunningClient());
  ASSIGN_OR_RETURN(v1::System system, client->GetSystem());
  if (context.json()) {
    Json document = Document();
    document["started"] = done == DaemonStart::kStarted;
    document["pid"] = system.pid();
    document["address"] = address.Text();
    context.PrintJson(document);
  } else {
    context.Print(StrCat("labd ", done == DaemonStart::kStarted ? "listens" : "already listens",
                         " on ", address.Text(), " (pid ", system.pid(), ")\n"));
  }
  return kOk;
}

// When a process began, in clock ticks since boot; "" once it has left (or is a zombie). Together
// with its pid it names one process, also if the number is used again.
std::string Beginning(int64_t pid) {
  absl::StatusOr<std::string> stat = ReadFile(StrCat("/proc/", pid, "/stat"));
  if (!stat.ok()) return "";
  // The name in parentheses may hold anything; the state is field 3, the beginning field 22.
  size_t at = stat->rfind(')');
  if (at == std::string::npos || at + 2 >= stat->size() || (*stat)[at + 2] == 'Z') return "";
  for (int field = 2; field < 22; ++field) {
    at = stat->find(' ', at + 1);
    if (at == std::string::npos) return "";
  }
  return stat->substr(at + 1, stat->find(' ', at + 1) - at - 1);
}

using Processes = std::map<int64_t, std::string>;  // pid → beginning

void AddProcesses(const v1::System& system, Processes& processes) {
  auto add = [&](int64_t pid) {
    std::string beginning = Beginning(pid);
    if (!beginning.empty()) processes[pid] = beginning;
  };
  add(system.pid());
  for (const v1::WorkerProcess& worker : system.workers()) add(worker.pid());
}

// Another machine's processes cannot be looked at: labd has left when it answers no more, or when
// another one does.
absl::StatusOr<int> StopRemote(Context& context, double timeout_seconds) {
  ASSIGN_OR_RETURN(const LabClient* client, context.RunningClient());
  ASSIGN_OR_RETURN(v1::System before, client->GetSystem());
  RETURN_IF_ERROR(client->Shutdown());
  auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(timeout_seconds);
  while (true) {
    absl::StatusOr<v1::System> now = client->GetSystem();
    if (!now.ok() || now->pid() != before.pid()) break;
    if (std::chrono::steady_clock::now() > deadline) {
      return Failure(absl::StatusCode::kDeadlineExceeded, "STOP_TIMEOUT",
                     StrCat("labd was asked to leave, but after ", FormatDuration(timeout_seconds),
                            " it still answers"));
    }
    std::this_thread::sleep_for(kPoll);
  }
  if (context.json()) {
    Json document = Document();
    document["stopped"] = true;
    document["pid"] = before.pid();
    context.PrintJson(document);
  } else {
    context.Print(StrCat("labd on ", context.connection()->address().Title(), " has left\n"));
  }
  return kOk;
}

absl::StatusOr<int> Stop(Context& context, double timeout_seconds) {
  ASSIGN_OR_RETURN(Address address, context.FindHost());
  if (!address.IsLocal()) return StopRemote(context, timeout_seconds);
  if (!SomebodyListens(address.socket)) {
    if (context.json()) {
      Json document = Document();
      document["stopped"] = false;
      context.PrintJson(document);
    } else {
      context.Print("labd is not running\n");
    }
    return kOk;
  }
  ASSIGN_OR_RETURN(const LabClient* client, context.RunningClient());
  ASSIGN_OR_RETURN(v1::System system, client->GetSystem());
  Processes processes;
  AddProcesses(system, processes);
  RETURN_IF_ERROR(client->Shutdown());
  auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(timeout_seconds);
  bool answers = true;
  while (true) {
    // A worker may have been started between the first question and the order to leave.
    if (answers) {
      absl::StatusOr<v1::System> now = client->GetSystem();
      answers = now.ok();
      if (answers) AddProcesses(*now, processes);
    }
    for (auto it = processes.begin(); it != processes.end();) {
      it = Beginning(it->first) == it->second ? std::next(it) : processes.erase(it);
    }
    if (processes.empty()) break;
    if (std::chrono::steady_clock::now() > deadline) {
      std::string pids;
      for (const auto& [pid, beginning] : processes) pids += StrCat(" ", pid);
      return Failure(absl::StatusCode::kDeadlineExceeded, "STOP_TIMEOUT",
                     StrCat("labd was asked to leave, but after ", FormatDuration(timeout_seconds),
                            " these processes still run:", pids));
    }
    std::this_thread::sleep_for(kPoll);
  }
  if (context.json()) {
    Json document = Document();
    document["stopped"] = true;
    document["pid"] = system.pid();
    context.PrintJson(document);
  } else {
    context.Print("labd and its workers have left\n");
  }
  return kOk;
}

absl::StatusOr<int> PrintStatus(Context& context) {
  ASSIGN_OR_RETURN(Address address, context.FindHost());
  absl::StatusOr<v1::System> system = context.RunningSystem();
  if (!system.ok() && !IsUnreachable(system.status())) return system.status();
  // Of another machine it says more than that labd does not run: which layer failed.
  if (!system.ok() && !address.IsLocal() && !context.json()) return system.status();
  if (context.json()) {
    Json document = Document();
    document["running"] = system.ok();
    document["address"] = address.Text();
    if (system.ok()) document["system"] = SystemJson(*system);
    context.PrintJson(document);
  } else if (system.ok()) {
    context.Print(StrCat("labd ", system->version(), " runs on ",
                         address.IsLocal() ? address.Text() : address.Title(), " (pid ",
                         system->pid(), ", up ", FormatDuration(system->uptime_seconds()), ")\n"));
    if (!system->trouble().empty()) {
      context.Print(StrCat("it starts no jobs: ", system->trouble(), "\n"));
    }
  } else {
    context.Print(StrCat("labd is not running on ", address.Text(), "\n"));
  }
  return system.ok() ? kOk : kUnreachable;
}

// What a stopped labd left in its log.
absl::StatusOr<int> PrintLogFile(Context& context, int64_t tail) {
  ASSIGN_OR_RETURN(Places places, FindPlaces(context.environment()));
  // Says why where there is none.
  Descriptor there(::open(places.log().c_str(), O_RDONLY | O_CLOEXEC));
  if (there.get() < 0) {
    return WithContext(ErrnoStatus("opening", places.log()), "labd is not running; its log");
  }
  LogReader log(places.log(), tail);
  while (true) {
    ASSIGN_OR_RETURN(std::string text, log.Next());
    if (text.empty()) return kOk;
    context.Print(ForTerminal(text, true));
  }
}

absl::StatusOr<int> Logs(Context& context, const Given& given) {
  if (given.tail < 0) return UsageError("--tail must be positive");
  ASSIGN_OR_RETURN(Address address, context.FindHost());
  if (address.is_default && !SomebodyListens(address.socket)) {
    return PrintLogFile(context, given.tail);
  }
  ASSIGN_OR_RETURN(const LabClient* client, context.RunningClient());
  v1::ReadDaemonLogRequest request;
  request.set_follow(given.follow);
  request.set_tail_lines(given.tail);
  return PrintLog(context, *client, request, &LabClient::ReadDaemonLog,
                  [&](const std::string& text) { context.Print(ForTerminal(text, true)); });
}

}  // namespace

Run ConfigureDaemon(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Subcommand("start", &given->start, "start labd if it does not run");
  Arguments stop = takes.Subcommand(
      "stop", &given->stop, "checkpoint running jobs, then leave; they go on at the next start");
  takes.Subcommand("status", &given->status, "whether it runs (exit 0 or 69)");
  Arguments logs = takes.Subcommand("logs", &given->logs, "its log");
  stop.Option("--timeout", &given->timeout, "seconds until exit 124 (180)");
  logs.Flag("-f,--follow", &given->follow, "go on; Ctrl-C detaches");
  logs.Option("--tail", &given->tail, "only the last lines");
  return [given](Context& context) -> absl::StatusOr<int> {
    if (given->start) return Start(context);
    if (given->stop) return Stop(context, given->timeout);
    if (given->status) return PrintStatus(context);
    return Logs(context, *given);
  };
}

}  // namespace lab::cli
