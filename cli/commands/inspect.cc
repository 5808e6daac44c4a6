// inspect: what a model holds inside on one text, or over the checkpoints of a job.

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/output/inspection_text.h"
#include "cli/output/tensor_file.h"
#include "cli/picture.h"
#include "core/base/strings.h"
#include "proto/client/change_point.h"
#include "proto/client/display.h"
#include "proto/client/inspection.h"
#include "proto/client/number_list.h"

namespace lab::cli {
namespace {

constexpr size_t kHeadColumns = 8;

struct Given {
  std::string reference;
  std::vector<std::string> quantities;
  std::string text, layers, heads, positions, out, sort;
  int64_t top = 0, target = -1, max_bytes = 0;
  std::optional<uint64_t> seed;
  bool over_time = false, plan = false;
};

// "0,3-5" as numbers.
absl::Status AddNumbers(const char* option, const std::string& text,
                        google::protobuf::RepeatedField<int64_t>* numbers) {
  absl::StatusOr<std::vector<int64_t>> all = ParseNumbers(option, text);
  if (!all.ok()) return UsageError(MessageOf(all.status()));
  numbers->Add(all->begin(), all->end());
  return absl::OkStatus();
}

// "attention" is what people call the pattern.
std::string QuantityOf(const std::string& word) {
  return word == "attention" ? "attn.hook_pattern" : word;
}

std::string ViewOf(const std::string& word) {
  return word == "attn.hook_pattern" ? "attention" : word;
}

absl::StatusOr<v1::InspectRequest> MakeRequest(const Given& given) {
  v1::InspectRequest request;
  request.set_text(given.text);
  for (const std::string& word : given.quantities) request.add_quantities(QuantityOf(word));
  if (given.quantities.empty()) request.add_quantities("heads");
  RETURN_IF_ERROR(AddNumbers("--layers", given.layers, request.mutable_layers()));
  RETURN_IF_ERROR(AddNumbers("--heads", given.heads, request.mutable_heads()));
  RETURN_IF_ERROR(AddNumbers("--positions", given.positions, request.mutable_positions()));
  if (given.top < 0) return UsageError("--top must be at least 1");
  if (given.max_bytes < 0) return UsageError("--max-bytes must be at least 1");
  request.set_top(given.top);
  request.set_max_bytes(given.max_bytes);
  request.set_seed(given.seed.value_or(0));
  if (given.target >= 0) request.set_target(given.target);
  request.set_plan_only(given.plan);
  return request;
}

// One model opened, looked into, and closed again.
absl::StatusOr<Inspection> LookInto(Context& context, const LabClient& client,
                                    const std::string& reference, v1::InspectRequest request,
                                    v1::OpenResponse* model) {
  ASSIGN_OR_RETURN(*model, client.Open(reference));
  request.set_session(model->session());
  Cancellation cancellation;
  absl::StatusOr<Inspection> look;
  {
    Interrupts::Scope interrupt(context.interrupts(), [&] { cancellation.Cancel(); });
    look = ReadInspection(client, request, &cancellation);
  }
  // Best effort: labd frees an unused model by itself after a while.
  (void)client.Close(model->session());
  return look;
}

Json ModelJson(const v1::OpenResponse& model) {
  Json json = {{"job", model.job_id() > 0 ? Json(model.job_id()) : Json()},
               {"step", model.step()},
               {"path", model.path()},
               {"sha256", model.sha256()},
               {"layers", model.layer_count()},
               {"heads", model.head_count()},
               {"width", model.width()},
               {"context", model.context()},
               {"parameters", model.parameter_count()}};
  return json;
}

bool WantsPicture(const Given& given) { return given.out.ends_with(".png"); }

// What labd makes of the look is known already; if it changes its mind meanwhile, that is why.
absl::StatusOr<int> Draw(Context& context, const LabClient& client, const std::string& reference,
                         const Given& given, v1::InspectRequest request,
                         const v1::OpenResponse& model) {
  const std::string view = given.over_time            ? "training"
                           : given.quantities.empty() ? "heads"
                                                      : given.quantities.front();
  PictureOrder order{given.out, reference, ViewOf(view), given.text, {}};
  auto add = [&order](const char* option, const std::string& value) {
    if (!value.empty()) order.options.push_back(StrCat(option, "=", value));
  };
  add("--layers", given.layers);
  add("--heads", given.heads);
  add("--positions", given.positions);
  add("--sort", given.sort);
  if (given.target >= 0) add("--target", StrCat(given.target));
  if (given.max_bytes > 0) add("--max-bytes", StrCat(given.max_bytes));
  if (absl::Status drawn = DrawPicture(context, order); !drawn.ok()) {
    request.set_plan_only(true);
    v1::OpenResponse again;
    if (!absl::IsCancelled(drawn)) {
      RETURN_IF_ERROR(LookInto(context, client, reference, request, &again).status());
    }
    return drawn;
  }
  context.Say(StrCat("wrote a picture of ", order.view, " to ", given.out));
  if (context.json()) {
    Json document = Document();
    document["model"] = ModelJson(model);
    document["picture"] = given.out;
    context.PrintJson(document);
  }
  return kOk;
}

int PrintPlan(Context& context, const Inspection& look) {
  Json document = Document();
  document["result_bytes"] = look.plan.result_bytes();
  document["working_bytes"] = look.plan.working_bytes();
  document["limit_bytes"] = look.plan.limit_bytes();
  document["tensors"] = Json::array();
  Table table({{"TENSOR"}, {"SHAPE"}});
  for (const v1::TensorFacts& facts : look.plan.tensors()) {
    std::string shape;
    Json sizes = Json::array();
    for (int64_t size : facts.shape()) {
      shape += StrCat(shape.empty() ? "" : " x ", size);
      sizes.push_back(size);
    }
    document["tensors"].push_back({{"name", facts.name()}, {"shape", sizes}});
    table.Add({facts.name(), shape});
  }
  if (context.json()) {
    context.PrintJson(document);
    return kOk;
  }
  context.PrintTable(table);
  context.Say(StrCat(look.plan.tokens_size(), " tokens; the tensors take ",
                     FormatBytes(look.plan.result_bytes()), ", the look about ",
                     FormatBytes(look.plan.working_bytes()), " of the ",
                     FormatBytes(look.plan.limit_bytes()), " allowed"));
  return kOk;
}

absl::StatusOr<int> LookOnce(Context& context, const LabClient& client, const Given& given) {
  ASSIGN_OR_RETURN(v1::InspectRequest request, MakeRequest(given));
  ASSIGN_OR_RETURN(std::string reference, context.ModelForLabd(given.reference));
  v1::OpenResponse model;
  if (WantsPicture(given)) request.set_plan_only(true);
  ASSIGN_OR_RETURN(Inspection look, LookInto(context, client, reference, request, &model));
  if (WantsPicture(given) && !given.plan) {
    return Draw(context, client, reference, given, request, model);
  }
  if (given.plan) return PrintPlan(context, look);
  if (!given.out.empty()) {
    RETURN_IF_ERROR(WriteTensorFile(given.out, look));
    context.Say(StrCat("wrote ", look.tensors.size(), " tensors to ", given.out));
  }
  if (context.json()) {
    Json document = Document();
    document["model"] = ModelJson(model);
    document.update(InspectionJson(look));
    context.PrintJson(document);
    return kOk;
  }
  if (!given.out.empty()) return kOk;
  bool first = true;
  for (const TitledTable& one : InspectionTables(look, given.sort)) {
    context.Print(StrCat(first ? "" : "\n", one.title, "\n"));
    if (!one.table.empty()) context.PrintTable(one.table);
    first = false;
  }
  context.Say(StrCat(look.plan.tokens_size(), " tokens, ", FormatDuration(look.summary.seconds()),
                     look.summary.cached() ? " when it was computed; now from memory" : ""));
  return kOk;
}

// The heads with the largest score at any step, most first.
std::vector<std::pair<int64_t, int64_t>> ChooseHeads(const std::vector<Inspection>& looks,
                                                     const std::string& score) {
  const InspectedTensor* shape = looks.front().Find(score);
  std::vector<std::pair<float, size_t>> best(shape->size());
  for (size_t at = 0; at < best.size(); ++at) {
    best[at] = {-1, at};
    for (const Inspection& look : looks) {
      best[at].first = std::max(best[at].first, look.Find(score)->floats[at]);
    }
  }
  std::stable_sort(best.begin(), best.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (best.size() > kHeadColumns) best.resize(kHeadColumns);
  std::vector<std::pair<int64_t, int64_t>> heads;
  for (const auto& [value, at] : best) {
    const auto place = static_cast<int64_t>(at);
    heads.emplace_back(place / shape->Dim(1), place % shape->Dim(1));
  }
  return heads;
}

// When a score of a head changed.
struct HeadChange {
  std::string head;  // "1.0"
  absl::StatusOr<ChangePoint> change = absl::UnknownError("");
};

std::vector<HeadChange> FindChanges(const std::vector<int64_t>& steps,
                                    const std::vector<Inspection>& looks, const std::string& score,
                                    const std::vector<std::pair<int64_t, int64_t>>& heads) {
  const InspectedTensor* shape = looks.front().Find(score);
  std::vector<HeadChange> changes;
  for (const auto& [layer, head] : heads) {
    std::vector<double> values;
    for (const Inspection& look : looks) values.push_back(look.Find(score)->Float({layer, head}));
    changes.push_back(
        {StrCat(shape->Label(0, layer), ".", shape->Label(1, head)), FindChange(steps, values)});
  }
  return changes;
}

Json ChangesJson(const std::string& score, const std::vector<HeadChange>& changes) {
  Json list = Json::array();
  for (const auto& [head, change] : changes) {
    if (!change.ok()) continue;
    list.push_back({{"name", StrCat(score, "/", head)},
                    {"after", change->after},
                    {"until", change->until},
                    {"before", change->before},
                    {"behind", change->behind},
                    {"share", change->share},
                    {"chance", change->chance}});
  }
  return list;
}

Table ChangesTable(const std::vector<HeadChange>& changes) {
  Table table({{"HEAD"},
               {"AFTER", true},
               {"UNTIL", true},
               {"FROM", true},
               {"TO", true},
               {"SHARE", true},
               {"CHANCE", true},
               {""}});
  for (const auto& [head, change] : changes) {
    if (!change.ok()) {
      table.Add({head, "-", "-", "-", "-", "-", "-", std::string(MessageOf(change.status()))});
      continue;
    }
    table.Add({head, StrCat(change->after), StrCat(change->until), FormatNumber(change->before),
               FormatNumber(change->behind), FormatNumber(change->share),
               FormatNumber(change->chance), change->sure() ? "" : "may be a drift or noise"});
  }
  return table;
}

absl::StatusOr<int> LookOverTime(Context& context, const LabClient& client, const Given& given) {
  ASSIGN_OR_RETURN(v1::InspectRequest request, MakeRequest(given));
  ASSIGN_OR_RETURN(std::vector<int64_t> ids, FindJobs(client, given.reference));
  if (ids.size() != 1) return UsageError("--over-time takes one job");
  ASSIGN_OR_RETURN(v1::Job job, client.GetJob(ids.front()));
  if (WantsPicture(given)) {
    const std::string reference = StrCat(job.id());
    request.set_plan_only(true);
    v1::OpenResponse model;
    RETURN_IF_ERROR(LookInto(context, client, reference, request, &model).status());
    return Draw(context, client, reference, given, request, model);
  }
  std::vector<int64_t> steps;
  std::vector<Inspection> looks;
  Json list = Json::array();
  for (const v1::Checkpoint& checkpoint : job.checkpoints()) {
    v1::OpenResponse model;
    auto look =
        LookInto(context, client, StrCat(job.id(), "@", checkpoint.step()), request, &model);
    // One that was pruned meanwhile is none of them any more.
    if (absl::IsNotFound(look.status())) continue;
    RETURN_IF_ERROR(look.status());
    if (context.json()) {
      list.push_back({{"model", ModelJson(model)}});
      list.back().update(InspectionJson(*look));
    }
    steps.push_back(checkpoint.step());
    looks.push_back(*std::move(look));
  }
  if (looks.empty()) {
    return absl::NotFoundError(Absl(StrCat("job ", job.id(), " has no checkpoint")));
  }
  const std::string score =
      StrCat("heads/", given.sort.empty() ? "repeated_induction" : given.sort);
  const bool scored = looks.front().Find(score) != nullptr;
  if (!scored && (!context.json() || !given.sort.empty())) {
    return UsageError("over time there is a table of heads only; --json has everything else");
  }
  std::vector<std::pair<int64_t, int64_t>> heads;
  if (scored) heads = ChooseHeads(looks, score);
  const std::vector<HeadChange> changes =
      scored ? FindChanges(steps, looks, score, heads) : std::vector<HeadChange>();
  if (context.json()) {
    Json document = Document();
    document["looks"] = std::move(list);
    document["changes"] = ChangesJson(score, changes);
    context.PrintJson(document);
    return kOk;
  }
  std::vector<Column> columns = {{"STEP", true}};
  const InspectedTensor* shape = looks.front().Find(score);
  for (const auto& [layer, head] : heads) {
    columns.push_back({StrCat("HEAD ", shape->Label(0, layer), ".", shape->Label(1, head)), true});
  }
  Table table(columns);
  for (size_t i = 0; i < looks.size(); ++i) {
    std::vector<std::string> row = {StrCat(steps[i])};
    for (const auto& [layer, head] : heads) {
      row.push_back(FormatNumber(looks[i].Find(score)->Float({layer, head})));
    }
    table.Add(std::move(row));
  }
  context.Print(StrCat(score, " of the heads where it is largest\n"));
  context.PrintTable(table);
  context.Print("\nwhen each changed: the one step that explains its curve best\n");
  context.PrintTable(ChangesTable(changes));
  context.Say(
      "SHARE is of the curve's variance (a straight line reaches 0.75), CHANCE how often the same "
      "values in another order show as clear a step");
  return kOk;
}

absl::StatusOr<int> Inspect(Context& context, const Given& given) {
  if (WantsPicture(given)) {
    if (given.quantities.size() > 1) return UsageError("a picture shows one view: name one");
  } else if (!given.out.empty()) {
    RETURN_IF_ERROR(CheckTensorFile(given.out));
  }
  const bool tensors = !given.out.empty() && !WantsPicture(given);
  if (given.over_time && (tensors || given.plan)) {
    return UsageError("--over-time goes with neither tensors to --out nor --plan");
  }
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  return given.over_time ? LookOverTime(context, *client, given)
                         : LookOnce(context, *client, given);
}

}  // namespace

Run ConfigureInspect(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Model(&given->reference);
  takes.Words("what", &given->quantities,
              "heads (if nothing is named), attention, value_weighted, residual, cosines, "
              "centred_cosines, pca, lens, attribution, loss, or hook points as hook_resid_post",
              false);
  takes.Option("--text", &given->text, "what the model reads; <|endoftext|> is one token");
  takes.Option("--layers", &given->layers, "of these layers only, as in 0,3-5");
  takes.Option("--heads", &given->heads, "of these heads only");
  takes.Option("--positions", &given->positions, "of these tokens only, as queries and rows");
  takes.Option("--sort", &given->sort, "list heads by this score, e.g. induction");
  takes.Option("--top", &given->top, "tokens that the lens names (5)");
  takes.Option("--target", &given->target,
               "the token whose logit attribution takes apart; none: each position's next");
  takes.Option("--seed", &given->seed, "of the random texts of repeated_induction (0)");
  takes.Option("--max-bytes", &given->max_bytes, "memory that the look may take (1 GiB)");
  takes
      .Option("--out", &given->out,
              "write the tensors to this .npz or .safetensors file, or a picture to this .png")
      .Offers(OfferFiles());
  takes.Flag("--over-time", &given->over_time, "at every checkpoint of the job");
  takes.Flag("--plan", &given->plan, "only what would come, and what it would take");
  return [given](Context& context) { return Inspect(context, *given); };
}

}  // namespace lab::cli
