#include "cli/output/inspection_text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "cli/output/terminal.h"
#include "core/base/strings.h"
#include "proto/client/display.h"
#include "proto/client/token_text.h"

namespace lab::cli {
namespace {

constexpr size_t kKeysShown = 3;
constexpr int64_t kMostRows = 1000;  // of one table

std::string Quoted(std::string_view bytes) {
  return StrCat("\"", ForTerminal(VisibleText(bytes), false), "\"");
}

std::string TokenText(const Inspection& look, int64_t position) {
  return Quoted(look.plan.tokens(static_cast<int>(position)).text());
}

int64_t PositionOf(const InspectedTensor& tensor, int axis, int64_t index) {
  return std::atoll(tensor.Label(axis, index).c_str());
}

std::string Number(double value) { return std::isnan(value) ? "-" : FormatNumber(value); }

// "heads/entropy" → "ENTROPY".
std::string Heading(std::string_view name) {
  std::string heading(name.substr(name.find('/') + 1));
  for (char& c : heading) c = c == '_' ? ' ' : static_cast<char>(std::toupper(c));
  return heading;
}

std::vector<const InspectedTensor*> Group(const Inspection& look, std::string_view prefix) {
  std::vector<const InspectedTensor*> group;
  for (const InspectedTensor& tensor : look.tensors) {
    if (tensor.facts.name().starts_with(prefix)) group.push_back(&tensor);
  }
  return group;
}

void AddHeads(const Inspection& look, const std::string& sort, std::vector<TitledTable>* tables) {
  const auto scores = Group(look, "heads/");
  if (scores.empty()) return;
  std::vector<Column> columns = {{"HEAD"}};
  size_t by = scores.size();
  for (size_t i = 0; i < scores.size(); ++i) {
    columns.push_back({Heading(scores[i]->facts.name()), true});
    if (scores[i]->facts.name() == StrCat("heads/", sort)) by = i;
  }
  const int64_t heads = scores[0]->Dim(1);
  std::vector<size_t> order(scores[0]->size());
  std::iota(order.begin(), order.end(), 0);
  if (by < scores.size()) {
    const std::vector<float>& values = scores[by]->floats;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      // What is not known comes last.
      return std::isnan(values[b]) ? !std::isnan(values[a]) : values[a] > values[b];
    });
  }
  Table table(columns);
  for (size_t at : order) {
    const auto place = static_cast<int64_t>(at);
    std::vector<std::string> row = {
        StrCat(scores[0]->Label(0, place / heads), ".", scores[0]->Label(1, place % heads))};
    for (const InspectedTensor* score : scores) row.push_back(Number(score->floats[at]));
    table.Add(std::move(row));
  }
  tables->push_back({"heads", std::move(table)});
}

void AddPatterns(const Inspection& look, std::vector<TitledTable>* tables) {
  for (const InspectedTensor& pattern : look.tensors) {
    const std::string& name = pattern.facts.name();
    if (!name.ends_with("pattern")) continue;
    if (pattern.Dim(0) * pattern.Dim(1) > kMostRows) {
      tables->push_back({StrCat(name, ": ", pattern.Dim(0), " heads x ", pattern.Dim(1),
                                " queries are too many rows to read; choose by --heads and "
                                "--positions, or take them as a file by --out"),
                         Table({})});
      continue;
    }
    Table table({{"HEAD"}, {"QUERY", true}, {"TOKEN", false, true}, {"LOOKS AT", false, true}});
    for (int64_t head = 0; head < pattern.Dim(0); ++head) {
      for (int64_t query = 0; query < pattern.Dim(1); ++query) {
        const size_t first = pattern.At({head, query, 0});
        std::vector<size_t> keys(static_cast<size_t>(pattern.Dim(2)));
        std::iota(keys.begin(), keys.end(), 0);
        const size_t shown = std::min(kKeysShown, keys.size());
        std::partial_sort(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(shown),
                          keys.end(), [&](size_t a, size_t b) {
                            return pattern.floats[first + a] > pattern.floats[first + b];
                          });
        std::string looks;
        for (size_t i = 0; i < shown && pattern.floats[first + keys[i]] > 0; ++i) {
          looks += StrCat(i > 0 ? "  " : "", keys[i], " ",
                          TokenText(look, static_cast<int64_t>(keys[i])), " ",
                          FormatNumber(pattern.floats[first + keys[i]]));
        }
        table.Add({pattern.Label(0, head), pattern.Label(1, query),
                   TokenText(look, PositionOf(pattern, 1, query)), looks});
      }
    }
    tables->push_back({name, std::move(table)});
  }
}

double MeanOver(const InspectedTensor& tensor, int64_t row) {
  double sum = 0;
  for (int64_t i = 0; i < tensor.Dim(1); ++i) sum += tensor.Float({row, i});
  return sum / static_cast<double>(tensor.Dim(1));
}

double EdgeOver(const InspectedTensor& tensor, int64_t row, bool largest) {
  double edge = tensor.Float({row, 0});
  for (int64_t i = 1; i < tensor.Dim(1); ++i) {
    const double value = tensor.Float({row, i});
    edge = largest ? std::max(edge, value) : std::min(edge, value);
  }
  return edge;
}

void AddResidual(const Inspection& look, std::vector<TitledTable>* tables) {
  const InspectedTensor* norm = look.Find("residual/norm");
  if (norm == nullptr) return;
  Table points({{"POINT"},
                {"MEAN", true},
                {"STD", true},
                {"MIN", true},
                {"MAX", true},
                {"NORM", true},
                {"FIRST TOKEN", true}});
  const InspectedTensor* first = look.Find("residual/first_token");
  for (int64_t point = 0; point < norm->Dim(0); ++point) {
    points.Add({norm->Label(0, point), Number(MeanOver(*look.Find("residual/mean"), point)),
                Number(MeanOver(*look.Find("residual/std"), point)),
                Number(EdgeOver(*look.Find("residual/min"), point, false)),
                Number(EdgeOver(*look.Find("residual/max"), point, true)),
                Number(MeanOver(*norm, point)), StrCat(Number(first->Float({point})), " x")});
  }
  tables->push_back(
      {"residual stream, mean over the tokens; the first token's norm beside the others' median",
       std::move(points)});
  Table added({{"LAYER"}, {"ATTENTION ADDS", true}, {"FEED-FORWARD ADDS", true}});
  const InspectedTensor* attention = look.Find("residual/attn_norm");
  const InspectedTensor* mlp = look.Find("residual/mlp_norm");
  for (int64_t layer = 0; layer < attention->Dim(0); ++layer) {
    added.Add({attention->Label(0, layer), Number(MeanOver(*attention, layer)),
               Number(MeanOver(*mlp, layer))});
  }
  tables->push_back({"norm of what each sublayer adds, mean over the tokens", std::move(added)});
  const InspectedTensor* places = look.Find("residual/massive_places");
  const InspectedTensor* values = look.Find("residual/massive_values");
  if (places->Dim(0) == 0) return;
  Table massive({{"POINT"}, {"TOKEN"}, {"CHANNEL", true}, {"VALUE", true}, {"TIMES MEDIAN", true}});
  for (int64_t i = 0; i < places->Dim(0); ++i) {
    const int64_t token = places->Integer({i, 1});
    massive.Add({norm->Label(0, places->Integer({i, 0})),
                 StrCat(token, " ", TokenText(look, token)), StrCat(places->Integer({i, 2})),
                 Number(values->Float({i, 0})), Number(values->Float({i, 1}))});
  }
  tables->push_back({"massive activations", std::move(massive)});
}

void AddLens(const Inspection& look, std::vector<TitledTable>* tables) {
  const InspectedTensor* ids = look.Find("lens/top_ids");
  if (ids == nullptr) return;
  const InspectedTensor* likely = look.Find("lens/top_probabilities");
  Table table({{"POSITION", true},
               {"TOKEN", false, true},
               {"POINT"},
               {"SAYS", false, true},
               {"P", true},
               {"NEXT'S RANK", true},
               {"NEXT'S P", true},
               {"ENTROPY", true},
               {"KL TO END", true}});
  for (int64_t token = 0; token < ids->Dim(1); ++token) {
    const int64_t position = PositionOf(*ids, 1, token);
    for (int64_t point = 0; point < ids->Dim(0); ++point) {
      const int64_t rank = look.Find("lens/next_rank")->Integer({point, token});
      table.Add({StrCat(position), TokenText(look, position), ids->Label(0, point),
                 Quoted(look.WordOf(ids->Integer({point, token, 0}))),
                 Number(likely->Float({point, token, 0})), rank < 0 ? "-" : StrCat(rank),
                 Number(look.Find("lens/next_probability")->Float({point, token})),
                 Number(look.Find("lens/entropy")->Float({point, token})),
                 Number(look.Find("lens/kl")->Float({point, token}))});
    }
  }
  tables->push_back({"logit lens", std::move(table)});
}

void AddAttribution(const Inspection& look, std::vector<TitledTable>* tables) {
  const InspectedTensor* parts = look.Find("attribution/components");
  if (parts == nullptr) return;
  const InspectedTensor* heads = look.Find("attribution/heads");
  const InspectedTensor* biases = look.Find("attribution/head_biases");
  for (int64_t i = 0; i < parts->Dim(0); ++i) {
    const int64_t position = PositionOf(*parts, 0, i);
    Table table({{"PART"}, {"LOGIT", true}});
    for (int64_t part = 0; part < parts->Dim(1); ++part) {
      const std::string label = parts->Label(1, part);
      table.Add({label, Number(parts->Float({i, part}))});
      if (!label.ends_with(".attn")) continue;
      const int64_t layer = std::atoll(label.c_str());
      for (int64_t head = 0; head < heads->Dim(2); ++head) {
        table.Add({StrCat("  head ", layer, ".", head), Number(heads->Float({i, layer, head}))});
      }
      table.Add({"  output bias", Number(biases->Float({i, layer}))});
    }
    const int64_t target = look.Find("attribution/targets")->Integer({i});
    tables->push_back({StrCat("logit ", Number(look.Find("attribution/logits")->Float({i})), " of ",
                              Quoted(look.WordOf(target)), " after position ", position, " ",
                              TokenText(look, position)),
                       std::move(table)});
  }
}

void AddLoss(const Inspection& look, std::vector<TitledTable>* tables) {
  const InspectedTensor* loss = look.Find("loss/next");
  if (loss == nullptr) return;
  Table table({{"POSITION", true}, {"TOKEN"}, {"NEXT"}, {"LOSS", true}});
  for (int64_t i = 0; i < loss->Dim(0); ++i) {
    const int64_t position = PositionOf(*loss, 0, i);
    const bool last = position + 1 == look.plan.tokens_size();
    table.Add({StrCat(position), TokenText(look, position),
               last ? "" : TokenText(look, position + 1), Number(loss->Float({i}))});
  }
  tables->push_back({"loss of each next token, nats", std::move(table)});
}

// Of what has no table of its own.
void AddRest(const Inspection& look, std::vector<TitledTable>* tables) {
  Table table({{"TENSOR"}, {"SHAPE"}, {"MEAN", true}, {"STD", true}, {"MIN", true}, {"MAX", true}});
  for (const InspectedTensor& tensor : look.tensors) {
    const std::string& name = tensor.facts.name();
    const bool shown = name.ends_with("pattern") || name.starts_with("heads/") ||
                       name.starts_with("residual/") || name.starts_with("lens/") ||
                       name.starts_with("attribution/") || name.starts_with("loss/");
    if (shown || tensor.floats.empty()) continue;
    double sum = 0, squares = 0;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (float value : tensor.floats) {
      sum += value;
      squares += double{value} * value;
      low = std::min(low, double{value});
      high = std::max(high, double{value});
    }
    const auto count = static_cast<double>(tensor.size());
    std::string shape;
    for (int axis = 0; axis < tensor.facts.shape_size(); ++axis) {
      shape += StrCat(axis > 0 ? " x " : "", tensor.Dim(axis), " ", tensor.facts.axes(axis).name());
    }
    const double variance = std::max(0.0, squares / count - sum / count * (sum / count));
    table.Add(
        {name, shape, Number(sum / count), Number(std::sqrt(variance)), Number(low), Number(high)});
  }
  if (!table.empty()) tables->push_back({"tensors", std::move(table)});
}

}  // namespace

std::vector<TitledTable> InspectionTables(const Inspection& inspection, const std::string& sort) {
  std::vector<TitledTable> tables;
  AddHeads(inspection, sort, &tables);
  AddPatterns(inspection, &tables);
  AddResidual(inspection, &tables);
  AddLens(inspection, &tables);
  AddAttribution(inspection, &tables);
  AddLoss(inspection, &tables);
  AddRest(inspection, &tables);
  return tables;
}

Json InspectionJson(const Inspection& inspection) {
  Json json = Json::object();
  json["tokens"] = Json::array();
  for (const v1::InspectToken& token : inspection.plan.tokens()) {
    Json& one = json["tokens"].emplace_back(Json{{"id", token.id()}});
    PutText(one, "text", token.text());
  }
  json["tensors"] = Json::array();
  for (const InspectedTensor& tensor : inspection.tensors) {
    Json one = {{"name", tensor.facts.name()}, {"unit", OrNull(tensor.facts.unit())}};
    one["axes"] = Json::array();
    for (const v1::TensorAxis& axis : tensor.facts.axes()) {
      Json labels = Json::array();
      for (const std::string& label : axis.labels()) labels.push_back(label);
      one["axes"].push_back({{"name", axis.name()}, {"labels", std::move(labels)}});
    }
    one["shape"] = Json::array();
    for (int64_t size : tensor.facts.shape()) one["shape"].push_back(size);
    one["data"] = Json::array();
    for (float value : tensor.floats) one["data"].push_back(NumberJson(value));
    for (int64_t value : tensor.integers) one["data"].push_back(value);
    json["tensors"].push_back(std::move(one));
  }
  json["words"] = Json::array();
  for (const v1::InspectToken& word : inspection.summary.words()) {
    Json& one = json["words"].emplace_back(Json{{"id", word.id()}});
    PutText(one, "text", word.text());
  }
  json["seconds"] = NumberJson(inspection.summary.seconds());
  json["cached"] = inspection.summary.cached();
  return json;
}

}  // namespace lab::cli
