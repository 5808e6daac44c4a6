#include "daemon/transfer/export.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "core/base/sha256.h"
#include "core/base/strings.h"
#include "daemon/service/file_parts.h"
#include "daemon/service/reference.h"
#include "daemon/service/requests.h"
#include "daemon/store/store.h"
#include "daemon/transfer/job_file.h"
#include "daemon/transfer/tar.h"

namespace lab {
namespace {

namespace fs = std::filesystem;
using Mode = v1::ExportJobsRequest;

constexpr int64_t kEventsAtOnce = 256;
constexpr size_t kPointsPiece = 1 << 20;  // bytes

// A file that travels as it is.
struct FileCopy {
  fs::path path;
  std::string entry;
  int64_t size = 0;
};

struct JobPart {
  JobCopy copy;
  std::vector<FileCopy> files;
};

bool IsHidden(const fs::path& relative) {
  return std::any_of(relative.begin(), relative.end(),
                     [](const fs::path& part) { return part.native().front() == '.'; });
}

// Regular files below `folder`, without hidden ones, by their relative paths.
absl::StatusOr<std::map<std::string, int64_t>> FilesBelow(const fs::path& folder) {
  std::map<std::string, int64_t> files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    fs::path relative = entry->path().lexically_relative(folder);
    if (entry->symlink_status(gone).type() != fs::file_type::regular || IsHidden(relative)) {
      continue;
    }
    auto size = fs::file_size(entry->path(), gone);
    if (!gone) files[relative.generic_string()] = static_cast<int64_t>(size);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Failure(absl::StatusCode::kInternal, reason::kIoError,
                   StrCat("looking through ", folder.string(), ": ", error.message()));
  }
  return files;
}

// Lists what of the job's folder goes along and keeps of its checkpoints those that do.
absl::Status ChooseFiles(const Places& places, Mode::Checkpoints mode, JobPart* part) {
  const int64_t id = part->copy.record.job.id();
  const fs::path folder = places.job(id);
  ASSIGN_OR_RETURN(auto files, FilesBelow(folder));
  auto add = [&](const std::string& name, int64_t size) {
    part->files.push_back({folder / name, JobEntry(id, StrCat(kFolderPart, name)), size});
  };
  for (const auto& [name, size] : files) {
    bool apart = name == "lock" || name == "config.yaml" || name.rfind("checkpoints/", 0) == 0;
    if (!apart) add(name, size);
  }
  std::vector<CheckpointCopy> kept;
  for (CheckpointCopy& one : part->copy.checkpoints) {
    if (mode == Mode::NONE) break;
    const std::string start = StrCat("checkpoints/", one.checkpoint.name(), "/");
    const std::string trainer = start + "trainer/";
    auto file = files.lower_bound(start);
    if (file == files.end() || file->first.rfind(start, 0) != 0) continue;  // its folder is gone
    if (mode == Mode::WEIGHTS) one.checkpoint.set_kind("weights");
    for (; file != files.end() && file->first.rfind(start, 0) == 0; ++file) {
      bool of_trainer = file->first.rfind(trainer, 0) == 0;
      if (mode != Mode::WEIGHTS || !of_trainer) add(file->first, file->second);
    }
    kept.push_back(std::move(one));
  }
  part->copy.checkpoints = std::move(kept);
  return absl::OkStatus();
}

absl::StatusOr<JobPart> PlanJob(const Store& store, const Places& places, int64_t id,
                                Mode::Checkpoints mode) {
  JobPart part;
  auto copy = store.ReadJobCopy(id);
  if (!copy.ok()) return AboutJob(copy.status(), id);
  part.copy = *std::move(copy);
  v1::Job& job = part.copy.record.job;
  if (job.state() == v1::Job::RUNNING || job.state() == v1::Job::STOPPING) {
    return Failure(absl::StatusCode::kFailedPrecondition, "JOB_RUNNING",
                   StrCat("job ", id, " is ", StateName(job.state()),
                          " and its files change; pause it first, or export it when it has ended"));
  }
  RETURN_IF_ERROR(ChooseFiles(places, mode, &part));
  return part;
}

// Writes the entries and keeps their hashes.
class Archive {
 public:
  Archive(TarWriter* tar, int64_t now_ms) : tar_(*tar), seconds_(now_ms / 1000) {}

  absl::Status Begin(const std::string& entry, int64_t size) {
    entry_ = entry;
    hasher_ = Sha256Stream();
    return tar_.Begin(entry, size, seconds_);
  }
  absl::Status Write(std::string_view bytes) {
    hasher_.Add(bytes);
    return tar_.Write(bytes);
  }
  void End() { sums_ += SumLine(hasher_.Finish(), entry_); }

  absl::Status Whole(const std::string& entry, std::string_view text) {
    RETURN_IF_ERROR(Begin(entry, static_cast<int64_t>(text.size())));
    RETURN_IF_ERROR(Write(text));
    End();
    return absl::OkStatus();
  }
  absl::Status File(const FileCopy& file) {
    RETURN_IF_ERROR(WithContext(Begin(file.entry, file.size), file.path.string()));
    absl::Status written;
    int64_t taken = 0;
    absl::Status read = ReadFileParts(file.path, [&](FilePart part) {
      // A log may have grown since it was listed; of a file that shrank too little comes.
      std::string_view data = part.data;
      data = data.substr(0, static_cast<size_t>(std::min<int64_t>(static_cast<int64_t>(data.size()),
                                                                  file.size - taken)));
      taken += static_cast<int64_t>(data.size());
      written = Write(data);
      return written.ok();
    });
    RETURN_IF_ERROR(written);
    RETURN_IF_ERROR(read);
    if (taken != file.size) return Changed(file.path);
    End();
    return absl::OkStatus();
  }
  absl::Status Finish() {
    std::string sums = std::move(sums_);
    RETURN_IF_ERROR(tar_.Begin(kSumsEntry, static_cast<int64_t>(sums.size()), seconds_));
    RETURN_IF_ERROR(tar_.Write(sums));
    return tar_.Finish();
  }
  static absl::Status Changed(const fs::path& path) {
    return absl::AbortedError(
        Absl(StrCat(path.string(), ": changed while it was read; try again")));
  }

 private:
  TarWriter& tar_;
  const int64_t seconds_;
  std::string entry_;
  Sha256Stream hasher_;
  std::string sums_;
};

absl::Status WriteSeries(const Store& store, const JobCopy& copy, const MetricCopy& metric,
                         Archive* archive) {
  const int64_t id = copy.record.job.id();
  const std::string entry = SeriesEntry(id, metric.metric.metric);
  const std::string header = SeriesHeader(metric.point_count);
  RETURN_IF_ERROR(
      archive->Begin(entry, static_cast<int64_t>(header.size()) +
                                metric.point_count * static_cast<int64_t>(kPointBytes)));
  RETURN_IF_ERROR(archive->Write(header));
  int64_t written = 0;
  std::string piece;
  for (int64_t after = 0;;) {
    ASSIGN_OR_RETURN(
        std::vector<PointCopy> points,
        store.ReadPointCopies(id, metric.metric.metric, after, copy.record.job.last_sequence()));
    for (const PointCopy& point : points) AppendPointRecord(point, &piece);
    if (points.empty() || piece.size() >= kPointsPiece) {
      RETURN_IF_ERROR(archive->Write(piece));
      piece.clear();
    }
    if (points.empty()) break;
    written += static_cast<int64_t>(points.size());
    if (written > metric.point_count) break;
    after = points.back().point.sequence;
  }
  if (written != metric.point_count) {
    return absl::AbortedError(
        Absl(StrCat("job ", id, " changed while it was exported; try again")));
  }
  archive->End();
  return absl::OkStatus();
}

// In entries of about a megabyte: a size has to be known before its entry begins.
absl::Status WriteEvents(const Store& store, const JobCopy& copy, Archive* archive) {
  const int64_t id = copy.record.job.id();
  std::string text;
  int64_t part = 0;
  for (int64_t after = 0;;) {
    ASSIGN_OR_RETURN(
        std::vector<EventCopy> events,
        store.ReadEventCopies(id, after, copy.record.job.last_sequence(), kEventsAtOnce));
    for (const EventCopy& event : events) {
      text += EventLine(event);
      after = event.event.sequence();
      if (text.size() < kEventsPartBytes) continue;
      RETURN_IF_ERROR(archive->Whole(EventsEntry(id, ++part), text));
      text.clear();
    }
    if (events.empty()) break;
  }
  return text.empty() ? absl::OkStatus() : archive->Whole(EventsEntry(id, ++part), text);
}

absl::Status WriteJob(const Store& store, const JobPart& part, Archive* archive) {
  const JobCopy& copy = part.copy;
  const int64_t id = copy.record.job.id();
  RETURN_IF_ERROR(archive->Whole(JobEntry(id, "job.json"), RecordText(copy)));
  RETURN_IF_ERROR(archive->Whole(JobEntry(id, "submitted.yaml"), copy.texts.submitted.text()));
  RETURN_IF_ERROR(archive->Whole(JobEntry(id, "config.yaml"), copy.texts.resolved));
  for (const MetricCopy& metric : copy.metrics) {
    RETURN_IF_ERROR(WriteSeries(store, copy, metric, archive));
  }
  RETURN_IF_ERROR(WriteEvents(store, copy, archive));
  for (const FileCopy& file : part.files) RETURN_IF_ERROR(archive->File(file));
  return absl::OkStatus();
}

int64_t ExpectedBytes(const std::vector<JobPart>& parts) {
  int64_t sum = 0;
  for (const JobPart& part : parts) {
    for (const MetricCopy& metric : part.copy.metrics) {
      sum += metric.point_count * static_cast<int64_t>(kPointBytes) + 1024;
    }
    for (const FileCopy& file : part.files) sum += file.size + 1024;
  }
  return sum;
}

}  // namespace

absl::Status ExportJobs(const Store& store, const Places& places, const ExportPlan& plan,
                        const std::function<absl::Status(std::string_view, int64_t)>& sink) {
  std::vector<JobPart> parts;
  for (int64_t id : plan.jobs) {
    ASSIGN_OR_RETURN(JobPart part, PlanJob(store, places, id, plan.checkpoints));
    parts.push_back(std::move(part));
  }
  const int64_t expected = ExpectedBytes(parts);
  TarWriter tar([&](std::string_view bytes) { return sink(bytes, expected); });
  Archive archive(&tar, plan.now_ms);
  JobFileHead head{plan.lab_version, plan.host, plan.now_ms, plan.group, plan.jobs};
  RETURN_IF_ERROR(archive.Whole(std::string(kHeadEntry), HeadText(head)));
  for (const JobPart& part : parts) RETURN_IF_ERROR(WriteJob(store, part, &archive));
  return archive.Finish();
}

}  // namespace lab
