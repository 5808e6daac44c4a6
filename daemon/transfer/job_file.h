#pragma once

// What stands in a job file (docs/formats/job_file.md): the names of its entries and the text of
// those that are neither points nor copies of files. Readers check everything; failures are
// INVALID_ARGUMENT (JOB_FILE_INVALID) and name the entry. Pure functions, any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "daemon/store/job_copy.h"

namespace lab {

namespace reason {
inline constexpr std::string_view kJobFileNewer = "JOB_FILE_NEWER";
}  // namespace reason

inline constexpr int64_t kJobFileVersion = 1;
inline constexpr std::string_view kHeadEntry = "llm-lab-job-file.json";  // first
inline constexpr std::string_view kSumsEntry = "SHA256SUMS";             // last
inline constexpr size_t kEventsPartBytes = 1 << 20;
inline constexpr size_t kPointBytes = 48;

// Names below the folder of one job: "jobs/12/…".
std::string JobEntry(int64_t source_job, std::string_view rest);
std::string SeriesEntry(int64_t source_job, int64_t metric);  // "jobs/12/series/000001.npy"
std::string EventsEntry(int64_t source_job, int64_t part);    // "jobs/12/events/000001.jsonl"
inline constexpr std::string_view kFolderPart = "folder/";    // files of the job's folder

// The first entry.
struct JobFileHead {
  std::string lab_version;
  std::string host;
  int64_t exported_ms = 0;
  std::string group;  // "" if the jobs are none
  std::vector<int64_t> jobs;
};
std::string HeadText(const JobFileHead& head);
// FAILED_PRECONDITION (JOB_FILE_NEWER) for a later version of the format.
absl::StatusOr<JobFileHead> ParseHead(std::string_view text);

// job.json: all of `copy` but the config texts' bodies.
std::string RecordText(const JobCopy& copy);
absl::StatusOr<JobCopy> ParseRecord(std::string_view text, int64_t source_job);

// One line of an events entry, and back. `entry` is for messages.
std::string EventLine(const EventCopy& event);
absl::StatusOr<EventCopy> ParseEventLine(std::string_view line, std::string_view entry);

// A NumPy array file of `count` records: its header, its records, and both back.
std::string SeriesHeader(int64_t count);
void AppendPointRecord(const PointCopy& point, std::string* bytes);
// The count that a header announces; `*header_bytes` is where the records begin.
absl::StatusOr<int64_t> ParseSeriesHeader(std::string_view start, std::string_view entry,
                                          size_t* header_bytes);
PointCopy PointRecordAt(std::string_view records, size_t index);

// "HASH  NAME\n", as sha256sum writes and checks it.
std::string SumLine(std::string_view sha256, std::string_view name);

}  // namespace lab
