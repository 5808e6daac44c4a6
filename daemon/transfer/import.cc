#include "daemon/transfer/import.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "daemon/job_folder.h"
#include "daemon/service/requests.h"
#include "daemon/store/event_packer.h"
#include "daemon/store/store.h"
#include "daemon/transfer/checkpoint_files.h"
#include "daemon/transfer/import_source.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxEntries = 1'000'000;
constexpr int64_t kMaxRecord = int64_t{16} << 20;
constexpr int64_t kMaxConfig = int64_t{2} << 20;
constexpr int64_t kMaxEvents = int64_t{64} << 20;
constexpr int64_t kMaxText = int64_t{256} << 20;  // in memory, of all entries together
constexpr int64_t kNoLimit = int64_t{1} << 60;

absl::Status Invalid(std::string_view entry, std::string_view why) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kJobFileInvalid,
                 StrCat("the entry \"", entry, "\" ", why));
}

absl::Status Corrupt(std::string_view entry, std::string_view why) {
  return Failure(absl::StatusCode::kDataLoss, reason::kJobFileCorrupt,
                 StrCat("the entry \"", entry, "\" ", why));
}

// "000012.npy" → 12 if it is written as our own names are.
std::optional<int64_t> NumberIn(std::string_view name, std::string_view ending) {
  if (name.size() <= ending.size() || name.substr(name.size() - ending.size()) != ending) return {};
  int64_t number = 0;
  const char* last = name.data() + name.size() - ending.size();
  auto [end, error] = std::from_chars(name.data(), last, number);
  if (error != std::errc() || end != last || number < 1) return {};
  return number;
}

}  // namespace

JobImport::JobImport(Store* store, Places places, Options options)
    : store_(store), places_(std::move(places)), options_(std::move(options)) {}

JobImport::~JobImport() {
  if (fd_ >= 0) ::close(fd_);
  if (root_.empty()) return;
  std::error_code error;
  fs::remove_all(root_, error);
  if (error) spdlog::warn("removing {}: {}", root_.string(), error.message());
}

// --- while it is read

absl::StatusOr<JobImport::Target> JobImport::TargetOf(const std::string& name) const {
  if (name == kHeadEntry) return Target{0, name, kMaxConfig, true};
  if (name == kSumsEntry) return Target{0, name, kMaxText, true};
  auto stray = [&] { return Invalid(name, "does not belong into a job file"); };
  std::string_view rest = name;
  if (rest.substr(0, 5) != "jobs/") return stray();
  rest.remove_prefix(5);
  size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return stray();
  for (int64_t job : head_->jobs) {
    if (rest.substr(0, slash) != StrCat(job)) continue;
    Target target{job, std::string(rest.substr(slash + 1)), kNoLimit, false};
    std::string_view below = target.rest;
    if (below == "job.json") return Target{job, target.rest, kMaxRecord, true};
    if (below == "config.yaml" || below == "submitted.yaml") {
      return Target{job, target.rest, kMaxConfig, true};
    }
    if (below.rfind(kFolderPart, 0) == 0 && below != "folder/lock") return target;
    auto series = NumberIn(below.substr(std::min<size_t>(below.size(), 7)), ".npy");
    if (series && name == SeriesEntry(job, *series)) return target;
    auto events = NumberIn(below.substr(std::min<size_t>(below.size(), 7)), ".jsonl");
    if (events && name == EventsEntry(job, *events)) {
      target.limit = kMaxEvents;
      return target;
    }
    return stray();
  }
  return stray();
}

absl::Status JobImport::BeginEntry(const std::string& name, int64_t size) {
  if (complete_) return Invalid(name, StrCat("stands behind ", kSumsEntry));
  if (!head_ && name != kHeadEntry) {
    return Failure(
        absl::StatusCode::kInvalidArgument, reason::kJobFileInvalid,
        StrCat("this is no job file: it begins with \"", name, "\", not with ", kHeadEntry));
  }
  if (entries_.count(name) > 0) return Invalid(name, "stands twice");
  if (static_cast<int64_t>(entries_.size()) >= kMaxEntries) return Invalid(name, "is one too many");
  ASSIGN_OR_RETURN(Target target, TargetOf(name));
  if (size > target.limit) {
    return Invalid(name, StrCat("claims ", FormatBytes(size), "; at most ",
                                FormatBytes(target.limit), " can be"));
  }
  name_ = name;
  size_ = size;
  text_.clear();
  hasher_ = Sha256Stream();
  if (!target.in_memory) return OpenStaged(name, size);
  text_bytes_ += size;
  return text_bytes_ <= kMaxText ? absl::OkStatus() : Invalid(name, "makes too much text in all");
}

absl::Status JobImport::MakeRoot() {
  std::error_code error;
  fs::create_directories(places_.jobs(), error);
  std::string path = (places_.jobs() / StrCat(kImportPrefix, "XXXXXX")).string();
  if (::mkdtemp(path.data()) == nullptr) return ErrnoStatus("making the folder", path);
  root_ = path;
  return absl::OkStatus();
}

absl::Status JobImport::OpenStaged(const std::string& name, int64_t size) {
  if (root_.empty()) RETURN_IF_ERROR(MakeRoot());
  if (int64_t free = options_.free_bytes(places_.jobs()); size > free - options_.min_free_bytes) {
    return Failure(
        absl::StatusCode::kResourceExhausted, "DISK_BUDGET",
        StrCat("the entry \"", name, "\" has ", FormatBytes(size), ", and of the disk's ",
               FormatBytes(free), " free ", FormatBytes(options_.min_free_bytes),
               " must stay so; labctl storage prune makes room"));
  }
  const fs::path path = Staged(name);
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error == std::errc::no_space_on_device) {
    return Failure(absl::StatusCode::kResourceExhausted, reason::kDiskFull,
                   StrCat("writing ", path.string(), ": ", error.message()));
  }
  if (error) return Invalid(name, StrCat("cannot be written: ", error.message()));
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd_ >= 0) return absl::OkStatus();
  return WithContext(ErrnoStatus("creating", path), StrCat("the entry \"", name, "\""));
}

absl::Status JobImport::EntryData(std::string_view bytes) {
  hasher_.Add(bytes);
  if (fd_ < 0) {
    text_.append(bytes);
    return absl::OkStatus();
  }
  while (!bytes.empty()) {
    ssize_t wrote = ::write(fd_, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) {
      return WithContext(ErrnoStatus("writing", Staged(name_)),
                         StrCat("the entry \"", name_, "\""));
    }
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return absl::OkStatus();
}

absl::Status JobImport::EndEntry() {
  entries_[name_] = {size_, hasher_.Finish()};
  if (fd_ >= 0) {
    int synced = ::fsync(fd_);
    absl::Status status = synced == 0 ? absl::OkStatus() : ErrnoStatus("writing", Staged(name_));
    ::close(std::exchange(fd_, -1));
    return status;
  }
  if (name_ == kHeadEntry) {
    ASSIGN_OR_RETURN(head_, ParseHead(text_));
    return absl::OkStatus();
  }
  texts_[name_] = std::move(text_);
  complete_ = name_ == kSumsEntry;
  return complete_ ? CheckSums() : absl::OkStatus();
}

// Every entry before SHA256SUMS stands there once, with the hash that was computed.
absl::Status JobImport::CheckSums() const {
  std::string_view sums = texts_.at(std::string(kSumsEntry));
  std::set<std::string> seen;
  while (!sums.empty()) {
    size_t end = sums.find('\n');
    std::string_view line = sums.substr(0, end);
    sums.remove_prefix(end == std::string_view::npos ? sums.size() : end + 1);
    if (line.size() < 67 || line.substr(64, 2) != "  ") {
      return Corrupt(kSumsEntry, "is no list of hashes");
    }
    std::string name(line.substr(66));
    auto entry = entries_.find(name);
    if (entry == entries_.end() || name == kSumsEntry) return Corrupt(name, "is missing");
    if (entry->second.sha256 != line.substr(0, 64)) {
      return Corrupt(name, "is damaged: its content does not match its SHA-256");
    }
    seen.insert(std::move(name));
  }
  for (const auto& [name, entry] : entries_) {
    if (name != kSumsEntry && seen.count(name) == 0) {
      return Corrupt(name, StrCat("is not listed in ", kSumsEntry));
    }
  }
  return absl::OkStatus();
}

// --- when it was read

int64_t JobImport::EventParts(int64_t source_job) const {
  int64_t part = 0;
  while (entries_.count(EventsEntry(source_job, part + 1)) > 0) ++part;
  return part;
}

absl::Status JobImport::CheckSeries(int64_t source_job, const JobCopy& copy) const {
  for (const MetricCopy& metric : copy.metrics) {
    const std::string entry = SeriesEntry(source_job, metric.metric.metric);
    auto found = entries_.find(entry);
    if (found == entries_.end()) return Invalid(entry, "is missing");
    const auto header = static_cast<int64_t>(SeriesHeader(0).size());
    if (found->second.size != header + metric.point_count * static_cast<int64_t>(kPointBytes)) {
      return Invalid(entry, StrCat("has not the size of ", metric.point_count, " points"));
    }
  }
  return absl::OkStatus();
}

absl::Status JobImport::CheckManifest(const std::string& folder,
                                      std::string_view want_sha256) const {
  const std::string entry = folder + "manifest.json";
  auto manifest = entries_.find(entry);
  if (manifest == entries_.end()) return Invalid(entry, "is missing");
  if (!want_sha256.empty() && manifest->second.sha256 != want_sha256) {
    return Corrupt(entry, "is not the one that the job recorded");
  }
  ASSIGN_OR_RETURN(std::string text, ReadFile(Staged(entry), kMaxRecord));
  std::optional<std::vector<ListedFile>> files = FilesOfManifest(text);
  if (!files) return Invalid(entry, "is no manifest");
  for (const ListedFile& item : *files) {
    const std::string file = folder + item.name;
    auto found = entries_.find(file);
    if (found == entries_.end()) return Invalid(file, "is missing");
    if (found->second.sha256 != item.sha256) {
      return Corrupt(file, "does not match the hash in its checkpoint's manifest");
    }
  }
  return absl::OkStatus();
}

absl::Status JobImport::CheckCheckpoints(int64_t source_job, JobCopy* copy) const {
  const std::string start = JobEntry(source_job, StrCat(kFolderPart, "checkpoints/"));
  std::set<std::string> recorded;
  for (CheckpointCopy& one : copy->checkpoints) {
    v1::Checkpoint& checkpoint = one.checkpoint;
    const std::string folder = StrCat(start, checkpoint.name(), "/");
    recorded.insert(checkpoint.name());
    int64_t size = 0;
    bool has_trainer = false;
    for (auto at = entries_.lower_bound(folder);
         at != entries_.end() && at->first.rfind(folder, 0) == 0; ++at) {
      size += at->second.size;
      has_trainer = has_trainer || at->first.rfind(folder + "trainer/", 0) == 0;
    }
    if (has_trainer != (checkpoint.kind() == "full")) {
      return Invalid(folder, StrCat("is not of kind ", checkpoint.kind()));
    }
    RETURN_IF_ERROR(CheckManifest(folder, checkpoint.sha256()));
    if (has_trainer) RETURN_IF_ERROR(CheckManifest(folder + "trainer/", ""));
    checkpoint.set_size_bytes(size);
  }
  for (auto at = entries_.lower_bound(start);
       at != entries_.end() && at->first.rfind(start, 0) == 0; ++at) {
    std::string name = at->first.substr(start.size());
    if (recorded.count(name.substr(0, name.find('/'))) == 0) {
      return Invalid(at->first, "is of a checkpoint that the job does not record");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ReservedCopy> JobImport::LoadJob(int64_t source_job) const {
  auto text_of = [&](std::string_view rest) -> absl::StatusOr<std::string> {
    auto found = texts_.find(JobEntry(source_job, rest));
    if (found == texts_.end()) return Invalid(JobEntry(source_job, rest), "is missing");
    if (FirstInvalidUtf8(found->second) != std::string_view::npos) {
      return Invalid(found->first, "is not in UTF-8");
    }
    return found->second;
  };
  ReservedCopy job;
  ASSIGN_OR_RETURN(std::string record, text_of("job.json"));
  ASSIGN_OR_RETURN(job.copy, ParseRecord(record, source_job));
  ASSIGN_OR_RETURN(*job.copy.texts.submitted.mutable_text(), text_of("submitted.yaml"));
  ASSIGN_OR_RETURN(job.copy.texts.resolved, text_of("config.yaml"));
  RETURN_IF_ERROR(CheckSeries(source_job, job.copy));
  RETURN_IF_ERROR(CheckCheckpoints(source_job, &job.copy));
  // It must not begin to run by itself in a home that did not ask for it.
  v1::Job& row = job.copy.record.job;
  if (row.state() == v1::Job::QUEUED) row.set_state(v1::Job::HELD);
  job.origin.set_job_id(source_job);
  job.origin.set_host(head_->host);
  *job.origin.mutable_export_time() = ToTimestamp(head_->exported_ms);
  *job.origin.mutable_import_time() = ToTimestamp(options_.now_ms);
  ImportSource source(root_, source_job, job.copy, EventParts(source_job));
  job.source = [source] { return source.Start(); };
  return job;
}

absl::Status JobImport::MoveFolders(const std::vector<ReservedCopy>& jobs,
                                    std::vector<fs::path>* made) const {
  for (const ReservedCopy& job : jobs) {
    const fs::path from = Staged(JobEntry(job.origin.job_id(), "folder"));
    const fs::path to = places_.job(job.id);
    std::error_code error;
    if (fs::exists(fs::symlink_status(to, error))) {
      return absl::FailedPreconditionError(
          Absl(StrCat(to.string(), " is in the way: a folder without a job; move it away")));
    }
    made->push_back(to);
    if (fs::exists(from, error)) fs::rename(from, to, error);
    if (error) {
      return Failure(absl::StatusCode::kInternal, reason::kIoError,
                     StrCat("renaming ", from.string(), ": ", error.message()));
    }
    RETURN_IF_ERROR(MakeJobFolder(places_, job.id, job.copy.texts.resolved));
    RETURN_IF_ERROR(SyncPath(to));
  }
  return SyncPath(places_.jobs());
}

absl::StatusOr<v1::ImportJobsResponse> JobImport::Finish() {
  RETURN_IF_ERROR(reader_.Finish());
  if (!complete_) {
    return Failure(absl::StatusCode::kDataLoss, reason::kJobFileCorrupt,
                   StrCat("the file is cut short: ", kSumsEntry, " is missing"));
  }
  std::vector<ReservedCopy> jobs;
  for (int64_t source_job : head_->jobs) {
    ASSIGN_OR_RETURN(ReservedCopy job, LoadJob(source_job));
    jobs.push_back(std::move(job));
  }
  ASSIGN_OR_RETURN(std::vector<int64_t> ids,
                   store_->ReserveJobIds(static_cast<int64_t>(jobs.size())));
  std::map<int64_t, int64_t> new_ids;
  for (size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].id = ids[i];
    new_ids[jobs[i].origin.job_id()] = ids[i];
  }
  for (ReservedCopy& job : jobs) {
    v1::Job& row = job.copy.record.job;
    if (!row.has_parent()) continue;
    auto parent = new_ids.find(row.parent().job_id());
    // One that did not come along is nothing that this home knows.
    row.mutable_parent()->set_job_id(parent == new_ids.end() ? 0 : parent->second);
  }
  std::vector<fs::path> made;
  absl::Status moved = MoveFolders(jobs, &made);
  absl::StatusOr<std::string> group =
      moved.ok() ? store_->InsertJobCopies(jobs, head_->group) : std::move(moved);
  if (!group.ok()) {
    std::error_code ignored;
    for (const fs::path& folder : made) fs::remove_all(folder, ignored);
    return group.status();
  }
  return Describe(jobs, *group);
}

absl::StatusOr<v1::ImportJobsResponse> JobImport::Describe(const std::vector<ReservedCopy>& jobs,
                                                           const std::string& group) const {
  v1::ImportJobsResponse response;
  response.set_group(group);
  response.set_host(head_->host);
  for (const ReservedCopy& job : jobs) {
    v1::ImportJobsResponse::Imported& imported = *response.add_jobs();
    const v1::Job& row = job.copy.record.job;
    imported.set_job_id(job.id);
    imported.set_source_job_id(job.origin.job_id());
    imported.set_state(std::string(StateName(row.state())));
    imported.set_name(row.name());
    ASSIGN_OR_RETURN(auto newest, store_->NewestFullCheckpoint(job.id));
    imported.set_resumable(newest.has_value() && row.state() != v1::Job::SUCCEEDED);
  }
  return response;
}

}  // namespace lab
