#pragma once

// What this installation can do, as the newest idle worker described itself. Safe from any thread.

#include <mutex>

#include <nlohmann/json.hpp>

#include "core/base/status.h"
#include "lab/v1/catalog.pb.h"
#include "lab/v1/corpus.pb.h"

namespace lab {

class Catalog {
 public:
  // Takes a worker's description (docs/formats/worker_frame.md). INVALID_ARGUMENT with reason
  // WORKER_PROTOCOL, and nothing changed, if it is not of that form.
  absl::Status Describe(const nlohmann::json& description);

  // UNAVAILABLE until a worker has spoken.
  absl::StatusOr<lab::v1::Catalog> Get() const;
  absl::StatusOr<lab::v1::ListCorporaResponse> Corpora() const;
  // The text of a preset of kind "job"; NOT_FOUND with the ones that exist.
  absl::StatusOr<std::string> PresetText(std::string_view name) const;

 private:
  mutable std::mutex mutex_;  // guards what follows
  bool described_ = false;
  lab::v1::Catalog catalog_;
  lab::v1::ListCorporaResponse corpora_;
};

}  // namespace lab
