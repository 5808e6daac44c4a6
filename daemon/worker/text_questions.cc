#include "daemon/worker/text_questions.h"

#include <algorithm>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "core/base/strings.h"
#include "core/data/preview.h"
#include "core/tokenizer/tokenizer.h"
#include "daemon/worker/run_guarded.h"

namespace lab {
namespace {

using nlohmann::json;

constexpr size_t kShownBytes = 4096;  // of a document
constexpr int64_t kMostShown = 100;   // documents

json PartsJson(const std::vector<EntropyPart>& parts, const std::vector<double>* nats) {
  json list = json::array();
  for (size_t i = 0; i < parts.size(); ++i) {
    list.push_back(
        {{"name", parts[i].name}, {"nats", nats == nullptr ? parts[i].nats : (*nats)[i]}});
  }
  return list;
}

absl::Status Look(const json& question, Frame& answer) {
  const int64_t count = std::clamp<int64_t>(question.value("documents", int64_t{0}), 0, kMostShown);
  ASSIGN_OR_RETURN(CorpusPreview preview,
                   PreviewCorpus(question.value("name", ""), count, kShownBytes));
  json shown = json::array();
  for (const PreviewDocument& document : preview.shown) {
    json one = {{"length", document.text.size()},
                {"bytes", document.bytes},
                {"characters", document.characters}};
    if (document.nats) one["nats"] = *document.nats;
    if (!document.part_nats.empty()) one["parts"] = PartsJson(preview.parts, &document.part_nats);
    shown.push_back(std::move(one));
    answer.payload += document.text;
  }
  answer.header.update({{"name", preview.name},
                        {"kind", preview.kind},
                        {"title", preview.title},
                        {"licence", preview.licence},
                        {"teaches", preview.teaches},
                        {"documents", preview.documents},
                        {"bytes", preview.bytes},
                        {"seed", preview.seed},
                        {"sha256", preview.sha256},
                        {"entropy", preview.entropy ? json(*preview.entropy) : json()},
                        {"parts", PartsJson(preview.parts, nullptr)},
                        {"shown", std::move(shown)}});
  return absl::OkStatus();
}

absl::Status Tokenise(const Frame& question, Frame& answer) {
  const std::string name = question.header.value("tokenizer", "");
  std::shared_ptr<const Tokenizer> tokenizer;
  if (name == "byte") {
    tokenizer = ByteTokenizer();
  } else {
    ASSIGN_OR_RETURN(tokenizer, LoadTokenizer(name));
  }
  json lengths = json::array(), specials = json::array();
  const std::vector<int32_t> ids = tokenizer->Encode(question.payload);
  std::string_view rest = question.payload;
  for (int32_t id : ids) {
    const size_t length = std::min(tokenizer->TextBytes(id, rest), rest.size());
    rest.remove_prefix(length);
    lengths.push_back(length);
    if (tokenizer->IsSpecial(id)) specials.push_back(id);
  }
  answer.header.update({{"ids", ids},
                        {"lengths", std::move(lengths)},
                        {"specials", std::move(specials)},
                        {"vocabulary", tokenizer->vocab_size()}});
  return absl::OkStatus();
}

}  // namespace

Frame AnswerTextQuestion(const Frame& question) {
  const bool look = question.type() == "look";
  Frame answer;
  auto begin = [&](bool ok) {
    answer.payload.clear();
    answer.header = {{"type", look ? "corpus" : "tokenised"},
                     {"request", question.header.value("request", json())},
                     {"ok", ok}};
  };
  begin(true);
  absl::Status status =
      RunGuarded([&] { return look ? Look(question.header, answer) : Tokenise(question, answer); });
  if (status.ok()) return answer;
  begin(false);
  answer.header["error"] = {{"reason", ReasonOf(status)},
                            {"message", std::string(MessageOf(status))}};
  return answer;
}

}  // namespace lab
