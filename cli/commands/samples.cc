// samples: the texts that a job generated while it trained.

#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

struct Given {
  std::string id;
  int64_t last = 0;
};

std::string Settings(const v1::Sample& sample) {
  std::string text = StrCat("temperature ", FormatNumber(sample.temperature()));
  if (sample.top_k() > 0) text += StrCat(", top-k ", sample.top_k());
  if (sample.top_p() < 1) text += StrCat(", top-p ", FormatNumber(sample.top_p()));
  return text;
}

absl::StatusOr<int> Samples(Context& context, const Given& given) {
  if (given.last < 0) return UsageError("--last must be positive");
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(int64_t id, FindJob(*client, given.id));
  ASSIGN_OR_RETURN(v1::ListSamplesResponse answer, client->ListSamples(id));
  if (given.last > 0 && answer.samples_size() > given.last) {
    answer.mutable_samples()->DeleteSubrange(0,
                                             answer.samples_size() - static_cast<int>(given.last));
  }
  if (context.json()) {
    Json document = Document();
    document["job"] = id;
    document["samples"] = Json::array();
    for (const v1::Sample& one : answer.samples()) document["samples"].push_back(SampleJson(one));
    context.PrintJson(document);
    return kOk;
  }
  if (answer.samples().empty()) {
    context.Say(StrCat("job ", id, " has no samples yet"));
    return kOk;
  }
  for (const v1::Sample& one : answer.samples()) {
    std::string head =
        StrCat("step ", one.step(), " (", Settings(one), ", ", one.token_count(), " tokens)");
    context.Print(StrCat(context.Painted(head, Color::kBold), "\n"));
    std::string prompt = ForTerminal(one.prompt(), true);
    context.Print(
        WithNewline(StrCat(context.Painted(prompt, Color::kDim), ForTerminal(one.text(), true))));
    context.Print("\n");
  }
  return kOk;
}

}  // namespace

Run ConfigureSamples(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Word("id", &given->id, "a job").Offers(OfferJobs());
  takes.Option("--last", &given->last, "only the newest so many");
  return [given](Context& context) { return Samples(context, *given); };
}

}  // namespace lab::cli
