// storage: what the lab takes of the disk; storage prune: deletes what is not needed, after it has
// told what that is.

#include <algorithm>
#include <charconv>
#include <istream>
#include <memory>
#include <ostream>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

struct Given {
  bool prune = false;
  std::string older_than;
  std::string jobs;
  std::vector<std::string> checkpoints;
  int64_t keep_last = 1;
  bool cache = false;
  bool dry_run = false;
  bool yes = false;
};

Json JobUseJson(const v1::JobStorage& job) {
  return {{"id", job.job_id()},
          {"name", job.name()},
          {"state", StateWord(job.state())},
          {"full_bytes", job.full_bytes()},
          {"full_count", job.full_count()},
          {"weights_bytes", job.weights_bytes()},
          {"weights_count", job.weights_count()},
          {"log_bytes", job.log_bytes()},
          {"other_bytes", job.other_bytes()}};
}

Json StorageJson(const v1::Storage& storage) {
  Json document = Document();
  document["jobs"] = Json::array();
  for (const v1::JobStorage& job : storage.jobs()) document["jobs"].push_back(JobUseJson(job));
  document["leftover_bytes"] = storage.leftover_bytes();
  document["cache_bytes"] = storage.cache_bytes();
  document["cache_files"] = storage.cache_file_count();
  document["database_bytes"] = storage.database_bytes();
  document["total_bytes"] = storage.total_bytes();
  document["disk_bytes"] = storage.disk_bytes();
  document["disk_free_bytes"] = storage.disk_free_bytes();
  document["min_free_bytes"] = storage.min_free_bytes();
  document["max_bytes"] = storage.max_bytes() > 0 ? Json(storage.max_bytes()) : Json();
  document["trouble"] = OrNull(storage.trouble());
  return document;
}

std::string Counted(int64_t bytes, int64_t count) {
  return count == 0 ? "" : StrCat(FormatBytes(bytes), " (", count, ")");
}

absl::StatusOr<int> Show(Context& context) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(v1::Storage storage, client->GetStorage());
  if (context.json()) {
    context.PrintJson(StorageJson(storage));
    return kOk;
  }
  Table jobs({{"JOB", true},
              {"NAME", false, true},
              {"STATE"},
              {"RESUMABLE", true},
              {"WEIGHTS", true},
              {"LOG", true, false, true},
              {"OTHER", true, false, true}});
  for (const v1::JobStorage& job : storage.jobs()) {
    jobs.Add({StrCat(job.job_id()), ForTerminal(job.name(), false), StateWord(job.state()),
              Counted(job.full_bytes(), job.full_count()),
              Counted(job.weights_bytes(), job.weights_count()), FormatBytes(job.log_bytes()),
              FormatBytes(job.other_bytes())});
  }
  if (!jobs.empty()) {
    context.PrintTable(jobs);
    context.Print("\n");
  }
  Table sums({{""}, {"", true}, {""}});
  sums.Add({"token files", FormatBytes(storage.cache_bytes()), "made again when needed"});
  sums.Add({"database", FormatBytes(storage.database_bytes()), ""});
  if (storage.leftover_bytes() > 0) {
    sums.Add({"leftovers", FormatBytes(storage.leftover_bytes()), "of interrupted work"});
  }
  sums.Add(
      {"in all", FormatBytes(storage.total_bytes()),
       storage.max_bytes() > 0 ? StrCat("of ", FormatBytes(storage.max_bytes()), " allowed") : ""});
  sums.Add({"free", FormatBytes(storage.disk_free_bytes()),
            StrCat("of ", FormatBytes(storage.disk_bytes()), "; no job starts below ",
                   FormatBytes(storage.min_free_bytes()))});
  context.PrintTable(sums, false);
  if (!storage.trouble().empty()) {
    context.Print(context.Painted(storage.trouble(), Color::kYellow) + "\n");
  }
  return kOk;
}

// "30d", "12h", "90m", "45s", or days without a unit.
absl::StatusOr<double> SecondsOf(const std::string& text) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string unit(end, text.data() + text.size());
  double factor = unit.empty() || unit == "d" ? 86400
                  : unit == "h"               ? 3600
                  : unit == "m"               ? 60
                  : unit == "s"               ? 1
                                              : 0;
  if (error != std::errc() || factor == 0 || !(number >= 0)) {
    return UsageError(StrCat("--older-than: \"", text, "\" is no age; write 30d, 12h, 90m or 45s"));
  }
  return number * factor;
}

absl::StatusOr<v1::PruneStorageRequest> RequestFor(const LabClient& client, const Given& given) {
  v1::PruneStorageRequest request;
  for (size_t start = 0; start < given.jobs.size();) {
    size_t end = std::min(given.jobs.find(',', start), given.jobs.size());
    ASSIGN_OR_RETURN(std::vector<int64_t> ids,
                     FindJobs(client, given.jobs.substr(start, end - start)));
    request.mutable_job_ids()->Add(ids.begin(), ids.end());
    start = end + 1;
  }
  if (!given.older_than.empty()) {
    ASSIGN_OR_RETURN(double seconds, SecondsOf(given.older_than));
    request.set_older_than_seconds(seconds);
  }
  if (given.keep_last < 1) return UsageError("--keep-last must be at least 1");
  request.set_keep_last(given.keep_last);
  request.set_cache(given.cache);
  for (const std::string& name : given.checkpoints) request.add_checkpoints(name);
  return request;
}

Json PruneJson(const v1::PruneStorageResponse& answer, bool dry_run) {
  Json document = Document();
  document["dry_run"] = dry_run;
  document["items"] = Json::array();
  for (const v1::PruneItem& item : answer.items()) {
    document["items"].push_back({{"job", item.job_id() > 0 ? Json(item.job_id()) : Json()},
                                 {"kind", item.kind()},
                                 {"name", item.name()},
                                 {"size_bytes", item.size_bytes()}});
  }
  document["freed_bytes"] = answer.freed_bytes();
  document["notes"] = Json::array();
  for (const std::string& note : answer.notes()) document["notes"].push_back(note);
  return document;
}

// One line for each job or kind: what would go.
std::string PlanText(const v1::PruneStorageResponse& plan, int width, bool unicode) {
  struct Sum {
    int64_t count = 0, bytes = 0;
    std::string names;
  };
  std::vector<std::pair<std::string, Sum>> sums;
  for (const v1::PruneItem& item : plan.items()) {
    std::string what =
        item.job_id() > 0 ? StrCat("job ", item.job_id(), ", ", item.kind()) : item.kind();
    if (sums.empty() || sums.back().first != what) sums.push_back({what, {}});
    Sum& sum = sums.back().second;
    ++sum.count;
    sum.bytes += item.size_bytes();
    sum.names += StrCat(sum.names.empty() ? "" : ", ", item.name());
  }
  Table table({{"WHAT"}, {"COUNT", true}, {"SIZE", true}, {"NAMES", false, true}});
  for (const auto& [what, sum] : sums) {
    table.Add({what, StrCat(sum.count), FormatBytes(sum.bytes), ForTerminal(sum.names, false)});
  }
  return table.Text(width, unicode);
}

bool Agrees(Context& context, int64_t bytes) {
  *context.terminal().err << "delete these (" << FormatBytes(bytes) << ")? [y/N] " << std::flush;
  std::string answer;
  std::getline(*context.terminal().in, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

absl::StatusOr<int> Prune(Context& context, const Given& given) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(v1::PruneStorageRequest request, RequestFor(*client, given));
  request.set_dry_run(true);
  ASSIGN_OR_RETURN(v1::PruneStorageResponse plan, client->PruneStorage(request));
  if (!context.json()) {
    for (const std::string& note : plan.notes()) context.Say(note);
    if (!plan.items().empty()) {
      context.Print(PlanText(plan, context.terminal().Width(), context.terminal().unicode));
    }
  }
  if (plan.items().empty() || given.dry_run) {
    if (context.json()) {
      context.PrintJson(PruneJson(plan, given.dry_run));
    } else {
      context.Print(plan.items().empty()
                        ? std::string("nothing to free\n")
                        : StrCat("would free ", FormatBytes(plan.freed_bytes()), "\n"));
    }
    return kOk;
  }
  if (!given.yes) {
    bool asks = context.terminal().in_is_tty && context.terminal().err_is_tty;
    if (!asks) return UsageError("nothing was deleted: say --yes where nobody can be asked");
    if (!Agrees(context, plan.freed_bytes())) {
      context.Say("nothing was deleted");
      return kFailed;
    }
  }
  request.set_dry_run(false);
  ASSIGN_OR_RETURN(v1::PruneStorageResponse done, client->PruneStorage(request));
  if (context.json()) {
    context.PrintJson(PruneJson(done, false));
    return kOk;
  }
  for (int i = plan.notes_size(); i < done.notes_size(); ++i) context.Say(done.notes(i));
  context.Print(
      StrCat("freed ", FormatBytes(done.freed_bytes()), " (", done.freed_bytes(), " bytes)\n"));
  return kOk;
}

}  // namespace

Run ConfigureStorage(Arguments& takes) {
  auto given = std::make_shared<Given>();
  Arguments prune = takes.Subcommand("prune", &given->prune, "delete what is not needed");
  takes.MayStandAlone();
  prune.Option("--older-than", &given->older_than, "only what is that old: 30d, 12h");
  prune.Option("--keep-last", &given->keep_last, "newest checkpoints of each job that stay (1)");
  prune.Option("--jobs", &given->jobs, "only of these jobs or groups: 3,5,rates")
      .Offers(OfferJobsOrGroups());
  prune
      .Repeated("--checkpoint", &given->checkpoints,
                "exactly this one, 12@500, even if it is needed")
      .Offers(OfferOf(OfferKind::kReferences));
  prune.Flag("--cache", &given->cache, "also token files, which are made again when needed");
  prune.Flag("--dry-run", &given->dry_run, "only tell what would go");
  prune.Flag("-y,--yes", &given->yes, "do not ask");
  prune.Exclude("--checkpoint", {"--older-than", "--keep-last", "--jobs", "--cache"});
  return [given](Context& context) -> absl::StatusOr<int> {
    return given->prune ? Prune(context, *given) : Show(context);
  };
}

}  // namespace lab::cli
