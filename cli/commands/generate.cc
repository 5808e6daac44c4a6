// generate: opens a model, streams a continuation, tells the figures.

#include <memory>
#include <optional>
#include <ostream>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/output/text_stream.h"
#include "core/base/strings.h"
#include "proto/client/display.h"
#include "proto/client/token_text.h"

namespace lab::cli {
namespace {

constexpr int kAlternatives = 5;

struct Given {
  std::string reference;
  std::string prompt;
  int64_t max_tokens = 100;
  double temperature = 0.8;
  int64_t top_k = 0;
  double top_p = 1.0;
  std::optional<uint64_t> seed;
  std::vector<std::string> stops;
};

absl::Status CheckArguments(const Given& given) {
  if (given.max_tokens < 1) return UsageError("--max-tokens must be at least 1");
  if (!(given.temperature >= 0)) return UsageError("--temperature must be at least 0");
  if (given.top_k < 0) return UsageError("--top-k must be at least 0");
  if (!(given.top_p > 0 && given.top_p <= 1)) {
    return UsageError("--top-p must be above 0 and at most 1");
  }
  for (const std::string& stop : given.stops) {
    if (stop.empty()) return UsageError("--stop needs a text");
  }
  return absl::OkStatus();
}

v1::GenerateRequest MakeRequest(const Given& given, const std::string& session, bool alternatives) {
  v1::GenerateRequest request;
  request.set_session(session);
  request.set_prompt(given.prompt);
  request.set_max_tokens(given.max_tokens);
  request.set_temperature(given.temperature);
  request.set_top_k(given.top_k);
  request.set_top_p(given.top_p);
  if (given.seed) request.set_seed(*given.seed);
  for (const std::string& stop : given.stops) request.add_stop(stop);
  request.set_alternatives(alternatives ? kAlternatives : 0);
  return request;
}

std::string Figures(const v1::GenerateSummary& summary) {
  return StrCat("prompt ", summary.prompt_token_count(), " tokens, new ", summary.new_token_count(),
                " tokens, first after ", FormatDuration(summary.seconds_to_first_token()), ", ",
                FormatNumber(summary.tokens_per_second()),
                " tokens/s, stop: ", summary.stop_reason(), ", seed ", summary.seed());
}

class Printer {
 public:
  Printer(Context& context, const Given& given)
      : context_(context), arguments_(given), stream_(given.stops) {}

  void Take(const v1::GenerateEvent& event) {
    if (event.has_token()) {
      if (context_.json()) {
        tokens_.push_back(TokenJson(event.token()));
      } else {
        Show(stream_.Add(ShownBytes(event.token())));
      }
    } else if (event.has_summary()) {
      summary_ = event.summary();
    }
  }

  absl::Status Finish() {
    if (!summary_) return absl::InternalError("labd ended the generation without a summary");
    if (context_.json()) {
      Json document = Document();
      PutText(document, "prompt", arguments_.prompt, "prompt_");
      PutText(document, "text", summary_->text());
      document["tokens"] = std::move(tokens_);
      document["stop_reason"] = summary_->stop_reason();
      document["seed"] = summary_->seed();
      document["prompt_tokens"] = summary_->prompt_token_count();
      document["new_tokens"] = summary_->new_token_count();
      document["seconds_to_first_token"] = NumberJson(summary_->seconds_to_first_token());
      document["tokens_per_second"] = NumberJson(summary_->tokens_per_second());
      context_.PrintJson(document);
      return absl::OkStatus();
    }
    Show(stream_.Finish(summary_->text()));
    EndLine();
    context_.Say(Figures(*summary_));
    return absl::OkStatus();
  }

  void EndLine() {
    if (!context_.json() && last_ != '\n') context_.out() << std::endl;
    last_ = '\n';
  }

 private:
  void Show(const std::string& text) {
    if (text.empty()) return;
    // A file gets the model's bytes, a terminal only what cannot harm it.
    if (context_.terminal().out_is_tty) {
      context_.Print(ForTerminal(text, true));
    } else {
      context_.out() << text << std::flush;
    }
    last_ = text.back();
  }

  Context& context_;
  const Given& arguments_;
  TextStream stream_;
  Json tokens_ = Json::array();
  std::optional<v1::GenerateSummary> summary_;
  char last_ = 0;
};

absl::StatusOr<int> Generate(Context& context, const Given& given) {
  RETURN_IF_ERROR(CheckArguments(given));
  ASSIGN_OR_RETURN(std::string reference, context.ModelForLabd(given.reference));
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(v1::OpenResponse model, client->Open(reference));
  Printer printer(context, given);
  Cancellation cancellation;
  absl::Status status;
  {
    Interrupts::Scope interrupt(context.interrupts(), [&] { cancellation.Cancel(); });
    status = client->Generate(
        MakeRequest(given, model.session(), context.json()),
        [&](const v1::GenerateEvent& event) {
          printer.Take(event);
          return true;
        },
        &cancellation);
  }
  // Best effort: labd frees an unused model by itself after a while.
  absl::Status closed = client->Close(model.session());
  if (cancellation.cancelled()) {
    printer.EndLine();
    return kInterrupted;
  }
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(printer.Finish());
  if (!closed.ok() && !absl::IsNotFound(closed)) context.Say(MessageOf(closed));
  return kOk;
}

}  // namespace

Run ConfigureGenerate(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Model(&given->reference);
  takes.Option("--prompt", &given->prompt, "what to continue; none: from end-of-text");
  takes.Option("--max-tokens", &given->max_tokens, "new tokens at most (100)");
  takes.Option("--temperature", &given->temperature, "0 is greedy (0.8)");
  takes.Option("--top-k", &given->top_k, "only the likeliest k tokens; 0: all");
  takes.Option("--top-p", &given->top_p, "only the likeliest tokens of this total share (1)");
  takes.Option("--seed", &given->seed, "of the sampler; none: a fresh one");
  takes.Repeated("--stop", &given->stops, "end before this text; repeatable");
  return [given](Context& context) { return Generate(context, *given); };
}

}  // namespace lab::cli
