#include "core/model/hf_config.h"

#include <cmath>
#include <string_view>

#include "core/base/status.h"
#include "core/base/strings.h"

namespace lab {
namespace {

absl::Status Refuse(std::string_view key, std::string_view message) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kConfigInvalid,
                 StrCat("config.json: ", key, ": ", message));
}

// Reads keys one by one and keeps the first complaint, so that the list of keys reads as a list.
class Reader {
 public:
  explicit Reader(const nlohmann::json& config) : config_(config) {}

  // A positive count. `otherwise` 0: the key is required.
  int64_t Count(std::string_view key, int64_t otherwise = 0) {
    const nlohmann::json* value = Find(key);
    if (!value) {
      if (otherwise == 0) Complain(key, "missing");
      return otherwise;
    }
    constexpr int64_t kMost = int64_t{1} << 31;
    if (!value->is_number_integer() || value->get<int64_t>() < 1 ||
        value->get<int64_t>() >= kMost) {
      Complain(key, StrCat("must be a positive whole number, is ", value->dump()));
      return 1;
    }
    return value->get<int64_t>();
  }
  double Share(std::string_view key, double otherwise) {
    const nlohmann::json* value = Find(key);
    if (!value) return otherwise;
    if (!value->is_number() || !(value->get<double>() >= 0 && value->get<double>() < 1)) {
      Complain(key, StrCat("must be at least 0 and below 1, is ", value->dump()));
      return otherwise;
    }
    return value->get<double>();
  }
  double Number(std::string_view key, double otherwise) {
    const nlohmann::json* value = Find(key);
    if (!value) return otherwise;
    if (!value->is_number()) {
      Complain(key, StrCat("must be a number, is ", value->dump()));
      return otherwise;
    }
    return value->get<double>();
  }
  bool Flag(std::string_view key, bool otherwise) {
    const nlohmann::json* value = Find(key);
    if (!value) return otherwise;
    if (!value->is_boolean()) {
      Complain(key, StrCat("must be true or false, is ", value->dump()));
      return otherwise;
    }
    return value->get<bool>();
  }
  // For options of which this GPT-2 has only one.
  void Only(std::string_view key, const nlohmann::json& wanted) {
    const nlohmann::json* value = Find(key);
    if (value && *value != wanted) {
      Complain(key, StrCat("only ", wanted.dump(), " is supported, is ", value->dump()));
    }
  }
  void Complain(std::string_view key, std::string_view message) {
    if (status_.ok()) status_ = Refuse(key, message);
  }
  const absl::Status& status() const { return status_; }

 private:
  // Null where the key is absent or null, which mean the same there.
  const nlohmann::json* Find(std::string_view key) const {
    auto found = config_.find(std::string(key));
    return found == config_.end() || found->is_null() ? nullptr : &*found;
  }

  const nlohmann::json& config_;
  absl::Status status_;
};

bool QkvBias(const nlohmann::json& config, Reader& reader) {
  auto lab = config.find("lab");
  if (lab == config.end()) return true;
  if (!lab->is_object()) {
    reader.Complain("lab", "must be an object");
    return true;
  }
  Reader inner(*lab);
  const bool qkv_bias = inner.Flag("qkv_bias", true);
  if (!inner.status().ok()) reader.Complain("lab.qkv_bias", "must be true or false");
  return qkv_bias;
}

}  // namespace

std::string ToHfConfig(const Gpt2Shape& shape, int64_t bos_token_id, int64_t eos_token_id,
                       std::string_view torch_dtype) {
  nlohmann::ordered_json config = {
      {"architectures", {"GPT2LMHeadModel"}},
      {"model_type", "gpt2"},
      {"vocab_size", shape.vocab},
      {"n_positions", shape.context},
      {"n_ctx", shape.context},
      {"n_embd", shape.width},
      {"n_layer", shape.layers},
      {"n_head", shape.heads},
      {"n_inner", nullptr},
      {"activation_function", "gelu_new"},
      {"layer_norm_epsilon", 1e-5},
      {"initializer_range", shape.init_std},
      {"embd_pdrop", shape.embd_dropout},
      {"attn_pdrop", shape.attn_dropout},
      {"resid_pdrop", shape.resid_dropout},
      {"scale_attn_weights", true},
      {"scale_attn_by_inverse_layer_idx", false},
      {"reorder_and_upcast_attn", false},
      {"tie_word_embeddings", shape.tie_embeddings},
      {"bos_token_id", bos_token_id},
      {"eos_token_id", eos_token_id},
      {"use_cache", true},
      {"torch_dtype", std::string(torch_dtype)},
  };
  if (!shape.qkv_bias) config["lab"] = {{"qkv_bias", false}};
  return config.dump(2) + "\n";
}

absl::StatusOr<Gpt2Shape> FromHfConfig(const nlohmann::json& config) {
  if (!config.is_object()) return Refuse("the file", "must be a JSON object");
  Reader reader(config);
  if (config.value("model_type", nlohmann::json()) != "gpt2") {
    reader.Complain("model_type", "must be \"gpt2\"");
  }
  Gpt2Shape shape;
  shape.layers = reader.Count("n_layer");
  shape.heads = reader.Count("n_head");
  shape.width = reader.Count("n_embd");
  shape.context = reader.Count("n_positions");
  shape.vocab = reader.Count("vocab_size");
  shape.embd_dropout = reader.Share("embd_pdrop", 0.1);
  shape.attn_dropout = reader.Share("attn_pdrop", 0.1);
  shape.resid_dropout = reader.Share("resid_pdrop", 0.1);
  shape.init_std = reader.Number("initializer_range", 0.02);
  shape.tie_embeddings = reader.Flag("tie_word_embeddings", true);
  shape.qkv_bias = QkvBias(config, reader);
  if (shape.heads > 0 && shape.width % shape.heads != 0) {
    reader.Complain("n_head", StrCat(shape.heads, " heads do not divide n_embd ", shape.width));
  }
  if (reader.Count("n_inner", 4 * shape.width) != 4 * shape.width) {
    reader.Complain("n_inner", StrCat("only 4 × n_embd = ", 4 * shape.width, " is supported"));
  }
  const std::string activation =
      config.contains("activation_function") && config["activation_function"].is_string()
          ? config["activation_function"].get<std::string>()
          : "gelu_new";
  // Two names of the same formula.
  if (activation != "gelu_new" && activation != "gelu_pytorch_tanh") {
    reader.Complain("activation_function", StrCat("only gelu_new is supported, is ", activation));
  }
  reader.Only("layer_norm_epsilon", 1e-5);
  reader.Only("scale_attn_weights", true);
  reader.Only("scale_attn_by_inverse_layer_idx", false);
  reader.Only("add_cross_attention", false);
  RETURN_IF_ERROR(reader.status());
  return shape;
}

}  // namespace lab
