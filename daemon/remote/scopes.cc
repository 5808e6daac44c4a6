#include "daemon/remote/scopes.h"

#include <algorithm>

namespace lab {

std::string_view ScopeWord(Scope scope) {
  switch (scope) {
    case Scope::kView:
      return "view";
    case Scope::kRun:
      return "run";
    case Scope::kAdmin:
      return "admin";
  }
  return "";
}

std::optional<Scope> ScopeOfWord(std::string_view word) {
  for (Scope scope : {Scope::kView, Scope::kRun, Scope::kAdmin}) {
    if (ScopeWord(scope) == word) return scope;
  }
  return std::nullopt;
}

// CheckJob is no mere look: it reads files that the config names. Reflection has no row: what labd
// offers stands in proto/lab/v1.
const std::vector<RpcScope>& RpcScopes() {
  static const std::vector<RpcScope> kRows = {
      {"/grpc.health.v1.Health/Check", Scope::kView},
      {"/grpc.health.v1.Health/Watch", Scope::kView},

      {"/lab.v1.JobService/CreateJob", Scope::kRun},
      {"/lab.v1.JobService/CheckJob", Scope::kRun},
      {"/lab.v1.JobService/GetJob", Scope::kView},
      {"/lab.v1.JobService/ListJobs", Scope::kView},
      {"/lab.v1.JobService/GetJobConfig", Scope::kView},
      {"/lab.v1.JobService/PauseJob", Scope::kRun},
      {"/lab.v1.JobService/ResumeJob", Scope::kRun},
      {"/lab.v1.JobService/CancelJob", Scope::kRun},
      {"/lab.v1.JobService/HoldJob", Scope::kRun},
      {"/lab.v1.JobService/ReleaseJob", Scope::kRun},
      {"/lab.v1.JobService/CheckpointJob", Scope::kRun},
      {"/lab.v1.JobService/SetJob", Scope::kRun},
      {"/lab.v1.JobService/RemoveJob", Scope::kAdmin},
      {"/lab.v1.JobService/WatchJob", Scope::kView},
      {"/lab.v1.JobService/ReadLog", Scope::kView},
      {"/lab.v1.JobService/ListSamples", Scope::kView},

      {"/lab.v1.QueueService/UpdateJob", Scope::kRun},
      {"/lab.v1.QueueService/MoveJobs", Scope::kRun},
      {"/lab.v1.QueueService/DuplicateJob", Scope::kRun},
      {"/lab.v1.QueueService/CompareConfigs", Scope::kView},

      {"/lab.v1.MetricService/ReadMetrics", Scope::kView},
      {"/lab.v1.GroupService/GetGroup", Scope::kView},
      {"/lab.v1.GroupService/ReadGroup", Scope::kView},

      {"/lab.v1.CatalogService/GetCatalog", Scope::kView},
      {"/lab.v1.CorpusService/ListCorpora", Scope::kView},
      {"/lab.v1.CorpusService/AddCorpus", Scope::kRun},
      {"/lab.v1.CorpusService/RemoveCorpus", Scope::kRun},
      {"/lab.v1.CorpusService/PreviewCorpus", Scope::kView},
      {"/lab.v1.CorpusService/Tokenize", Scope::kRun},

      {"/lab.v1.ArtifactService/ListArtifacts", Scope::kView},
      {"/lab.v1.ArtifactService/ReadArtifact", Scope::kView},
      {"/lab.v1.ArtifactService/DeleteArtifact", Scope::kAdmin},
      {"/lab.v1.ArtifactService/ListCheckpoints", Scope::kView},

      {"/lab.v1.InspectService/Open", Scope::kRun},
      {"/lab.v1.InspectService/Close", Scope::kRun},
      {"/lab.v1.InspectService/Generate", Scope::kRun},
      {"/lab.v1.InspectService/Inspect", Scope::kRun},

      {"/lab.v1.TransferService/ExportJobs", Scope::kView},
      {"/lab.v1.TransferService/ImportJobs", Scope::kRun},

      {"/lab.v1.StorageService/GetStorage", Scope::kView},
      {"/lab.v1.StorageService/PruneStorage", Scope::kAdmin},
      {"/lab.v1.StorageService/Diagnose", Scope::kView},

      {"/lab.v1.SystemService/GetSystem", Scope::kView},
      {"/lab.v1.SystemService/WatchSystem", Scope::kView},
      {"/lab.v1.SystemService/ReadDaemonLog", Scope::kView},
      {"/lab.v1.SystemService/Shutdown", Scope::kAdmin},
  };
  return kRows;
}

std::optional<Scope> RequiredScope(std::string_view path) {
  const std::vector<RpcScope>& rows = RpcScopes();
  auto found = std::find_if(rows.begin(), rows.end(),
                            [path](const RpcScope& row) { return row.path == path; });
  if (found == rows.end()) return std::nullopt;
  return found->scope;
}

}  // namespace lab
