#include "tests/client/fake_inspect.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "tests/client/fake_lab.h"

namespace lab::testing {
namespace {

using grpc::ServerContext;
using grpc::ServerWriter;
using grpc::Status;
using grpc::StatusCode;

constexpr int64_t kVocabulary = 256, kTop = 5, kComponents = 3, kMassive = 2;
constexpr size_t kPart = 64 << 10;  // small, so that answers come in several
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

using Values = std::vector<float>;
using Ids = std::vector<int64_t>;

// One look: what is asked of which text.
struct Asked {
  const v1::InspectRequest& request;
  int64_t step = 0;
  Ids tokens, layers, heads, positions;
};

// A tensor and its elements by their indices.
struct Made {
  v1::TensorFacts facts;
  std::function<double(const Ids& indices)> at;
};

Ids OrAll(const google::protobuf::RepeatedField<int64_t>& chosen, int64_t count) {
  if (!chosen.empty()) return {chosen.begin(), chosen.end()};
  Ids all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

v1::TensorAxis Axis(const std::string& name, const Ids& labels = {}) {
  v1::TensorAxis axis;
  axis.set_name(name);
  for (int64_t label : labels) axis.add_labels(std::to_string(label));
  return axis;
}

v1::TensorAxis Named(const std::string& name, const std::vector<std::string>& labels) {
  v1::TensorAxis axis;
  axis.set_name(name);
  for (const std::string& label : labels) axis.add_labels(label);
  return axis;
}

// Reproducible, between -1 and 1.
double Wave(const Ids& indices, double shift) {
  double phase = shift;
  for (int64_t index : indices) phase = phase * 1.7 + static_cast<double>(index) * 0.61;
  return std::sin(phase);
}

class Maker {
 public:
  explicit Maker(const Asked& asked)
      : asked_(asked),
        layers_(Axis("layer", asked.layers)),
        heads_(Axis("head", asked.request.heads().empty() ? Ids() : asked.heads)),
        points_(Points(asked.layers)) {}

  // False for a quantity that is not known.
  bool Add(const std::string& quantity) {
    if (quantity == "heads") {
      AddHeads();
    } else if (quantity == "attn.hook_pattern") {
      AddPatterns("attn.hook_pattern", 0);
    } else if (quantity == "value_weighted") {
      AddPatterns("attn.value_weighted_pattern", 1);
    } else if (quantity == "residual") {
      AddResidual();
    } else if (quantity == "cosines" || quantity == "centred_cosines") {
      AddCosines(quantity);
    } else if (quantity == "pca") {
      AddPca();
    } else if (quantity == "lens") {
      AddLens();
    } else if (quantity == "attribution") {
      AddAttribution();
    } else if (quantity == "loss") {
      Put("loss/next", {Positions("token")}, "nats",
          [this](const Ids& at) { return Ended(at[0]) ? kNan : 2 + Wave(at, 0.3); });
    } else if (quantity.find("hook_") != std::string::npos) {
      for (int64_t layer : asked_.layers) {
        Put("blocks." + std::to_string(layer) + "." + quantity,
            {Positions("token"), Axis("channel")}, "",
            [layer](const Ids& at) { return Wave(at, static_cast<double>(layer)); });
      }
    } else {
      return false;
    }
    return true;
  }

  const std::vector<Made>& made() const { return made_; }

 private:
  v1::TensorAxis Positions(const std::string& name) const {
    return Axis(name, asked_.request.positions().empty() ? Ids() : asked_.positions);
  }

  static v1::TensorAxis Points(const Ids& layers) {
    v1::TensorAxis axis;
    axis.set_name("point");
    for (size_t i = 0; i < layers.size(); ++i) {
      const std::string layer = std::to_string(layers[i]);
      if (i == 0 || layers[i - 1] != layers[i] - 1) axis.add_labels(layer + ".pre");
      axis.add_labels(layer + ".mid");
      axis.add_labels(layer + ".post");
    }
    return axis;
  }

  int64_t SizeOf(const v1::TensorAxis& axis) const {
    if (axis.labels_size() > 0) return axis.labels_size();
    if (axis.name() == "head") return kFakeHeads;
    if (axis.name() == "layer") return kFakeLayers;
    if (axis.name() == "channel") return kFakeWidth;
    if (axis.name() == "component") return kComponents;
    if (axis.name() == "rank") return kTop;
    return static_cast<int64_t>(asked_.tokens.size());
  }

  Made& Put(const std::string& name, const std::vector<v1::TensorAxis>& axes,
            const std::string& unit, std::function<double(const Ids&)> at) {
    Made& one = made_.emplace_back();
    one.facts.set_name(name);
    one.facts.set_unit(unit);
    one.facts.set_dtype("float32");
    for (const v1::TensorAxis& axis : axes) {
      *one.facts.add_axes() = axis;
      one.facts.add_shape(SizeOf(axis));
    }
    one.at = std::move(at);
    return one;
  }

  bool Ended(int64_t index) const {
    return asked_.positions[static_cast<size_t>(index)] + 1 ==
           static_cast<int64_t>(asked_.tokens.size());
  }

  Values Pattern(int64_t layer, int64_t head) const {
    return FakePattern(asked_.tokens, asked_.layers[static_cast<size_t>(layer)],
                       asked_.heads[static_cast<size_t>(head)], asked_.step);
  }

  void AddPatterns(const std::string& point, int more) {
    for (size_t i = 0; i < asked_.layers.size(); ++i) {
      std::vector<Values> patterns;
      for (size_t head = 0; head < asked_.heads.size(); ++head) {
        patterns.push_back(Pattern(static_cast<int64_t>(i), static_cast<int64_t>(head)));
      }
      const auto length = asked_.tokens.size();
      auto at = [patterns, positions = asked_.positions, length, more](const Ids& at) {
        const Values& pattern = patterns[static_cast<size_t>(at[0])];
        const auto query = static_cast<size_t>(positions[static_cast<size_t>(at[1])]);
        const float* row = pattern.data() + query * length;
        if (more == 0) return double{row[at[2]]};
        // The values of odd places are twice as long.
        double sum = 0;
        for (size_t key = 0; key < length; ++key) sum += row[key] * (1.0 + double(key % 2));
        return row[at[2]] * (1.0 + double(at[2] % 2)) / sum;
      };
      Put("blocks." + std::to_string(asked_.layers[i]) + "." + point,
          {heads_, Positions("query"), Axis("key")}, "", at);
    }
  }

  // Some score of each head, by query.
  void AddScore(const std::string& name, const std::string& unit,
                const std::function<double(const float* row, int64_t query)>& of) {
    const auto length = static_cast<int64_t>(asked_.tokens.size());
    Put("heads/" + name, {layers_, heads_}, unit, [this, of, length](const Ids& at) {
      const Values pattern = Pattern(at[0], at[1]);
      double sum = 0;
      for (int64_t query = 0; query < length; ++query) {
        sum += of(pattern.data() + query * length, query);
      }
      return sum / static_cast<double>(length);
    });
  }

  void AddHeads() {
    const Ids& tokens = asked_.tokens;
    AddScore("entropy", "nats", [](const float* row, int64_t query) {
      double sum = 0;
      for (int64_t key = 0; key <= query; ++key)
        sum -= row[key] > 0 ? row[key] * std::log(row[key]) : 0;
      return sum;
    });
    AddScore("distance", "tokens", [](const float* row, int64_t query) {
      double sum = 0;
      for (int64_t key = 0; key <= query; ++key) sum += row[key] * double(query - key);
      return sum;
    });
    AddScore("sink", "", [](const float* row, int64_t query) { return query > 0 ? row[0] : 0.0; });
    AddScore("previous_token", "",
             [](const float* row, int64_t query) { return query > 0 ? row[query - 1] : 0.0; });
    auto repeats = [tokens](const float* row, int64_t query, int64_t after) {
      double sum = 0;
      for (int64_t key = 0; key < query; ++key) {
        const bool same = tokens[static_cast<size_t>(key)] == tokens[static_cast<size_t>(query)];
        if (same) sum += row[key + after];
      }
      return sum;
    };
    AddScore("duplicate_token", "",
             [repeats](const float* row, int64_t query) { return repeats(row, query, 0); });
    AddScore("induction", "",
             [repeats](const float* row, int64_t query) { return repeats(row, query, 1); });
    Put("heads/repeated_induction", {layers_, heads_}, "", [this](const Ids& at) {
      return asked_.heads[static_cast<size_t>(at[1])] == 3 ? 0.8 : 0.02;
    });
    Put("heads/shifted_induction", {layers_, heads_}, "", [](const Ids&) { return 0.03; });
  }

  void AddResidual() {
    const std::vector<v1::TensorAxis> each = {points_, Positions("token")};
    double shift = 0;
    for (const char* name : {"mean", "std", "min", "max", "norm"}) {
      Put(std::string("residual/") + name, each, "", [this, shift](const Ids& at) {
        return shift + double(at[0]) + Wave(at, shift) + double(asked_.step) / 1000;
      });
      shift += 1;
    }
    for (const char* name : {"attn_norm", "mlp_norm"}) {
      Put(std::string("residual/") + name, {layers_, Positions("token")}, "",
          [](const Ids& at) { return 2 + Wave(at, 0.1); });
    }
    Put("residual/first_token", {points_}, "times the median norm",
        [](const Ids& at) { return 1.0 + double(at[0]); });
    Made& places = Put("residual/massive_places",
                       {Axis("rank"), Named("place", {"point", "token", "channel"})}, "",
                       [](const Ids& at) { return at[1] == 0 ? at[0] + 1 : at[1] - 1; });
    places.facts.set_dtype("int64");
    places.facts.set_shape(0, kMassive);
    Put("residual/massive_values", {Axis("rank"), Named("figure", {"value", "times median"})}, "",
        [](const Ids& at) { return at[1] == 0 ? 90.0 - double(at[0]) : 1500.0 - double(at[0]); })
        .facts.set_shape(0, kMassive);
  }

  void AddCosines(const std::string& quantity) {
    auto cosine = [](int64_t a, int64_t b) { return std::cos(0.4 * double(a - b)); };
    Put(quantity + "/tokens", {points_, Positions("token"), Axis("token")}, "",
        [this, cosine](const Ids& at) {
          return cosine(asked_.positions[static_cast<size_t>(at[1])], at[2]);
        });
    Put(quantity + "/points", {points_, points_}, "",
        [cosine](const Ids& at) { return cosine(at[0], at[1]); });
  }

  void AddPca() {
    auto share = [](int64_t rank) { return 0.5 / double(1 + rank); };
    for (const char* prefix : {"", "own_"}) {
      const bool own = *prefix != 0;
      Put(std::string("pca/") + prefix + "places", {points_, Positions("token"), Axis("component")},
          "", [own](const Ids& at) { return 3 * Wave(at, own ? 0.2 : 0.7); });
      std::vector<v1::TensorAxis> axes = {Axis("component")};
      if (own) axes.insert(axes.begin(), points_);
      Put(std::string("pca/") + prefix + "shares", axes, "of the variance",
          [share](const Ids& at) { return share(at.back()); });
    }
  }

  void AddLens() {
    const std::vector<v1::TensorAxis> each = {points_, Positions("token")};
    std::vector<v1::TensorAxis> top = each;
    top.push_back(Axis("rank"));
    const int64_t count = asked_.request.top() > 0 ? asked_.request.top() : kTop;
    Made& ids = Put("lens/top_ids", top, "",
                    [](const Ids& at) { return 'a' + (at[0] + at[1] + at[2]) % 26; });
    ids.facts.set_dtype("int64");
    ids.facts.set_shape(2, count);
    Put("lens/top_probabilities", top, "", [](const Ids& at) {
      return std::pow(0.5, double(at[2] + 1)) * double(at[0] + 1) / 8;
    }).facts.set_shape(2, count);
    Put("lens/next_rank", each, "", [this](const Ids& at) {
      return Ended(at[1]) ? -1 : 10 / (at[0] + 1);
    }).facts.set_dtype("int64");
    Put("lens/next_probability", each, "",
        [this](const Ids& at) { return Ended(at[1]) ? kNan : double(at[0] + 1) / 10; });
    Put("lens/entropy", each, "nats", [](const Ids& at) { return 5 - 0.7 * double(at[0]); });
    const int64_t last = points_.labels_size() - 1;
    Put("lens/kl", each, "nats", [last](const Ids& at) { return 0.5 * double(last - at[0]); });
  }

  void AddAttribution() {
    std::vector<std::string> components = {"embed"};
    for (int64_t layer = 0; layer < kFakeLayers; ++layer) {
      components.push_back(std::to_string(layer) + ".attn");
      components.push_back(std::to_string(layer) + ".mlp");
    }
    components.push_back("bias");
    const v1::TensorAxis positions = Positions("token");
    Put("attribution/targets", {positions}, "", [this](const Ids& at) {
      if (asked_.request.has_target()) return asked_.request.target();
      const auto next = static_cast<size_t>(asked_.positions[static_cast<size_t>(at[0])] + 1);
      return next < asked_.tokens.size() ? asked_.tokens[next] : int64_t{'e'};
    }).facts.set_dtype("int64");
    // Shares that sum: each component gives its place, an attention a quarter a head and no bias.
    const auto count = static_cast<double>(components.size());
    Put("attribution/logits", {positions}, "logits",
        [count](const Ids&) { return count * (count - 1) / 2; });
    Put("attribution/components", {positions, Named("component", components)}, "logits",
        [](const Ids& at) { return at[1]; });
    Put("attribution/heads", {positions, Axis("layer"), Axis("head")}, "logits",
        [](const Ids& at) { return double(1 + 2 * at[1]) / double(kFakeHeads); });
    Put("attribution/head_biases", {positions, Axis("layer")}, "logits",
        [](const Ids&) { return 0; });
  }

  const Asked& asked_;
  v1::TensorAxis layers_, heads_, points_;
  std::vector<Made> made_;
};

int64_t ElementsOf(const v1::TensorFacts& facts) {
  int64_t count = 1;
  for (int64_t size : facts.shape()) count *= size;
  return count;
}

std::string BytesOf(const Made& made) {
  std::string bytes;
  Ids indices(static_cast<size_t>(made.facts.shape_size()), 0);
  for (int64_t i = 0; i < ElementsOf(made.facts); ++i) {
    const double value = made.at(indices);
    if (made.facts.dtype() == "int64") {
      const auto id = static_cast<int64_t>(value);
      bytes.append(reinterpret_cast<const char*>(&id), sizeof id);
    } else {
      const auto number = static_cast<float>(value);
      bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
    }
    for (size_t axis = indices.size(); axis-- > 0;) {
      if (++indices[axis] < made.facts.shape(static_cast<int>(axis))) break;
      indices[axis] = 0;
    }
  }
  return bytes;
}

v1::InspectToken TokenOf(int64_t id) {
  v1::InspectToken token;
  token.set_id(id);
  token.set_text(std::string(1, static_cast<char>(id)));
  return token;
}

void WriteTensors(const std::vector<Made>& made, ServerWriter<v1::InspectEvent>* writer) {
  for (size_t i = 0; i < made.size(); ++i) {
    const std::string bytes = BytesOf(made[i]);
    for (size_t at = 0; at < bytes.size(); at += kPart) {
      v1::InspectEvent event;
      v1::TensorPart& part = *event.mutable_part();
      part.set_tensor(static_cast<int32_t>(i));
      part.set_offset(static_cast<int64_t>(at));
      part.set_data(bytes.substr(at, kPart));
      if (at == 0) *part.mutable_shape() = made[i].facts.shape();
      if (!writer->Write(event)) return;
    }
  }
}

Status Invalid(ServerContext* context, const std::string& message) {
  return Refusal(context, StatusCode::INVALID_ARGUMENT, "INVALID_ARGUMENT", message);
}

Status Check(ServerContext* context, const Asked& asked) {
  const auto length = static_cast<int64_t>(asked.tokens.size());
  if (length == 0) return Invalid(context, "the text has no token");
  if (length > kFakeContext) {
    return Invalid(context, "the text has " + std::to_string(length) +
                                " tokens, but the model's context holds only " +
                                std::to_string(kFakeContext));
  }
  for (auto [what, chosen, count] : {std::tuple{"layer", &asked.layers, kFakeLayers},
                                     std::tuple{"head", &asked.heads, kFakeHeads},
                                     std::tuple{"position", &asked.positions, length}}) {
    for (int64_t one : *chosen) {
      if (one >= 0 && one < count) continue;
      return Invalid(context, std::string("there is no ") + what + " " + std::to_string(one));
    }
  }
  return Status::OK;
}

class FakeInspect : public v1::InspectService::Service {
 public:
  explicit FakeInspect(FakeLab& lab) : lab_(lab) {}

  Status Open(ServerContext* context, const v1::OpenRequest* request,
              v1::OpenResponse* response) override {
    std::lock_guard lock(lab_.mutex);
    lab_.opened.push_back(request->reference());
    const std::string& reference = request->reference();
    if (reference == "9") {
      return Refusal(context, StatusCode::NOT_FOUND, "CHECKPOINT_MISSING",
                     "job 9 has no checkpoint yet; the next comes at step 100");
    }
    const size_t at = reference.find('@');
    const int64_t step = at == std::string::npos ? 0 : std::atoll(reference.c_str() + at + 1);
    response->set_session("s" + std::to_string(lab_.opened.size()));
    steps_[response->session()] = step;
    response->set_job_id(std::atoll(reference.c_str()));
    response->set_step(step);
    response->set_layer_count(kFakeLayers);
    response->set_head_count(kFakeHeads);
    response->set_width(response->job_id() == kFakeWideJob ? 2 * kFakeWidth : kFakeWidth);
    response->set_context(kFakeContext);
    response->set_vocabulary(kVocabulary);
    return Status::OK;
  }

  Status Close(ServerContext*, const v1::CloseRequest* request, v1::CloseResponse*) override {
    std::lock_guard lock(lab_.mutex);
    lab_.closed.push_back(request->session());
    return Status::OK;
  }

  Status Generate(ServerContext* context, const v1::GenerateRequest* request,
                  ServerWriter<v1::GenerateEvent>* writer) override {
    std::unique_lock lock(lab_.mutex);
    lab_.generations.push_back(*request);
    if (lab_.on_generate) {
      auto answer = lab_.on_generate;
      lock.unlock();
      return answer(context, *request, writer);
    }
    for (const v1::GenerateEvent& event : lab_.generated) writer->Write(event);
    return Status::OK;
  }

  Status Answer(ServerContext* context, const v1::InspectRequest& request,
                ServerWriter<v1::InspectEvent>* writer) {
    Asked asked{request, StepOf(request.session()), {}, {}, {}, {}};
    if (request.has_tokens()) {
      asked.tokens.assign(request.tokens().ids().begin(), request.tokens().ids().end());
    }
    for (char c : request.text()) asked.tokens.push_back(static_cast<unsigned char>(c));
    asked.layers = OrAll(request.layers(), kFakeLayers);
    asked.heads = OrAll(request.heads(), kFakeHeads);
    asked.positions = OrAll(request.positions(), static_cast<int64_t>(asked.tokens.size()));
    if (Status status = Check(context, asked); !status.ok()) return status;
    Maker maker(asked);
    for (const std::string& quantity : request.quantities()) {
      if (!maker.Add(quantity)) {
        return Invalid(context, "there is nothing called \"" + quantity + "\"");
      }
    }
    v1::InspectEvent event;
    v1::InspectPlan& plan = *event.mutable_plan();
    for (size_t i = 0; i < asked.tokens.size(); ++i) {
      *plan.add_tokens() = TokenOf(asked.tokens[i]);
      plan.mutable_tokens()->rbegin()->set_offset(static_cast<int64_t>(i));
    }
    for (const Made& made : maker.made()) {
      *plan.add_tensors() = made.facts;
      const int64_t width = made.facts.dtype() == "int64" ? 8 : 4;
      plan.set_result_bytes(plan.result_bytes() + width * ElementsOf(made.facts));
    }
    plan.set_working_bytes(2 * plan.result_bytes());
    plan.set_limit_bytes(request.max_bytes() > 0 ? request.max_bytes() : lab_.inspect_limit);
    if (plan.working_bytes() > plan.limit_bytes()) {
      return Refusal(context, StatusCode::RESOURCE_EXHAUSTED, "INSPECT_BUDGET",
                     "this look takes " + std::to_string(plan.working_bytes()) +
                         " bytes, but at most " + std::to_string(plan.limit_bytes()) +
                         " are allowed; ask for fewer heads");
    }
    writer->Write(event);
    if (!request.plan_only()) WriteTensors(maker.made(), writer);
    event.Clear();
    event.mutable_summary()->set_seconds(0.01);
    for (char c = 'a'; c <= 'z'; ++c) *event.mutable_summary()->add_words() = TokenOf(c);
    writer->Write(event);
    return Status::OK;
  }

  Status Inspect(ServerContext* context, const v1::InspectRequest* request,
                 ServerWriter<v1::InspectEvent>* writer) override {
    std::function<Status(ServerContext*, const v1::InspectRequest&,
                         ServerWriter<v1::InspectEvent>*)>
        instead;
    {
      std::lock_guard lock(lab_.mutex);
      lab_.inspections.push_back(*request);
      instead = lab_.on_inspect;
    }
    return instead ? instead(context, *request, writer) : Answer(context, *request, writer);
  }

 private:
  int64_t StepOf(const std::string& session) {
    std::lock_guard lock(lab_.mutex);
    return steps_[session];
  }

  FakeLab& lab_;
  std::map<std::string, int64_t> steps_;  // by session
};

}  // namespace

std::vector<float> FakePattern(const std::vector<int64_t>& tokens, int64_t layer, int64_t head,
                               int64_t step) {
  const size_t length = tokens.size();
  // What is not on its one place is everywhere alike.
  const double share = 0.9 * double(step + 100) / double(step + 200) / double(2 - layer);
  std::vector<float> pattern(length * length, 0);
  for (size_t query = 0; query < length; ++query) {
    size_t place = 0;
    if (head == 0 && query > 0) place = query - 1;
    for (size_t key = 0; head == 3 && key < query; ++key) {
      if (tokens[key] == tokens[query]) place = key + 1;
    }
    const double strong = head == 2 ? 0 : share;
    float* row = pattern.data() + query * length;
    for (size_t key = 0; key <= query; ++key) {
      row[key] = static_cast<float>((1 - strong) / double(query + 1));
    }
    row[place] += static_cast<float>(strong);
  }
  return pattern;
}

std::unique_ptr<v1::InspectService::Service> MakeFakeInspect(FakeLab& lab) {
  return std::make_unique<FakeInspect>(lab);
}

}  // namespace lab::testing
