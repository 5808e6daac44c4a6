#pragma once

// Reads the points and events of one job out of a job file's entries that lie on the disk, checking
// each. Plain value; what Start() gives belongs to one thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "daemon/store/job_copy.h"
#include "daemon/store/store.h"

namespace lab {

class ImportSource {
 public:
  // `root` holds the entries under their names.
  ImportSource(std::filesystem::path root, int64_t source_job, const JobCopy& copy,
               int64_t event_parts);
  // From the beginning. INVALID_ARGUMENT (JOB_FILE_INVALID) naming the entry for a point or an
  // event that cannot be: of an unknown attempt, out of order, behind the job's last.
  JobCopySource Start() const;

 private:
  struct Reading;

  std::filesystem::path root_;
  int64_t source_job_;
  int64_t last_sequence_;
  int64_t event_parts_;
  std::set<int64_t> attempts_;
  std::map<int64_t, int64_t> point_counts_;  // of each metric
};

}  // namespace lab
