#pragma once

// Prints a log that labd sends: a job's, or its own. One that is followed goes on after a lost link
// or a restart of labd where it was, without a lost or doubled line.

#include <functional>
#include <string>
#include <utility>

#include "cli/context.h"
#include "cli/errors.h"
#include "proto/client/reconnect.h"

namespace lab::cli {

// `read` is one of LabClient's two calls for logs. Returns the exit code.
template <class Request, class Chunk>
absl::StatusOr<int> PrintLog(Context& context, const LabClient& client, Request request,
                             absl::Status (LabClient::*read)(const Request&, const Receive<Chunk>&,
                                                             Cancellation*) const,
                             const std::function<void(const std::string& text)>& show) {
  const bool follow = request.follow();
  ASSIGN_OR_RETURN(RetryOptions patience, context.Patience());
  if (!follow) patience.give_up_seconds = 0;
  Reconnector reconnector(patience);
  Interrupts::Scope interrupt(context.interrupts(), [&] { reconnector.Cancel(); });
  const Receive<Chunk> take = [&](const Chunk& chunk) {
    reconnector.Heard();
    show(chunk.text());
    *request.mutable_from() = chunk.end();
    return true;
  };
  absl::Status status = reconnector.Run(
      [&](Cancellation* cancellation) -> absl::StatusOr<bool> {
        RETURN_IF_ERROR((client.*read)(Request(request), take, cancellation));
        return true;
      },
      [&](const absl::Status& lost) {
        if (follow) context.SayLost(lost);
      });
  if (interrupt.raised()) return follow ? kOk : kInterrupted;
  RETURN_IF_ERROR(status);
  return kOk;
}

}  // namespace lab::cli
