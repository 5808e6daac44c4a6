// evaluate: queues a measurement of a model on a text, waits for it, prints it with its noise.

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/follow.h"
#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

struct Given {
  std::string reference;
  std::string corpus;
  std::string part = "validation";
  int64_t max_windows = 0;
};

// As a YAML scalar that reads back to the same text.
std::string Quoted(const std::string& text) { return Json(text).dump(); }

absl::StatusOr<v1::CreateJobRequest> MakeRequest(Context& context, const Given& given) {
  v1::CreateJobRequest request;
  ASSIGN_OR_RETURN(std::string model, context.ModelForLabd(given.reference));
  v1::ConfigText& config = *request.mutable_config();
  ASSIGN_OR_RETURN(*config.mutable_base(), context.BaseForLabd());
  config.set_text(StrCat("type: evaluate\nmodel:\n  base: ", Quoted(model), "\ndata:\n  corpus: ",
                         Quoted(given.corpus), "\n  part: ", Quoted(given.part),
                         "\nmax_windows: ", given.max_windows, "\n"));
  request.set_name(StrCat(given.reference, " on ", given.corpus).substr(0, 200));
  return request;
}

std::optional<double> Last(const v1::Job& job, const std::string& metric) {
  for (const v1::MetricSummary& one : job.summary()) {
    if (one.metric() == metric) return one.last();
  }
  return std::nullopt;
}

// The names of the parts that the loss splits into.
std::vector<std::string> Parts(const v1::Job& job) {
  std::vector<std::string> parts;
  for (const v1::MetricSummary& one : job.summary()) {
    const std::string& name = one.metric();
    if (name.starts_with("val/") && name.ends_with("_share")) {
      parts.push_back(name.substr(4, name.size() - 4 - 6));
    }
  }
  return parts;
}

void PrintResult(Context& context, const Given& given, const v1::Job& job) {
  auto number = [&](const std::string& metric) {
    auto value = Last(job, metric);
    return value ? FormatNumber(*value) : std::string("-");
  };
  const double error = Last(job, "val/loss_error").value_or(std::nan(""));
  Table table({{""}, {"", true}, {"", false, true}});
  table.Add(
      {"loss", number("val/loss"),
       StrCat("nats per token", std::isfinite(error)
                                    ? StrCat(" ± ", FormatNumber(error), " (standard error over ",
                                             number("val/windows"), " windows)")
                                    : std::string(" (one window: no standard error)"))});
  table.Add({"perplexity", number("val/perplexity"), ""});
  table.Add({"bits per byte", number("val/bits_per_byte"), ""});
  if (Last(job, "floor/loss")) {
    table.Add({"floor", number("floor/loss"), "entropy of the corpus, nats per token"});
  }
  if (Last(job, "floor/val_loss")) {
    table.Add({"floor of this text", number("floor/val_loss"), "the generator's own -ln p"});
  }
  for (const std::string& part : Parts(job)) {
    const double share = Last(job, StrCat("val/", part, "_share")).value_or(0);
    const double loss = Last(job, StrCat("val/", part)).value_or(0);
    const double floor = Last(job, StrCat("floor/", part)).value_or(0);
    table.Add(
        {StrCat("  ", part), FormatNumber(loss),
         StrCat("floor ", FormatNumber(floor), "; ", FormatNumber(100 * share),
                " % of the tokens, ", FormatNumber(share > 0 ? loss / share : 0), " nats each")});
  }
  context.Print(StrCat("model ", given.reference, " on ", given.corpus, ", ", given.part, " text, ",
                       number("val/tokens"), " tokens (job ", job.id(), ")\n"));
  context.PrintTable(table, /*header=*/false);
}

Json ResultJson(const Given& given, const v1::Job& job) {
  Json document = Document();
  document["job"] = job.id();
  document["model"] = given.reference;
  document["corpus"] = given.corpus;
  document["part"] = given.part;
  auto put = [&](const char* key, const std::string& metric) {
    auto value = Last(job, metric);
    document[key] = value ? NumberJson(*value) : Json();
  };
  put("loss", "val/loss");
  put("loss_error", "val/loss_error");
  put("perplexity", "val/perplexity");
  put("bits_per_byte", "val/bits_per_byte");
  put("windows", "val/windows");
  put("tokens", "val/tokens");
  put("floor_loss", "floor/loss");
  put("floor_val_loss", "floor/val_loss");
  document["parts"] = Json::object();
  for (const std::string& part : Parts(job)) {
    document["parts"][part] = {
        {"loss", NumberJson(Last(job, StrCat("val/", part)).value_or(0))},
        {"floor", NumberJson(Last(job, StrCat("floor/", part)).value_or(0))},
        {"share", NumberJson(Last(job, StrCat("val/", part, "_share")).value_or(0))}};
  }
  return document;
}

absl::StatusOr<int> Evaluate(Context& context, const Given& given) {
  if (given.corpus.empty()) return UsageError("--corpus NAME is needed; labctl corpora lists them");
  if (given.max_windows < 0) return UsageError("--max-windows must not be negative");
  ASSIGN_OR_RETURN(v1::CreateJobRequest request, MakeRequest(context, given));
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(v1::CreateJobResponse created, client->CreateJob(request));
  for (const v1::FieldError& one : created.warnings()) {
    context.Say(StrCat("warning: ", FieldErrorLine(one)));
  }
  const int64_t id = created.job_ids(0);
  context.Say(StrCat("job ", id, " queued; it begins when the machine is free"));
  FollowOptions options;
  options.wait = true;
  options.outcome = false;
  ASSIGN_OR_RETURN(int code, Follow(context, *client, {id}, options));
  if (code == kInterrupted) context.Say(StrCat("job ", id, " goes on; labctl show ", id));
  ASSIGN_OR_RETURN(v1::Job job, client->GetJob(id));
  if (code == kJobFailed) {
    context.Say(StrCat("labctl: job ", id, " failed: ", job.error().message(), " (",
                       job.error().reason(), ")"));
  }
  if (code != kOk) return code;
  if (context.json()) {
    context.PrintJson(ResultJson(given, job));
  } else {
    PrintResult(context, given, job);
  }
  return kOk;
}

}  // namespace

Run ConfigureEvaluate(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Model(&given->reference);
  takes.Option("--corpus", &given->corpus, "a corpus's name, or a path to a text file or .jsonl")
      .Offers(OfferCorporaOrFiles());
  takes
      .Option("--part", &given->part,
              "validation: the tenth at its end that training holds back; all (validation)")
      .Offers(OfferWords({"validation", "all"}));
  takes.Option("--max-windows", &given->max_windows, "evenly spaced over the text; 0: all (0)");
  return [given](Context& context) { return Evaluate(context, *given); };
}

}  // namespace lab::cli
