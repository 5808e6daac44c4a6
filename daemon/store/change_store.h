#pragma once

// Settings that were changed after a job was queued, as rows. The store thread writes, inside its
// transaction; reads work on any connection.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "daemon/store/database.h"
#include "lab/v1/job.pb.h"

namespace lab {

class ChangeStore {
 public:
  explicit ChangeStore(Database* database) : database_(database) {}

  // Appends `changes` (their field, before and value) behind change `after`, the newest that the
  // caller knew (0: none); ABORTED if there is a newer one. `resolved` is the config with them.
  absl::Status Add(int64_t job, int64_t after, const std::vector<v1::Change>& changes,
                   std::string_view resolved, int64_t now_ms);
  // Notes that a change acted once `step` updates were done.
  absl::Status Acted(int64_t job, int64_t id, int64_t step);
  // By id.
  absl::StatusOr<std::vector<v1::Change>> List(int64_t job);
  // The resolved config with all changes; "" if there are none.
  absl::StatusOr<std::string> Current(int64_t job);

 private:
  Database* database_;
};

}  // namespace lab
