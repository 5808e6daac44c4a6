#include "daemon/worker/looks.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/clock.h"
#include "core/base/strings.h"
#include "core/tokenizer/tokenizer.h"

namespace lab {
namespace {

using nlohmann::json;

constexpr int64_t kDefaultLimit = int64_t{1} << 30;
constexpr int64_t kMostKeptBytes = int64_t{256} << 20;
constexpr int64_t kDefaultTop = 5;

std::string TextOf(const Tokenizer& tokenizer, int64_t id) {
  // A model may have more ids than its tokenizer (a padded vocabulary); those have no text.
  return id >= 0 && id < tokenizer.vocab_size() ? tokenizer.TokenBytes(static_cast<int32_t>(id))
                                                : std::string();
}

json FactsJson(const TensorFacts& facts) {
  json axes = json::array();
  for (const Axis& axis : facts.axes)
    axes.push_back({{"name", axis.name}, {"labels", axis.labels}});
  return {{"name", facts.name},
          {"axes", axes},
          {"shape", facts.shape},
          {"unit", facts.unit},
          {"dtype", facts.type == at::kLong ? "int64" : "float32"}};
}

bool NamesTokens(const std::string& tensor) {
  return tensor == "lens/top_ids" || tensor == "attribution/targets";
}

}  // namespace

absl::StatusOr<PlannedLook> Looks::Plan(const ModelShelf::Model& model, const Frame& frame) {
  const json& header = frame.header;
  const Tokenizer& tokenizer = *model.opened.tokenizer;
  PlannedLook look;
  InspectQuery& query = look.query;
  const auto list = [&](const char* key) { return header.value(key, std::vector<int64_t>()); };
  query.tokens = list("tokens");
  if (query.tokens.empty()) {
    for (int32_t id : tokenizer.Encode(frame.payload)) query.tokens.push_back(id);
  }
  query.quantities = header.value("quantities", std::vector<std::string>());
  query.layers = list("layers");
  query.heads = list("heads");
  query.positions = list("positions");
  query.top = header.value("top", int64_t{0});
  if (query.top == 0) query.top = kDefaultTop;
  const json target = header.value("target", json());
  if (target.is_number_integer()) query.target = target.get<int64_t>();
  query.first_token = tokenizer.end_of_text();
  query.seed = header.value("seed", uint64_t{0});
  look.limit_bytes = header.value("max_bytes", int64_t{0});
  if (look.limit_bytes <= 0) look.limit_bytes = kDefaultLimit;
  ASSIGN_OR_RETURN(look.plan, PlanInspection(*model.opened.model, query));
  look.key = json({model.opened.sha256, query.tokens, query.quantities, query.layers, query.heads,
                   query.positions, query.top, target, query.seed})
                 .dump();
  return look;
}

Frame Looks::PlanFrame(const ModelShelf::Model& model, const Frame& frame,
                       const PlannedLook& look) {
  Frame planned;
  json lengths = json::array(), tensors = json::array();
  for (int64_t id : look.query.tokens) {
    const std::string text = TextOf(*model.opened.tokenizer, id);
    lengths.push_back(text.size());
    planned.payload += text;
  }
  for (const TensorFacts& facts : look.plan.tensors) tensors.push_back(FactsJson(facts));
  planned.header = {{"type", "planned"},
                    {"request", frame.header.value("request", json())},
                    {"tokens", look.query.tokens},
                    {"lengths", lengths},
                    {"tensors", tensors},
                    {"result_bytes", look.plan.result_bytes},
                    {"working_bytes", look.plan.working_bytes},
                    {"limit_bytes", look.limit_bytes}};
  return planned;
}

absl::StatusOr<std::shared_ptr<const LookResult>> Looks::Run(ModelShelf::Model& model,
                                                             const PlannedLook& look) {
  auto found = std::find_if(kept_.begin(), kept_.end(),
                            [&](const Kept& kept) { return kept.key == look.key; });
  if (found != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, found);
    auto again = std::make_shared<LookResult>(*found->result);
    again->cached = true;
    return again;
  }
  if (look.plan.working_bytes > look.limit_bytes) {
    return Failure(absl::StatusCode::kResourceExhausted, reason::kInspectBudget,
                   StrCat("this look takes about ", FormatBytes(look.plan.working_bytes),
                          " of memory, and ", FormatBytes(look.limit_bytes),
                          " are allowed; ask for fewer layers, heads or positions, or for a "
                          "shorter text"));
  }
  const SystemClock clock;
  const double started = clock.MonotonicSeconds();
  auto result = std::make_shared<LookResult>();
  result->plan = look.plan;
  ASSIGN_OR_RETURN(result->tensors, Inspect(*model.opened.model, look.query));
  std::set<int64_t> ids;
  for (size_t i = 0; i < result->tensors.size(); ++i) {
    if (!NamesTokens(look.plan.tensors[i].name)) continue;
    const int64_t* values = result->tensors[i].const_data_ptr<int64_t>();
    ids.insert(values, values + result->tensors[i].numel());
  }
  result->words.assign(ids.begin(), ids.end());
  for (int64_t id : ids) result->word_text.push_back(TextOf(*model.opened.tokenizer, id));
  result->seconds = clock.MonotonicSeconds() - started;
  if (look.plan.result_bytes <= kMostKeptBytes) {
    kept_.push_front({look.key, result});
    kept_bytes_ += look.plan.result_bytes;
    while (kept_bytes_ > kMostKeptBytes) {
      kept_bytes_ -= kept_.back().result->plan.result_bytes;
      kept_.pop_back();
    }
  }
  return result;
}

}  // namespace lab
