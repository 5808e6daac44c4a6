// export: jobs with all their data as one file. It arrives whole under a temporary name beside its
// place and is then renamed, or nothing is left.

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <ostream>
#include <utility>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/output/byte_progress.h"
#include "core/base/descriptor.h"
#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

namespace fs = std::filesystem;

struct Given {
  std::string name;
  std::string file;
  bool without_checkpoints = false;
  bool weights_only = false;
  bool force = false;
};

// Where the bytes go. Keep() makes them stay.
class Target {
 public:
  virtual ~Target() = default;
  virtual absl::Status Write(std::string_view bytes) = 0;
  virtual absl::Status Keep() = 0;
};

class StdoutTarget : public Target {
 public:
  explicit StdoutTarget(std::ostream& out) : out_(out) {}
  absl::Status Write(std::string_view bytes) override {
    out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return Good();
  }
  absl::Status Keep() override {
    out_.flush();
    return Good();
  }

 private:
  absl::Status Good() {
    if (out_.good()) return absl::OkStatus();
    return Failure(absl::StatusCode::kInternal, reason::kIoError, "writing to stdout failed");
  }
  std::ostream& out_;
};

class FileTarget : public Target {
 public:
  static absl::StatusOr<std::unique_ptr<FileTarget>> Create(const fs::path& place) {
    fs::path temporary =
        place.parent_path() / StrCat(".", place.filename().string(), ".partial-", getpid());
    int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) return ErrnoStatus("creating", temporary);
    return std::unique_ptr<FileTarget>(new FileTarget(fd, place, temporary));
  }
  ~FileTarget() override {
    std::error_code ignored;
    if (!kept_) fs::remove(temporary_, ignored);
  }
  absl::Status Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      ssize_t wrote = write(file_.get(), bytes.data(), bytes.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return ErrnoStatus("writing", place_);
      bytes.remove_prefix(static_cast<size_t>(wrote));
    }
    return absl::OkStatus();
  }
  absl::Status Keep() override {
    if (fsync(file_.get()) != 0) return ErrnoStatus("writing", place_);
    if (rename(temporary_.c_str(), place_.c_str()) != 0) return ErrnoStatus("renaming to", place_);
    kept_ = true;
    return SyncPath(place_.parent_path().empty() ? fs::path(".") : place_.parent_path());
  }

 private:
  FileTarget(int fd, fs::path place, fs::path temporary)
      : file_(fd), place_(std::move(place)), temporary_(std::move(temporary)) {}

  Descriptor file_;
  const fs::path place_;
  const fs::path temporary_;
  bool kept_ = false;
};

absl::StatusOr<std::unique_ptr<Target>> OpenTarget(Context& context, const Given& given) {
  if (given.file == "-") {
    if (context.terminal().out_is_tty) {
      return UsageError("a job file is no text for a terminal: name a file, or pipe it on");
    }
    return std::unique_ptr<Target>(new StdoutTarget(context.out()));
  }
  fs::path place(given.file);
  std::error_code ignored;
  if (fs::is_directory(place, ignored)) {
    return UsageError(StrCat(place.string(), " is a folder: name the file to write"));
  }
  if (!given.force && fs::exists(fs::symlink_status(place, ignored))) {
    return Failure(absl::StatusCode::kAlreadyExists, "DESTINATION_EXISTS",
                   StrCat(place.string(), " exists; choose another place or give --force"));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Target> target, FileTarget::Create(place));
  return target;
}

absl::StatusOr<v1::ExportJobsRequest> RequestFor(const LabClient& client, const Given& given) {
  ASSIGN_OR_RETURN(std::vector<int64_t> ids, FindJobs(client, given.name));
  v1::ExportJobsRequest request;
  request.mutable_job_ids()->Add(ids.begin(), ids.end());
  bool is_id = given.name.find_first_not_of("0123456789") == std::string::npos;
  if (!is_id) request.set_group(given.name);
  request.set_checkpoints(given.without_checkpoints ? v1::ExportJobsRequest::NONE
                          : given.weights_only      ? v1::ExportJobsRequest::WEIGHTS
                                                    : v1::ExportJobsRequest::ALL);
  return request;
}

absl::StatusOr<int> Export(Context& context, const Given& given) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(v1::ExportJobsRequest request, RequestFor(*client, given));
  ASSIGN_OR_RETURN(std::unique_ptr<Target> target, OpenTarget(context, given));
  ByteProgress progress(context, StrCat("exporting ", given.name));
  Cancellation cancellation;
  Interrupts::Scope interrupt(context.interrupts(), [&] { cancellation.Cancel(); });
  int64_t bytes = 0;
  absl::Status written;
  absl::Status received = client->ExportJobs(
      request,
      [&](const v1::ArchiveChunk& chunk) {
        written = target->Write(chunk.data());
        bytes += static_cast<int64_t>(chunk.data().size());
        progress.Show(bytes, chunk.expected_bytes());
        return written.ok();
      },
      &cancellation);
  progress.Clear();
  RETURN_IF_ERROR(written);
  RETURN_IF_ERROR(received);
  RETURN_IF_ERROR(target->Keep());
  if (given.file == "-") {
    context.Say(StrCat(given.name, " exported: ", FormatBytes(bytes)));
  } else if (context.json()) {
    Json document = Document();
    document["jobs"] = Json::array();
    for (int64_t id : request.job_ids()) document["jobs"].push_back(id);
    document["group"] = OrNull(request.group());
    document["path"] = fs::absolute(given.file).string();
    document["size_bytes"] = bytes;
    context.PrintJson(document);
  } else {
    const int count = request.job_ids_size();
    std::string what = request.group().empty() ? StrCat("job ", request.job_ids(0))
                                               : StrCat("group ", request.group(), ", ", count,
                                                        count == 1 ? " job," : " jobs,");
    context.Print(StrCat(what, " in ", given.file, " (", FormatBytes(bytes), ")\n"));
  }
  return kOk;
}

}  // namespace

Run ConfigureExport(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Word("id", &given->name, "a job or a group").Offers(OfferJobsOrGroups());
  takes.Word("file", &given->file, "a new file (a tar archive); - for stdout").Offers(OfferFiles());
  takes.Flag("--without-checkpoints", &given->without_checkpoints, "record, series and log only");
  takes.Flag("--weights-only", &given->weights_only,
             "checkpoints without trainer state: usable, not resumable");
  takes.Flag("--force", &given->force, "replace what is there");
  takes.Exclude("--without-checkpoints", {"--weights-only"});
  return [given](Context& context) { return Export(context, *given); };
}

}  // namespace lab::cli
