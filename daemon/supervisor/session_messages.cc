#include "daemon/supervisor/session_messages.h"

#include <utility>
#include <vector>

#include "core/base/strings.h"
#include "daemon/supervisor/frame_fields.h"
#include "daemon/supervisor/worker_messages.h"

namespace lab {
namespace {

using Json = nlohmann::json;

template <class Numbers>
Json ListOf(const Numbers& numbers) {
  Json list = Json::array();
  for (const auto& number : numbers) list.push_back(number);
  return list;
}

absl::StatusOr<v1::TensorFacts> ParseFacts(const Json& header) {
  if (!header.is_object()) return ProtocolError("a tensor is not described by an object");
  Fields in(header);
  v1::TensorFacts facts;
  facts.set_name(in.Text("name"));
  facts.set_unit(in.OptionalText("unit"));
  facts.set_dtype(in.Text("dtype"));
  for (int64_t size : in.Integers("shape")) facts.add_shape(size);
  for (const Json& one : in.List("axes")) {
    if (!one.is_object()) return ProtocolError("an axis is not described by an object");
    Fields axis(one);
    v1::TensorAxis* made = facts.add_axes();
    made->set_name(axis.Text("name"));
    for (std::string& label : axis.Texts("labels")) *made->add_labels() = std::move(label);
    RETURN_IF_ERROR(axis.status());
  }
  RETURN_IF_ERROR(in.status());
  if (facts.axes_size() != facts.shape_size()) {
    return ProtocolError(StrCat("the tensor ", facts.name(), " has not one axis for each size"));
  }
  return facts;
}

// Tokens by id and text, one after the other.
template <class Tokens>
absl::Status AddTokens(const std::vector<int64_t>& ids, std::vector<std::string> texts,
                       Tokens* tokens) {
  if (ids.size() != texts.size()) return ProtocolError("tokens do not have one text each");
  int64_t offset = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    auto* token = tokens->Add();
    token->set_id(ids[i]);
    token->set_offset(offset);
    offset += static_cast<int64_t>(texts[i].size());
    token->set_text(std::move(texts[i]));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> EncodeGenerate(const SessionAddress& to,
                                           const v1::GenerateRequest& generate) {
  Json header = {{"type", "generate"},
                 {"request", to.request},
                 {"session", to.session},
                 {"threads", to.threads},
                 {"max_tokens", generate.max_tokens()},
                 {"temperature", generate.temperature()},
                 {"top_k", generate.top_k()},
                 {"top_p", generate.top_p()},
                 {"seed", nullptr},
                 {"stop_lengths", Json::array()},
                 {"alternatives", generate.alternatives()}};
  if (generate.has_seed()) header["seed"] = generate.seed();
  std::string payload = generate.prompt();
  for (const std::string& stop : generate.stop()) {
    header["stop_lengths"].push_back(stop.size());
    payload += stop;
  }
  if (payload.size() > kMaxFramePayloadBytes) {
    return absl::InvalidArgumentError(StrCat("the prompt and the stop strings together have ",
                                             payload.size(), " bytes; at most ",
                                             kMaxFramePayloadBytes, " are allowed"));
  }
  return EncodeFrame(header, payload);
}

absl::StatusOr<std::string> EncodeInspect(const SessionAddress& to,
                                          const v1::InspectRequest& inspect) {
  Json header = {{"type", "inspect"},
                 {"request", to.request},
                 {"session", to.session},
                 {"threads", to.threads},
                 {"quantities", ListOf(inspect.quantities())},
                 {"layers", ListOf(inspect.layers())},
                 {"heads", ListOf(inspect.heads())},
                 {"positions", ListOf(inspect.positions())},
                 {"top", inspect.top()},
                 {"target", nullptr},
                 {"seed", inspect.seed()},
                 {"max_bytes", inspect.max_bytes()},
                 {"plan_only", inspect.plan_only()}};
  if (inspect.has_target()) header["target"] = inspect.target();
  if (inspect.has_tokens()) header["tokens"] = ListOf(inspect.tokens().ids());
  if (header.dump().size() > kMaxFrameHeaderBytes ||
      inspect.text().size() > kMaxFramePayloadBytes) {
    return absl::InvalidArgumentError("the text, the tokens or the positions are too many");
  }
  return EncodeFrame(header, inspect.text());
}

absl::StatusOr<v1::OpenResponse> ParseOpened(const Frame& frame) {
  RETURN_IF_ERROR(AnswerStatus(frame.header));
  const Json info = frame.header.value("info", Json::object());
  if (!info.is_object()) return ProtocolError("the info of an \"opened\" frame is no object");
  Fields in(frame.header), model(info);
  v1::OpenResponse opened;
  opened.set_session(in.Text("session"));
  opened.set_parameter_count(model.Integer("parameters"));
  opened.set_context(model.Integer("context"));
  opened.set_vocabulary(model.Integer("vocabulary"));
  opened.set_layer_count(model.Integer("layers"));
  opened.set_head_count(model.Integer("heads"));
  opened.set_width(model.Integer("width"));
  opened.set_sha256(model.Text("sha256"));
  opened.set_weight_bytes(model.Integer("weight_bytes"));
  opened.set_held_bytes(model.Integer("held_bytes"));
  opened.set_budget_bytes(model.Integer("budget_bytes"));
  RETURN_IF_ERROR(in.status());
  RETURN_IF_ERROR(model.status());
  return opened;
}

absl::StatusOr<v1::Token> ParseToken(const Frame& frame) {
  Fields in(frame.header);
  v1::Token token;
  token.set_id(in.Integer("id"));
  token.set_probability(in.Number("probability"));
  std::vector<double> top = in.Numbers("top");
  ASSIGN_OR_RETURN(std::vector<std::string> texts, SplitPayload(frame, in));
  RETURN_IF_ERROR(in.status());
  if (texts.size() != top.size() + 1) {
    return ProtocolError("a \"token\" frame has not one length for the token and each alternative");
  }
  if (!in.Absent("shown_hex")) {
    std::string shown;
    if (!FromHex(in.Text("shown_hex"), &shown)) {
      return ProtocolError("the \"shown_hex\" of a token is not hexadecimal");
    }
    token.set_shown(shown);
  }
  token.set_text(texts[0]);
  for (size_t i = 0; i < top.size(); ++i) {
    v1::Token::Alternative* alternative = token.add_top();
    alternative->set_text(texts[i + 1]);
    alternative->set_probability(top[i]);
  }
  return token;
}

absl::StatusOr<v1::GenerateSummary> ParseGenerated(const Frame& frame) {
  RETURN_IF_ERROR(AnswerStatus(frame.header));
  Fields in(frame.header);
  v1::GenerateSummary summary;
  summary.set_text(frame.payload);
  summary.set_stop_reason(in.Text("stop_reason"));
  summary.set_prompt_token_count(in.Integer("prompt_tokens"));
  summary.set_new_token_count(in.Integer("new_tokens"));
  if (!in.Absent("seconds_to_first_token")) {
    summary.set_seconds_to_first_token(in.Number("seconds_to_first_token"));
  }
  if (!in.Absent("tokens_per_second")) {
    summary.set_tokens_per_second(in.Number("tokens_per_second"));
  }
  RETURN_IF_ERROR(in.status());
  if (auto seed = frame.header.find("seed");
      seed != frame.header.end() && seed->is_number_unsigned()) {
    summary.set_seed(seed->get<uint64_t>());
  }
  return summary;
}

absl::StatusOr<v1::InspectPlan> ParsePlanned(const Frame& frame) {
  Fields in(frame.header);
  v1::InspectPlan plan;
  ASSIGN_OR_RETURN(std::vector<std::string> texts, SplitPayload(frame, in));
  RETURN_IF_ERROR(AddTokens(in.Integers("tokens"), std::move(texts), plan.mutable_tokens()));
  for (const Json& tensor : in.List("tensors")) {
    ASSIGN_OR_RETURN(*plan.add_tensors(), ParseFacts(tensor));
  }
  plan.set_result_bytes(in.Integer("result_bytes"));
  plan.set_working_bytes(in.Integer("working_bytes"));
  plan.set_limit_bytes(in.Integer("limit_bytes"));
  RETURN_IF_ERROR(in.status());
  return plan;
}

absl::StatusOr<v1::TensorPart> ParsePart(const Frame& frame) {
  Fields in(frame.header);
  v1::TensorPart part;
  part.set_tensor(static_cast<int32_t>(in.Integer("tensor")));
  part.set_offset(in.Integer("offset"));
  for (int64_t size : in.Integers("shape")) part.add_shape(size);
  RETURN_IF_ERROR(in.status());
  part.set_data(frame.payload);
  return part;
}

absl::StatusOr<v1::InspectSummary> ParseInspected(const Frame& frame) {
  RETURN_IF_ERROR(AnswerStatus(frame.header));
  Fields in(frame.header);
  v1::InspectSummary summary;
  ASSIGN_OR_RETURN(std::vector<std::string> texts, SplitPayload(frame, in));
  RETURN_IF_ERROR(AddTokens(in.Integers("words"), std::move(texts), summary.mutable_words()));
  for (v1::InspectToken& word : *summary.mutable_words()) word.clear_offset();
  summary.set_seconds(in.Number("seconds"));
  summary.set_cached(in.Boolean("cached"));
  RETURN_IF_ERROR(in.status());
  return summary;
}

}  // namespace lab
