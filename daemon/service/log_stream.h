#pragma once

// The stream of a log file to one caller, the same for a job's log and labd's own. gRPC's threads.

#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include <grpcpp/support/sync_stream.h>

#include "core/base/log_file.h"
#include "core/base/status.h"
#include "daemon/service/open_calls.h"

namespace lab {

// INVALID_ARGUMENT for what names no place in a log.
template <class Request>
absl::Status CheckLogRequest(const Request& request) {
  if (request.tail_lines() < 0) {
    return absl::InvalidArgumentError("tail_lines must not be negative");
  }
  if (request.from().offset() < 0) {
    return absl::InvalidArgumentError("from.offset must not be negative");
  }
  return absl::OkStatus();
}

// Sends what is in the log from where the request says, each piece with the place behind it, and
// goes on while `grows` says so; that is asked before each reading. Requires: CheckLogRequest.
template <class Request, class Chunk>
absl::Status StreamLog(const std::filesystem::path& path, const Request& request,
                       const std::function<absl::StatusOr<bool>()>& grows, OpenCalls::Call& call,
                       grpc::ServerWriter<Chunk>& writer) {
  constexpr double kPollSeconds = 0.2;
  const LogPosition from{request.from().file(), request.from().offset()};
  LogReader log =
      request.has_from() ? LogReader(path, from) : LogReader(path, request.tail_lines());
  while (!call.Ending()) {
    ASSIGN_OR_RETURN(const bool more, grows());
    ASSIGN_OR_RETURN(std::string text, log.Next());
    if (text.empty() && !more) return absl::OkStatus();
    if (text.empty()) {
      call.Sleep(kPollSeconds);
      continue;
    }
    Chunk chunk;
    chunk.set_text(std::move(text));
    const LogPosition end = log.position();
    chunk.mutable_end()->set_file(end.file);
    chunk.mutable_end()->set_offset(end.offset);
    if (!writer.Write(chunk)) break;
  }
  return call.EndStatus();
}

}  // namespace lab
