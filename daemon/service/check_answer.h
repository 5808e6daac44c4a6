#pragma once

// A config's way to the worker and its verdict's way back: ConfigText → the fields of a "check"
// frame, a "checked" header → CheckReport (docs/formats/worker_frame.md). Pure, any thread.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/status.h"
#include "core/config/config.h"
#include "lab/v1/config.pb.h"
#include "lab/v1/job.pb.h"

namespace lab {

ConfigText FromProto(const v1::ConfigText& config);
v1::FieldError ToProto(const ConfigError& error);

// INVALID_ARGUMENT if it cannot be passed on: a relative base folder, or too long for a frame.
absl::Status CheckConfigText(const v1::ConfigText& config);

// The fields of a "check" frame but type and request. `measure`: also measure this machine's rate
// for the time forecast.
nlohmann::json CheckRequest(const v1::ConfigText& config, bool measure);

// What a worker found out about one config.
struct CheckAnswer {
  v1::CheckReport report;           // member_count stays 0
  std::string name;                 // the config's own; "" if it gives none
  std::vector<v1::Change> changes;  // of a job: what differs, without id and time
};

// INTERNAL with reason WORKER_PROTOCOL if the header has not that form, e.g. refuses a config
// without saying why.
absl::StatusOr<CheckAnswer> ParseCheckAnswer(const nlohmann::json& header);

}  // namespace lab
