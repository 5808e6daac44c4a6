// logs: what a job's worker wrote.

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"

namespace lab::cli {
namespace {

struct Arguments {
  std::string id;
  bool follow = false;
  int64_t tail = 0;
};

absl::StatusOr<int> Logs(Context& context, const Arguments& arguments) {
  if (arguments.tail < 0) return UsageError("--tail must be positive");
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(int64_t id, FindJob(*client, arguments.id));
  v1::ReadLogRequest request;
  request.set_job_id(id);
  request.set_follow(arguments.follow);
  request.set_tail_lines(arguments.tail);
  Cancellation cancellation;
  Interrupts::Scope interrupt(context.interrupts(), [&] { cancellation.Cancel(); });
  absl::Status status = client->ReadLog(
      request,
      [&](const v1::LogChunk& chunk) {
        if (context.json()) {
          Json line = Document();
          line["job"] = id;
          PutText(line, "text", chunk.text());
          context.PrintJson(line);
        } else if (context.terminal().out_is_tty) {
          context.Print(ForTerminal(chunk.text(), true));
        } else {
          context.out() << chunk.text() << std::flush;
        }
        return true;
      },
      &cancellation);
  if (interrupt.raised()) return arguments.follow ? kOk : kInterrupted;
  RETURN_IF_ERROR(status);
  return kOk;
}

}  // namespace

Run ConfigureLogs(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("id", arguments->id, "a job")->required();
  app.add_flag("-f,--follow", arguments->follow, "go on until the job ends; Ctrl-C detaches");
  app.add_option("--tail", arguments->tail, "only the last lines");
  return [arguments](Context& context) { return Logs(context, *arguments); };
}

}  // namespace lab::cli
