#pragma once

// What is said between labd and the worker that serves opened models. Plain data, any thread.

#include <functional>
#include <string>

#include <nlohmann/json.hpp>

#include "core/base/frame.h"
#include "core/base/status.h"
#include "lab/v1/inspect.pb.h"

namespace lab {

// Where a question to an opened model goes.
struct SessionAddress {
  std::string request;     // names the question
  nlohmann::json session;  // the model's name in its worker
  int threads = 0;         // it may use; 0: all cores
};
// Makes the frame of a question; INVALID_ARGUMENT if it is too large for one.
using SessionQuestion = std::function<absl::StatusOr<std::string>(const SessionAddress&)>;

absl::StatusOr<std::string> EncodeGenerate(const SessionAddress& to,
                                           const v1::GenerateRequest& generate);
absl::StatusOr<std::string> EncodeInspect(const SessionAddress& to,
                                          const v1::InspectRequest& inspect);

// What an answer says; a failed one is its failure, a malformed one WORKER_PROTOCOL.
// Without path: labd knows that.
absl::StatusOr<v1::OpenResponse> ParseOpened(const Frame& frame);
absl::StatusOr<v1::Token> ParseToken(const Frame& frame);
absl::StatusOr<v1::GenerateSummary> ParseGenerated(const Frame& frame);
absl::StatusOr<v1::InspectPlan> ParsePlanned(const Frame& frame);
absl::StatusOr<v1::TensorPart> ParsePart(const Frame& frame);
absl::StatusOr<v1::InspectSummary> ParseInspected(const Frame& frame);

}  // namespace lab
