#include "daemon/service/inspect_service.h"

#include <cmath>
#include <string>
#include <utility>

#include "core/base/strings.h"
#include "daemon/service/reference.h"
#include "daemon/service/status_map.h"
#include "daemon/supervisor/supervisor.h"

namespace lab {
namespace {

constexpr int64_t kMaxTokens = 1'000'000;
constexpr size_t kMaxPromptBytes = 8 << 20;  // half of what a frame carries
constexpr int kMaxStops = 64;
constexpr size_t kMaxStopBytes = 4096;
constexpr int kMaxAlternatives = 100;
constexpr int kMaxQuantities = 64;

template <class Value>
absl::Status OutOfRange(std::string_view field, std::string_view allowed, Value value) {
  return absl::InvalidArgumentError(Absl(StrCat(field, " must be ", allowed, ", is ", value)));
}

absl::Status CheckStops(const v1::GenerateRequest& request) {
  if (request.stop_size() > kMaxStops) {
    return OutOfRange("stop", StrCat("at most ", kMaxStops, " texts"), request.stop_size());
  }
  for (const std::string& stop : request.stop()) {
    if (stop.empty()) return absl::InvalidArgumentError("stop must not hold an empty text");
    if (stop.size() > kMaxStopBytes) {
      return OutOfRange("stop", StrCat("at most ", kMaxStopBytes, " bytes each"), stop.size());
    }
  }
  return absl::OkStatus();
}

// Writes the events of a worker's answer until it or the call ends.
template <class Event, class Ask>
grpc::Status StreamTo(grpc::ServerContext* context, OpenCalls& calls,
                      grpc::ServerWriter<Event>* writer, const Ask& ask) {
  auto call = calls.Enter(*context);
  if (!call.ok()) return ToGrpc(call.status(), *context);
  bool gone = false;
  absl::Status end = ask(
      [&](const Event& event) {
        gone = gone || !writer->Write(event);
        return !gone;
      },
      [&] { return gone || (*call)->Ending(); });
  if (gone || (*call)->Ending()) return ToGrpc((*call)->EndStatus(), *context);
  return ToGrpc(end, *context);
}

}  // namespace

absl::Status CheckGenerateRequest(const v1::GenerateRequest& request) {
  if (request.session().empty()) return absl::InvalidArgumentError("session is missing");
  if (request.prompt().size() > kMaxPromptBytes) {
    return OutOfRange("prompt", StrCat("at most ", kMaxPromptBytes, " bytes"),
                      request.prompt().size());
  }
  if (request.max_tokens() < 1 || request.max_tokens() > kMaxTokens) {
    return OutOfRange("max_tokens", StrCat("from 1 to ", kMaxTokens), request.max_tokens());
  }
  if (!(request.temperature() >= 0) || !std::isfinite(request.temperature())) {
    return OutOfRange("temperature", "at least 0", FormatDouble(request.temperature()));
  }
  if (request.top_k() < 0) return OutOfRange("top_k", "at least 0", request.top_k());
  if (!(request.top_p() > 0 && request.top_p() <= 1)) {
    return OutOfRange("top_p", "above 0 and at most 1", FormatDouble(request.top_p()));
  }
  if (request.alternatives() < 0 || request.alternatives() > kMaxAlternatives) {
    return OutOfRange("alternatives", StrCat("from 0 to ", kMaxAlternatives),
                      request.alternatives());
  }
  return CheckStops(request);
}

absl::Status CheckInspectRequest(const v1::InspectRequest& request) {
  if (request.session().empty()) return absl::InvalidArgumentError("session is missing");
  if (request.subject_case() == v1::InspectRequest::SUBJECT_NOT_SET) {
    return absl::InvalidArgumentError("text or tokens are missing");
  }
  if (request.text().size() > kMaxPromptBytes) {
    return OutOfRange("text", StrCat("at most ", kMaxPromptBytes, " bytes"), request.text().size());
  }
  if (request.quantities_size() > kMaxQuantities) {
    return OutOfRange("quantities", StrCat("at most ", kMaxQuantities), request.quantities_size());
  }
  if (request.top() < 0) return OutOfRange("top", "at least 0", request.top());
  if (request.max_bytes() < 0) return OutOfRange("max_bytes", "at least 0", request.max_bytes());
  return absl::OkStatus();
}

grpc::Status InspectService::Open(grpc::ServerContext* context, const v1::OpenRequest* request,
                                  v1::OpenResponse* response) {
  auto location = ResolveReference(*lab_.store, *lab_.places, request->reference());
  if (!location.ok()) return ToGrpc(location.status(), *context);
  auto opened = lab_.supervisor->OpenModel(location->folder);
  if (!opened.ok()) return ToGrpc(opened.status(), *context);
  *response = *std::move(opened);
  response->set_job_id(location->job);
  response->set_step(location->step);
  response->set_path(location->folder.string());
  return grpc::Status::OK;
}

grpc::Status InspectService::Close(grpc::ServerContext* context, const v1::CloseRequest* request,
                                   v1::CloseResponse* /*response*/) {
  if (request->session().empty()) {
    return ToGrpc(absl::InvalidArgumentError("session is missing"), *context);
  }
  return ToGrpc(lab_.supervisor->CloseModel(request->session()), *context);
}

grpc::Status InspectService::Generate(grpc::ServerContext* context,
                                      const v1::GenerateRequest* request,
                                      grpc::ServerWriter<v1::GenerateEvent>* writer) {
  if (absl::Status sound = CheckGenerateRequest(*request); !sound.ok()) {
    return ToGrpc(sound, *context);
  }
  return StreamTo(context, calls_, writer, [&](const auto& on_event, const auto& ending) {
    return lab_.supervisor->Generate(*request, on_event, ending);
  });
}

grpc::Status InspectService::Inspect(grpc::ServerContext* context,
                                     const v1::InspectRequest* request,
                                     grpc::ServerWriter<v1::InspectEvent>* writer) {
  if (absl::Status sound = CheckInspectRequest(*request); !sound.ok()) {
    return ToGrpc(sound, *context);
  }
  return StreamTo(context, calls_, writer, [&](const auto& on_event, const auto& ending) {
    return lab_.supervisor->Inspect(*request, on_event, ending);
  });
}

}  // namespace lab
