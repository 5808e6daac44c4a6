#pragma once

// Which job waits for which, as rows. How a dependency stands follows from the state of the job it
// needs, so that no step can be lost between the end of one job and the start of another; only what
// a removal or a release decides is written down. The store thread writes, inside its transaction;
// reads work on any connection.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "daemon/store/database.h"
#include "daemon/store/records.h"

namespace lab {

// SQL conditions on a row `jobs`: one of its dependencies is not met (yet); one is broken.
extern const std::string_view kHasUnmetDependency;
extern const std::string_view kHasBrokenDependency;

// Ids as a JSON array, for json_each(?).
std::string IdList(const std::vector<int64_t>& ids);

class DependencyStore {
 public:
  explicit DependencyStore(Database* database) : database_(database) {}

  // NOT_FOUND for a dependency on a job that does not exist; then nothing was written.
  absl::Status Insert(int64_t job, const std::vector<NewDependency>& dependencies);
  // Those of each of `jobs` that has any, in the order given, as they stand.
  absl::StatusOr<std::map<int64_t, std::vector<v1::Dependency>>> Of(
      const std::vector<int64_t>& jobs);
  // What is broken of the job's no longer counts.
  absl::Status Waive(int64_t job);
  // `job` goes, as it stands: forgets what it waits for and settles what waits for it.
  absl::Status Remove(const v1::Job& job);

 private:
  Database* database_;
};

}  // namespace lab
