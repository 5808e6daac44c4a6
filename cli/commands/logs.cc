// logs: what a job's worker wrote.

#include <memory>
#include <ostream>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/log_reading.h"

namespace lab::cli {
namespace {

struct Given {
  std::string id;
  bool follow = false;
  int64_t tail = 0;
};

absl::StatusOr<int> Logs(Context& context, const Given& given) {
  if (given.tail < 0) return UsageError("--tail must be positive");
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(int64_t id, FindJob(*client, given.id));
  v1::ReadLogRequest request;
  request.set_job_id(id);
  request.set_follow(given.follow);
  request.set_tail_lines(given.tail);
  return PrintLog(context, *client, request, &LabClient::ReadLog, [&](const std::string& text) {
    if (context.json()) {
      Json line = Document();
      line["job"] = id;
      PutText(line, "text", text);
      context.PrintJson(line);
    } else if (context.terminal().out_is_tty) {
      context.Print(ForTerminal(text, true));
    } else {
      context.out() << text << std::flush;
    }
  });
}

}  // namespace

Run ConfigureLogs(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Word("id", &given->id, "a job").Offers(OfferJobs());
  takes.Flag("-f,--follow", &given->follow, "go on until the job ends; Ctrl-C detaches");
  takes.Option("--tail", &given->tail, "only the last lines");
  return [given](Context& context) { return Logs(context, *given); };
}

}  // namespace lab::cli
