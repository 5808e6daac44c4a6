#include "daemon/service/artifact_service.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "core/base/file.h"
#include "core/base/places.h"
#include "core/base/strings.h"
#include "daemon/job_folder.h"
#include "daemon/service/file_parts.h"
#include "daemon/service/reference.h"
#include "daemon/service/requests.h"
#include "daemon/service/status_map.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

// The files beside the checkpoints that a job may leave, by name.
struct KnownFile {
  const char* name;
  const char* kind;
};
constexpr std::array<KnownFile, 5> kFiles = {{{"config.yaml", "config"},
                                              {"log", "log"},
                                              {"log.1", "log"},
                                              {"samples.jsonl", "table"},
                                              {"tokenizer.json", "tokenizer"}}};

v1::Artifact MakeArtifact(std::string_view name, std::string_view kind, const fs::path& path) {
  v1::Artifact artifact;
  artifact.set_name(std::string(name));
  artifact.set_kind(std::string(kind));
  artifact.set_size_bytes(SizeOnDisk(path));
  artifact.set_path(path.string());
  return artifact;
}

// The batches of updates that could not be made, by step: "batch-000123.json".
std::vector<std::string> BadBatches(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (auto at = fs::directory_iterator(folder, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    std::string name = at->path().filename().string();
    std::error_code ignored;
    const bool is_batch = name.starts_with("batch-") && name.ends_with(".json") &&
                          fs::is_regular_file(at->symlink_status(ignored));
    if (is_batch) names.push_back(std::move(name));
  }
  // Longer names are of later steps.
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return std::pair(a.size(), a) < std::pair(b.size(), b);
  });
  return names;
}

absl::Status InUse(std::string_view message) {
  return Failure(absl::StatusCode::kFailedPrecondition, "CHECKPOINT_IN_USE", message);
}

}  // namespace

absl::StatusOr<std::vector<v1::Artifact>> ArtifactService::ArtifactsOf(int64_t id) const {
  RETURN_IF_ERROR(CheckJobId(id));
  auto job = lab_.store->GetJob(id);
  if (!job.ok()) return AboutJob(job.status(), id);
  std::vector<v1::Artifact> artifacts;
  std::error_code error;
  for (const v1::Checkpoint& checkpoint : job->checkpoints()) {
    const fs::path folder = CheckpointFolder(*lab_.places, id, checkpoint.name());
    if (!fs::is_directory(fs::symlink_status(folder, error))) continue;
    v1::Artifact artifact = MakeArtifact(checkpoint.name(), "checkpoint", folder);
    artifact.set_step(checkpoint.step());
    artifacts.push_back(std::move(artifact));
  }
  std::stable_sort(artifacts.begin(), artifacts.end(),
                   [](const auto& a, const auto& b) { return a.step() < b.step(); });
  for (const KnownFile& file : kFiles) {
    const fs::path path = lab_.places->job(id) / file.name;
    if (!fs::is_regular_file(fs::symlink_status(path, error))) continue;
    artifacts.push_back(MakeArtifact(file.name, file.kind, path));
  }
  for (const std::string& name : BadBatches(lab_.places->job(id))) {
    artifacts.push_back(MakeArtifact(name, "batch", lab_.places->job(id) / name));
  }
  return artifacts;
}

absl::StatusOr<v1::Artifact> ArtifactService::Find(int64_t id, std::string_view name) const {
  ASSIGN_OR_RETURN(std::vector<v1::Artifact> artifacts, ArtifactsOf(id));
  std::vector<std::string> names;
  for (v1::Artifact& artifact : artifacts) {
    if (artifact.name() == name) return std::move(artifact);
    names.push_back(artifact.name());
  }
  std::string message = StrCat("job ", id, " has no artifact \"", name, "\"");
  if (std::string nearest = NearestWord(name, names); !nearest.empty()) {
    message += StrCat("; did you mean ", nearest, "?");
  }
  return absl::NotFoundError(Absl(message));
}

grpc::Status ArtifactService::ListArtifacts(grpc::ServerContext* context,
                                            const v1::ListArtifactsRequest* request,
                                            v1::ListArtifactsResponse* response) {
  auto artifacts = ArtifactsOf(request->job_id());
  if (!artifacts.ok()) return ToGrpc(artifacts.status(), *context);
  for (v1::Artifact& artifact : *artifacts) *response->add_artifacts() = std::move(artifact);
  return grpc::Status::OK;
}

grpc::Status ArtifactService::ReadArtifact(grpc::ServerContext* context,
                                           const v1::ReadArtifactRequest* request,
                                           grpc::ServerWriter<v1::FileChunk>* writer) {
  auto artifact = Find(request->job_id(), request->name());
  if (!artifact.ok()) return ToGrpc(artifact.status(), *context);
  auto call = calls_.Enter(*context);
  if (!call.ok()) return ToGrpc(call.status(), *context);
  bool gone = false;
  absl::Status read = ReadFileParts(artifact->path(), [&](FilePart part) {
    v1::FileChunk chunk;
    chunk.set_path(std::move(part.path));
    chunk.set_offset(part.offset);
    chunk.set_data(std::move(part.data));
    chunk.set_size_bytes(part.size_bytes);
    chunk.set_sha256(std::move(part.sha256));
    gone = (*call)->Ending() || !writer->Write(chunk);
    return !gone;
  });
  if (gone) return ToGrpc((*call)->EndStatus(), *context);
  return ToGrpc(read, *context);
}

absl::Status ArtifactService::CheckUnused(const v1::Artifact& artifact, int64_t id) const {
  if (artifact.kind() != "checkpoint") {
    return absl::InvalidArgumentError(
        Absl(StrCat(artifact.name(),
                    " is no checkpoint; only checkpoints can be deleted, other files "
                    "go when their job is removed")));
  }
  ASSIGN_OR_RETURN(JobRecord record, lab_.store->GetJobRecord(id));
  const v1::Job::State state = record.job.state();
  if (state == v1::Job::RUNNING || state == v1::Job::STOPPING) {
    return InUse(StrCat("job ", id, " is ", StateName(state),
                        " and keeps its checkpoints itself; pause or cancel it first"));
  }
  if (state != v1::Job::SUCCEEDED) {
    ASSIGN_OR_RETURN(std::optional<v1::Checkpoint> newest, lab_.store->NewestFullCheckpoint(id));
    bool needed = newest && newest->name() == artifact.name();
    if (needed && state != v1::Job::CANCELLED && state != v1::Job::FAILED) {
      return InUse(StrCat("job ", id, " is ", StateName(state), " and will go on from ",
                          artifact.name(), "; cancel it first"));
    }
  }
  // Jobs that have not begun yet may begin from it.
  ASSIGN_OR_RETURN(std::vector<JobRecord> waiting,
                   lab_.store->JobsInState({v1::Job::QUEUED, v1::Job::HELD}));
  for (const JobRecord& other : waiting) {
    const v1::Parent& parent = other.job.parent();
    if (parent.job_id() == id && parent.step() == artifact.step() && !other.job.has_start_time()) {
      return InUse(StrCat("job ", other.job.id(), " will begin from ", artifact.name(), " of job ",
                          id, "; cancel it first"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ArtifactService::Delete(int64_t id, const std::string& name) {
  ASSIGN_OR_RETURN(v1::Artifact artifact, Find(id, name));
  RETURN_IF_ERROR(CheckUnused(artifact, id));
  // First the record: what is recorded exists.
  RETURN_IF_ERROR(lab_.store->DropCheckpoint(id, name));
  RETURN_IF_ERROR(DeleteCheckpointFolder(artifact.path()));
  return artifact.size_bytes();
}

grpc::Status ArtifactService::DeleteArtifact(grpc::ServerContext* context,
                                             const v1::DeleteArtifactRequest* request,
                                             v1::DeleteArtifactResponse* response) {
  auto freed = Delete(request->job_id(), request->name());
  if (!freed.ok()) return ToGrpc(freed.status(), *context);
  response->set_freed_bytes(*freed);
  return grpc::Status::OK;
}

grpc::Status ArtifactService::ListCheckpoints(grpc::ServerContext* context,
                                              const v1::ListCheckpointsRequest* request,
                                              v1::ListCheckpointsResponse* response) {
  const std::vector<int64_t> ids(request->job_ids().begin(), request->job_ids().end());
  auto jobs = ListServable(*lab_.store, *lab_.places, ids);
  if (!jobs.ok()) return ToGrpc(jobs.status(), *context);
  for (v1::JobCheckpoints& job : *jobs) *response->add_jobs() = std::move(job);
  return grpc::Status::OK;
}

}  // namespace lab
