#pragma once

// Jobs and their texts as rows. The store thread writes, inside its transaction; reads work on any
// connection. Progress in memory is newer than the row: the Store lays it over.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "daemon/store/database.h"
#include "daemon/store/records.h"

namespace lab {

class JobStore {
 public:
  explicit JobStore(Database* database) : database_(database) {}

  // See Store::CreateJobs.
  absl::StatusOr<CreatedJobs> Create(const std::vector<NewJob>& jobs, std::string_view wanted_group,
                                     std::string_view request_id, int64_t now_ms);
  // Changes the row; see JobChange for the times.
  absl::Status Update(int64_t id, const JobChange& change, int64_t now_ms);
  absl::Status SetAttempt(int64_t id, int64_t attempt);
  // Why it ended early; "" if it did not.
  absl::Status SetEnding(int64_t id, std::string_view why);
  absl::Status SetProgress(int64_t id, const v1::Progress& progress);
  absl::Status InsertTexts(int64_t id, const v1::ConfigText& submitted, std::string_view resolved);
  // A new group, under a name that may get a number behind it; see Store::CreateJobs.
  absl::StatusOr<std::string> NewGroup(std::string_view wanted, int64_t now_ms);
  // Removes the job's rows of every table.
  absl::Status Remove(int64_t id);

  absl::StatusOr<JobRecord> Get(int64_t id);
  absl::StatusOr<JobTexts> GetTexts(int64_t id);
  // In the order of Store::ListJobs.
  absl::StatusOr<JobPage> List(const JobFilter& filter);
  absl::StatusOr<int64_t> Count(const std::vector<v1::Job::State>& states);
  absl::StatusOr<std::vector<JobRecord>> InState(const std::vector<v1::Job::State>& states);
  absl::StatusOr<std::vector<JobRecord>> NextQueued(int64_t limit);
  // See Store::MisplacedJobs.
  absl::StatusOr<std::vector<JobRecord>> Misplaced();
  // See Store::ArrangeJobs.
  absl::Status Arrange(const std::vector<int64_t>& ids, QueuePlace place, int64_t before);
  absl::StatusOr<std::vector<int64_t>> GroupMembers(std::string_view group);

 private:
  absl::StatusOr<std::optional<CreatedJobs>> FindRequest(std::string_view request_id);
  absl::StatusOr<std::string> UniqueGroup(std::string_view wanted);
  // The ids of a new listing, or of the one that the token goes on with.
  absl::StatusOr<std::vector<int64_t>> ListedIds(const JobFilter& filter);
  absl::StatusOr<int64_t> Insert(const NewJob& job, std::string_view group, int64_t position,
                                 int64_t now_ms);

  Database* database_;
};

}  // namespace lab
