// fetch: copies an artifact to a file or a folder.

#include <filesystem>
#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"
#include "proto/client/fetch.h"

namespace lab::cli {
namespace {

namespace fs = std::filesystem;

struct Given {
  std::string id;
  std::string name;
  std::string destination;
  bool force = false;
};

fs::path PlaceFor(const Given& given) {
  fs::path place(given.destination);
  std::error_code ignored;
  if (fs::is_directory(place, ignored)) place /= fs::path(given.name).filename();
  return place.filename().empty() ? place.parent_path() : place;
}

absl::StatusOr<int> Fetch(Context& context, const Given& given) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(int64_t id, FindJob(*client, given.id));
  const fs::path place = PlaceFor(given);
  Cancellation cancellation;
  Interrupts::Scope interrupt(context.interrupts(), [&] { cancellation.Cancel(); });
  ASSIGN_OR_RETURN(Fetched fetched, FetchArtifact(*client, id, given.name, place, given.force,
                                                  nullptr, &cancellation));
  if (context.json()) {
    Json document = Document();
    document["job"] = id;
    document["name"] = given.name;
    document["path"] = fs::absolute(place).string();
    document["files"] = fetched.files;
    document["size_bytes"] = fetched.size_bytes;
    context.PrintJson(document);
  } else {
    context.Print(StrCat(given.name, " of job ", id, " in ", place.string(), " (",
                         FormatBytes(fetched.size_bytes), ")\n"));
  }
  return kOk;
}

}  // namespace

Run ConfigureFetch(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Word("id", &given->id, "a job").Offers(OfferJobs());
  takes.Word("name", &given->name, "an artifact (labctl artifacts ID)")
      .Offers(OfferOf(OfferKind::kArtifacts));
  takes.Word("destination", &given->destination, "a new file or folder, or a folder to put it in")
      .Offers(OfferFiles());
  takes.Flag("--force", &given->force, "replace what is there");
  return [given](Context& context) { return Fetch(context, *given); };
}

}  // namespace lab::cli
