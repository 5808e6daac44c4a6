// import: takes in the jobs of a file that export made, here or elsewhere.

#include <fstream>
#include <iostream>
#include <memory>

#include <sys/stat.h>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/output/byte_progress.h"
#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

constexpr size_t kChunkBytes = 1 << 20;

struct Given {
  std::string file;
};

// The file or stdin, with its size (0: unknown).
struct Source {
  std::ifstream file;
  std::istream* in = nullptr;
  int64_t size = 0;
};

absl::Status Open(Context& context, const Given& given, Source* source) {
  if (given.file == "-") {
    source->in = context.terminal().in;
    return absl::OkStatus();
  }
  struct stat found {};
  if (::stat(given.file.c_str(), &found) != 0) return ErrnoStatus("opening", given.file);
  if (S_ISDIR(found.st_mode)) return UsageError(StrCat(given.file, " is a folder"));
  if (S_ISREG(found.st_mode)) source->size = found.st_size;
  source->file.open(given.file, std::ios::binary);
  if (!source->file) return ErrnoStatus("opening", given.file);
  source->in = &source->file;
  return absl::OkStatus();
}

Json ImportedJson(const v1::ImportJobsResponse& answer) {
  Json document = Document();
  document["jobs"] = Json::array();
  for (const auto& job : answer.jobs()) {
    document["jobs"].push_back(
        {{"id", job.job_id()},
         {"name", job.name()},
         {"state", job.state()},
         {"resumable", job.resumable()},
         {"origin", {{"job", job.source_job_id()}, {"host", answer.host()}}}});
  }
  document["group"] = OrNull(answer.group());
  return document;
}

absl::StatusOr<int> Import(Context& context, const Given& given) {
  Source source;
  RETURN_IF_ERROR(Open(context, given, &source));
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ByteProgress progress(context, StrCat("importing ", given.file));
  Cancellation cancellation;
  Interrupts::Scope interrupt(context.interrupts(), [&] { cancellation.Cancel(); });
  int64_t sent = 0;
  auto next = [&](v1::ArchiveChunk* chunk) -> absl::StatusOr<bool> {
    std::string& data = *chunk->mutable_data();
    data.resize(kChunkBytes);
    source.in->read(data.data(), static_cast<std::streamsize>(data.size()));
    data.resize(static_cast<size_t>(source.in->gcount()));
    if (source.in->bad()) return ErrnoStatus("reading", given.file);
    sent += static_cast<int64_t>(data.size());
    progress.Show(sent, source.size);
    return !data.empty();
  };
  absl::StatusOr<v1::ImportJobsResponse> answer = client->ImportJobs(next, &cancellation);
  progress.Clear();
  if (!answer.ok()) return WithContext(answer.status(), given.file);
  if (context.json()) {
    context.PrintJson(ImportedJson(*answer));
    return kOk;
  }
  for (const auto& job : answer->jobs()) {
    std::string line = StrCat("job ", job.job_id(), " imported: job ", job.source_job_id(), " of ",
                              answer->host(), ", ", job.state());
    if (job.resumable()) line += StrCat("; labctl resume ", job.job_id(), " goes on with it");
    context.Print(ForTerminal(line, false) + "\n");
  }
  if (!answer->group().empty()) {
    context.Print(ForTerminal(StrCat("they are the group ", answer->group()), false) + "\n");
  }
  return kOk;
}

}  // namespace

Run ConfigureImport(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Word("file", &given->file, "a file that labctl export made; - for stdin")
      .Offers(OfferFiles());
  return [given](Context& context) { return Import(context, *given); };
}

}  // namespace lab::cli
