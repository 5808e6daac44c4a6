#pragma once

// Takes a job file (docs/formats/job_file.md) in as it comes. The file is hostile until its last
// byte was read and every hash was right: until then everything lies in a hidden folder beside the
// jobs, which goes away with the object. Belongs to one thread.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/places.h"
#include "core/base/sha256.h"
#include "core/base/status.h"
#include "daemon/transfer/job_file.h"
#include "daemon/transfer/tar.h"
#include "lab/v1/transfer.pb.h"

namespace lab {

class Store;
struct ReservedCopy;

// Folders that imports work in begin so; one that is there when labd starts is left over.
inline constexpr std::string_view kImportPrefix = ".importing-";

class JobImport final : private TarReader::Delegate {
 public:
  struct Options {
    int64_t now_ms = 0;
    int64_t min_free_bytes = 0;  // what must stay free on the disk
    std::function<int64_t(const std::filesystem::path&)> free_bytes;  // of a folder's disk
  };
  // Requires: `store` outlives it.
  JobImport(Store* store, Places places, Options options);
  ~JobImport() override;
  JobImport(const JobImport&) = delete;
  JobImport& operator=(const JobImport&) = delete;

  // The next bytes of the file. After a failure nothing more may be called.
  absl::Status Append(std::string_view bytes) { return reader_.Append(bytes); }
  // The file has ended: checks it as a whole and makes its jobs, all or none.
  absl::StatusOr<v1::ImportJobsResponse> Finish();

 private:
  // A complete entry.
  struct Entry {
    int64_t size = 0;
    std::string sha256;
  };
  // What of an entry's name says where it belongs.
  struct Target {
    int64_t job = 0;   // 0: none, it is the head or the sums
    std::string rest;  // below the job: "job.json", "folder/log"
    int64_t limit = 0;
    bool in_memory = false;
  };

  absl::Status BeginEntry(const std::string& name, int64_t size) override;
  absl::Status EntryData(std::string_view bytes) override;
  absl::Status EndEntry() override;
  absl::StatusOr<Target> TargetOf(const std::string& name) const;
  absl::Status OpenStaged(const std::string& name, int64_t size);
  absl::Status MakeRoot();

  absl::Status CheckSums() const;
  absl::StatusOr<ReservedCopy> LoadJob(int64_t source_job) const;
  absl::Status CheckSeries(int64_t source_job, const JobCopy& copy) const;
  absl::Status CheckCheckpoints(int64_t source_job, JobCopy* copy) const;
  absl::Status CheckManifest(const std::string& folder, std::string_view want_sha256) const;
  int64_t EventParts(int64_t source_job) const;
  absl::Status MoveFolders(const std::vector<ReservedCopy>& jobs,
                           std::vector<std::filesystem::path>* made) const;
  absl::StatusOr<v1::ImportJobsResponse> Describe(const std::vector<ReservedCopy>& jobs,
                                                  const std::string& group) const;
  std::filesystem::path Staged(const std::string& entry) const { return root_ / entry; }

  Store* const store_;
  const Places places_;
  const Options options_;
  TarReader reader_{this};

  std::filesystem::path root_;  // of the hidden folder; empty before the first file
  std::optional<JobFileHead> head_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::string> texts_;  // entries kept in memory
  int64_t text_bytes_ = 0;
  bool complete_ = false;  // the sums were read

  // The entry that is being read.
  std::string name_;
  int64_t size_ = 0;
  int fd_ = -1;  // of its file; -1: in memory
  std::string text_;
  Sha256Stream hasher_;
};

}  // namespace lab
