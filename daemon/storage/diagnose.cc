#include "daemon/storage/diagnose.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "daemon/service/reference.h"
#include "daemon/storage/disk_use.h"
#include "daemon/storage/leftovers.h"
#include "daemon/store/database.h"
#include "daemon/store/schema.h"
#include "daemon/transfer/checkpoint_files.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr size_t kNamed = 5;  // of many, so many are named
constexpr int64_t kFutureMs = int64_t{24} * 3600 * 1000;

struct Checkpoint {
  int64_t job = 0;
  std::string name, sha256;
};

// What the database says there should be, in columns that every schema has.
struct Records {
  std::set<int64_t> jobs, running, started;
  int64_t newest_ms = 0;
  std::vector<Checkpoint> checkpoints;
};

class Report {
 public:
  void Add(const char* check, const char* verdict, std::string message, std::string advice = "") {
    v1::Finding& finding = *response_.add_findings();
    finding.set_check(check);
    finding.set_verdict(verdict);
    finding.set_message(ReplaceInvalidUtf8(message));
    finding.set_advice(ReplaceInvalidUtf8(advice));
  }
  // One finding for many things of a kind: `fine` if there are none.
  void AddAll(const char* check, const char* verdict, const std::vector<std::string>& things,
              std::string_view what, std::string_view advice, std::string_view fine) {
    if (things.empty()) return Add(check, kFine, std::string(fine));
    std::string list;
    for (size_t i = 0; i < things.size() && i < kNamed; ++i) {
      list += StrCat(list.empty() ? "" : ", ", things[i]);
    }
    if (things.size() > kNamed) list += StrCat(" and ", things.size() - kNamed, " more");
    Add(check, verdict, StrCat(what, ": ", list), std::string(advice));
  }
  v1::DiagnoseResponse Take() { return std::move(response_); }

 private:
  v1::DiagnoseResponse response_;
};

absl::StatusOr<Records> ReadRecords(Database* database) {
  Records records;
  Statement jobs =
      database->Query("SELECT id, state, started_ms IS NOT NULL, created_ms FROM jobs");
  while (true) {
    ASSIGN_OR_RETURN(bool row, jobs.Step());
    if (!row) break;
    records.jobs.insert(jobs.Int(0));
    auto state = static_cast<v1::Job::State>(jobs.Int(1));
    if (state == v1::Job::RUNNING || state == v1::Job::STOPPING) {
      records.running.insert(jobs.Int(0));
    }
    if (jobs.Int(2) != 0) records.started.insert(jobs.Int(0));
    records.newest_ms = std::max(records.newest_ms, jobs.Int(3));
  }
  Statement rows = database->Query("SELECT job, name, sha256 FROM checkpoints ORDER BY job, step");
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return records;
    records.checkpoints.push_back({rows.Int(0), rows.Text(1), rows.Text(2)});
  }
}

// The database's own findings, and what it holds if it can be read.
std::unique_ptr<Records> CheckDatabase(const Places& places, bool deep, Report* report) {
  const std::string path = places.database().string();
  std::error_code error;
  if (!fs::exists(path, error)) {
    if (error) {
      report->Add("database", kProblem, StrCat(path, ": ", error.message()),
                  "give this user access to the folders above it");
      return nullptr;
    }
    report->Add("database", kFine, StrCat(path, " is not there yet: no job was ever queued"));
    return std::make_unique<Records>();
  }
  auto database = Database::Open(path, Database::Mode::kRead);
  absl::Status status = database.status();
  if (status.ok()) status = CheckIntegrity(database->get(), "", deep);
  absl::StatusOr<Records> records = Records();
  if (status.ok()) {
    auto version = (*database)->QueryInt(0, "PRAGMA user_version");
    const auto newest = static_cast<int64_t>(SchemaSteps().size());
    if (version.ok() && *version > newest) {
      report->Add("database", kProblem,
                  StrCat(path, " was written by a newer labd (schema ", *version,
                         "; this one knows up to ", newest, ")"),
                  "install that version again");
      return nullptr;
    }
    records = ReadRecords(database->get());
    status = records.status();
  }
  if (!status.ok()) {
    report->Add("database", kProblem, std::string(MessageOf(status)),
                ReasonOf(status) == kDatabaseDamaged
                    ? StrCat("stop labd and put a copy of ", path, " back")
                    : "give this user read and write access to it and its folder");
    return nullptr;
  }
  report->Add(
      "database", kFine,
      StrCat(path, " is sound: ", records->jobs.size(),
             records->jobs.size() == 1 ? " job, " : " jobs, ", FormatBytes(AllocatedBytes(path))));
  return std::make_unique<Records>(*std::move(records));
}

void CheckFolders(const Places& places, const Records& records, Report* report) {
  std::vector<std::string> missing;
  for (int64_t job : records.started) {
    std::error_code error;
    if (!fs::is_directory(places.job(job), error)) missing.push_back(StrCat("job ", job));
  }
  report->AddAll("job_folders", kProblem, missing, "jobs without their folder",
                 "put the folders back below " + places.jobs().string() +
                     ", or forget the jobs with labctl remove",
                 "every job has its folder");
  std::vector<std::string> left;
  int64_t bytes = 0;
  for (const Leftover& one : FindLeftovers(places, records.jobs, records.running, 0)) {
    left.push_back(
        StrCat(one.path.lexically_relative(places.jobs()).string(), " (", one.what, ")"));
    bytes += AllocatedBytes(one.path);
  }
  report->AddAll("leftovers", kWarning, left, StrCat(FormatBytes(bytes), " of interrupted work"),
                 "labctl storage prune removes what is older than ten minutes",
                 "nothing was left by interrupted work");
}

// Why the checkpoint is not what was recorded; "" if it is.
std::string FaultOf(const fs::path& folder, const std::string& sha256, bool deep) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return "is gone";
  if (!deep || sha256.empty()) return "";
  auto text = ReadFile(folder / "manifest.json", 1 << 24);
  if (!text.ok()) return "has no manifest";
  if (Sha256(*text) != sha256) return "has another manifest than was recorded";
  for (const fs::path& part : {folder, folder / "trainer"}) {
    if (part != folder && !fs::is_directory(part, error)) continue;
    auto manifest = ReadFile(part / "manifest.json", 1 << 24);
    auto files = FilesOfManifest(manifest.ok() ? *manifest : "");
    if (!files) return "has a manifest that is none";
    for (const ListedFile& file : *files) {
      auto hash = Sha256File(part / file.name);
      if (!hash.ok()) return StrCat("lacks ", file.name);
      if (*hash != file.sha256) return StrCat("has a changed ", file.name);
    }
  }
  return "";
}

void CheckCheckpoints(const Places& places, const Records& records, bool deep, Report* report) {
  std::vector<std::string> bad;
  for (const Checkpoint& one : records.checkpoints) {
    // A running job's own come and go.
    if (records.running.count(one.job) > 0) continue;
    std::string fault = FaultOf(CheckpointFolder(places, one.job, one.name), one.sha256, deep);
    if (!fault.empty()) bad.push_back(StrCat(one.job, "'s ", one.name, " ", fault));
  }
  const size_t count = records.checkpoints.size();
  report->AddAll("checkpoints", kProblem, bad, "damaged checkpoints",
                 "forget one with labctl storage prune --checkpoint 12@500, then resume goes on "
                 "from the one before",
                 deep ? StrCat("all ", count, " have the content that was recorded")
                      : StrCat("all ", count, " are there (--deep compares their content)"));
}

}  // namespace

v1::DiagnoseResponse Diagnose(const Places& places, bool deep, int64_t now_ms) {
  Report report;
  std::unique_ptr<Records> records = CheckDatabase(places, deep, &report);
  if (!records) return report.Take();
  CheckFolders(places, *records, &report);
  CheckCheckpoints(places, *records, deep, &report);
  if (records->newest_ms > now_ms + kFutureMs) {
    report.Add("clock", kWarning, "a job was queued in the future, says the database",
               "set the machine's clock");
  } else {
    report.Add("clock", kFine, "no job is from the future");
  }
  return report.Take();
}

}  // namespace lab
