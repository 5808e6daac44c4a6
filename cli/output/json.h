#pragma once

// The JSON that `--json` prints: one document a line, with "schema_version": 1. Numbers that are
// not finite are strings, text that is not UTF-8 has its bytes beside it. Pure.

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/status.h"
#include "lab/v1/artifact.pb.h"
#include "lab/v1/catalog.pb.h"
#include "lab/v1/config.pb.h"
#include "lab/v1/corpus.pb.h"
#include "lab/v1/event.pb.h"
#include "lab/v1/group.pb.h"
#include "lab/v1/inspect.pb.h"
#include "lab/v1/job.pb.h"
#include "lab/v1/system.pb.h"

namespace lab::cli {

using Json = nlohmann::ordered_json;

// {"schema_version": 1}, to be filled.
Json Document();
// One line, without its newline.
std::string Line(const Json& document);

// The same double, or "NaN", "Infinity", "-Infinity".
Json NumberJson(double value);
// `text` or null where it is empty.
Json OrNull(const std::string& text);
// Sets object[key] to the text with U+FFFD for what is not UTF-8, and then object[prefix +
// "bytes_hex"] to all its bytes.
void PutText(Json& object, const char* key, std::string_view bytes, const char* prefix = "");

Json ChangeJson(const v1::Change& change);
Json JobJson(const v1::Job& job);
Json GroupJson(const v1::Group& group);
Json CheckpointJson(const v1::Checkpoint& checkpoint);
Json SampleJson(const v1::Sample& sample);
Json ArtifactJson(const v1::Artifact& artifact);
Json FieldErrorJson(const v1::FieldError& error);
Json FieldJson(const v1::Field& field);
Json JobTypeJson(const v1::JobType& type);
Json CorpusJson(const v1::Corpus& corpus);
Json ForecastJson(const v1::Forecast& forecast);
Json SystemJson(const v1::System& system);
Json TokenJson(const v1::Token& token);

// The lines of `watch` for one event: one for each metric point, else one.
std::vector<Json> EventJson(const v1::WatchEvent& event, int64_t job_id);

// {"error": {code, reason, message, field?, line?, suggestion?}, "errors": […]?}.
Json ErrorJson(const absl::Status& status);

}  // namespace lab::cli
