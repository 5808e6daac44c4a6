#include <algorithm>
#include <map>
#include <optional>

#include <absl/container/flat_hash_map.h>
#include <nlohmann/json.hpp>

#include "core/base/strings.h"
#include "core/tokenizer/bpe_tokenizer.h"
#include "core/tokenizer/byte_alphabet.h"

namespace lab {
namespace {

using nlohmann::json;

absl::Status Invalid(std::string_view message) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kTokenizerInvalid, message);
}
absl::Status NotUnderstood(std::string_view field, const json& value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  return Invalid(StrCat(field, " is not understood: ", text));
}

// The member `key` of an object, or null where it is absent.
const json& Member(const json& object, const char* key) {
  static const json kNull;
  auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

absl::Status RequireNull(const json& object, const char* key, std::string_view field) {
  const json& value = Member(object, key);
  return value.is_null() ? absl::OkStatus() : NotUnderstood(field, value);
}
// Absent, null, false and "" all mean "not used".
absl::Status RequireUnused(const json& object, const char* key, std::string_view field) {
  const json& value = Member(object, key);
  bool unused = value.is_null() || value == false || value == "" || value == 0.0;
  return unused ? absl::OkStatus() : NotUnderstood(field, value);
}

struct Vocabulary {
  std::vector<std::string> spelling;  // by id
  absl::flat_hash_map<std::string, int32_t> ids;
};

absl::Status AddToVocabulary(const json& object, std::map<int64_t, std::string>& by_id) {
  for (const auto& [spelling, id] : object.items()) {
    if (!id.is_number_integer() || id < 0 || id > (int64_t{1} << 24)) {
      return Invalid(StrCat("the id of ", spelling, " is not a small whole number"));
    }
    auto [place, inserted] = by_id.emplace(id.get<int64_t>(), spelling);
    if (!inserted) {
      return Invalid(
          StrCat("id ", id.get<int64_t>(), " stands for both ", place->second, " and ", spelling));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Vocabulary> NumberVocabulary(const std::map<int64_t, std::string>& by_id) {
  Vocabulary vocabulary;
  for (const auto& [id, spelling] : by_id) {
    if (id != static_cast<int64_t>(vocabulary.spelling.size())) {
      return Invalid(StrCat("no token has id ", vocabulary.spelling.size()));
    }
    vocabulary.ids.emplace(spelling, static_cast<int32_t>(id));
    vocabulary.spelling.push_back(spelling);
  }
  if (vocabulary.spelling.empty()) return Invalid("the vocabulary is empty");
  return vocabulary;
}

absl::Status AddMerge(const Vocabulary& vocabulary, const std::string& left,
                      const std::string& right, BpeSpec& spec) {
  auto a = vocabulary.ids.find(left);
  auto b = vocabulary.ids.find(right);
  if (a == vocabulary.ids.end() || b == vocabulary.ids.end()) {
    return Invalid(StrCat("merge ", spec.merges.size(), " (", left, " ", right,
                          ") names a token that the vocabulary does not have"));
  }
  spec.merges.emplace_back(a->second, b->second);
  return absl::OkStatus();
}

// "left right", as merges.txt and older files have it.
absl::Status AddMergeLine(const Vocabulary& vocabulary, const std::string& line, BpeSpec& spec) {
  size_t space = line.find(' ');
  if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos) {
    return Invalid(StrCat("merge ", spec.merges.size(), " is not two tokens: ", line));
  }
  return AddMerge(vocabulary, line.substr(0, space), line.substr(space + 1), spec);
}

absl::Status FillTokens(const Vocabulary& vocabulary, BpeSpec& spec) {
  std::vector<const AddedToken*> added(vocabulary.spelling.size(), nullptr);
  for (const AddedToken& token : spec.added) added[token.id] = &token;
  for (size_t id = 0; id < vocabulary.spelling.size(); ++id) {
    if (added[id] != nullptr) {
      spec.tokens.push_back(added[id]->content);
      continue;
    }
    std::optional<std::string> bytes = UnspellBytes(vocabulary.spelling[id]);
    if (!bytes || bytes->empty()) {
      return Invalid(StrCat("token ", id, " (", vocabulary.spelling[id],
                            ") is not spelt in the byte alphabet"));
    }
    spec.tokens.push_back(*std::move(bytes));
  }
  return absl::OkStatus();
}

absl::StatusOr<int32_t> FindEndOfText(const std::vector<AddedToken>& added) {
  const AddedToken* only = nullptr;
  int specials = 0;
  for (const AddedToken& token : added) {
    if (token.content == kEndOfText) return token.id;
    if (token.special) {
      only = &token;
      ++specials;
    }
  }
  if (specials == 1) return only->id;
  return Invalid(StrCat("added_tokens: none is ", kEndOfText, ", and ", specials,
                        " others are special, so that which one ends a text is not known"));
}

absl::Status ReadAddedTokens(const json& list, std::map<int64_t, std::string>& by_id,
                             BpeSpec& spec) {
  if (list.is_null()) return absl::OkStatus();
  if (!list.is_array()) return NotUnderstood("added_tokens", list);
  for (const json& entry : list) {
    const json& id = Member(entry, "id");
    const json& content = Member(entry, "content");
    if (!entry.is_object() || !id.is_number_integer() || id < 0 || id > (int64_t{1} << 24) ||
        !content.is_string()) {
      return NotUnderstood("added_tokens", entry);
    }
    for (const char* flag : {"single_word", "lstrip", "rstrip"}) {
      RETURN_IF_ERROR(RequireUnused(
          entry, flag, StrCat("added_tokens: ", content.get<std::string>(), ": ", flag)));
    }
    AddedToken token;
    token.id = id.get<int32_t>();
    token.content = content.get<std::string>();
    token.special = Member(entry, "special") == true;
    token.normalized = Member(entry, "normalized") == true;
    auto [place, inserted] = by_id.emplace(token.id, token.content);
    if (!inserted && place->second != token.content) {
      return Invalid(
          StrCat("id ", token.id, " stands for both ", place->second, " and ", token.content));
    }
    spec.added.push_back(std::move(token));
  }
  return absl::OkStatus();
}

absl::Status ReadPretokenizer(const json& pre_tokenizer, BpeSpec& spec) {
  if (Member(pre_tokenizer, "type") != "ByteLevel") {
    return NotUnderstood("pre_tokenizer", pre_tokenizer);
  }
  RETURN_IF_ERROR(
      RequireUnused(pre_tokenizer, "add_prefix_space", "pre_tokenizer.add_prefix_space"));
  bool whole = Member(pre_tokenizer, "use_regex") == false;
  spec.pattern = whole ? SplitPattern::kWhole : SplitPattern::kGpt2;
  return absl::OkStatus();
}

absl::Status ReadModelOptions(const json& model, BpeSpec& spec) {
  const json& type = Member(model, "type");
  if (!type.is_null() && type != "BPE") return NotUnderstood("model.type", type);
  for (const char* option : {"dropout", "unk_token", "continuing_subword_prefix",
                             "end_of_word_suffix", "fuse_unk", "byte_fallback"}) {
    RETURN_IF_ERROR(RequireUnused(model, option, StrCat("model.", option)));
  }
  spec.ignore_merges = Member(model, "ignore_merges") == true;
  return absl::OkStatus();
}

absl::Status ReadMerges(const json& merges, const Vocabulary& vocabulary, BpeSpec& spec) {
  if (!merges.is_array()) return NotUnderstood("model.merges", merges);
  spec.merges.reserve(merges.size());
  for (const json& merge : merges) {
    if (merge.is_string()) {
      RETURN_IF_ERROR(AddMergeLine(vocabulary, merge.get<std::string>(), spec));
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() &&
               merge[1].is_string()) {
      RETURN_IF_ERROR(
          AddMerge(vocabulary, merge[0].get<std::string>(), merge[1].get<std::string>(), spec));
    } else {
      return NotUnderstood("model.merges", merge);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BpeSpec> ParseTokenizerJson(std::string text) {
  json root = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) return Invalid("not a JSON object");
  BpeSpec spec;
  RETURN_IF_ERROR(RequireNull(root, "truncation", "truncation"));
  RETURN_IF_ERROR(RequireNull(root, "padding", "padding"));
  RETURN_IF_ERROR(RequireNull(root, "normalizer", "normalizer"));
  const json& post = Member(root, "post_processor");  // ByteLevel's changes offsets, not ids
  if (!post.is_null() && Member(post, "type") != "ByteLevel") {
    return NotUnderstood("post_processor", post);
  }
  const json& decoder = Member(root, "decoder");
  if (Member(decoder, "type") != "ByteLevel") return NotUnderstood("decoder", decoder);
  RETURN_IF_ERROR(ReadPretokenizer(Member(root, "pre_tokenizer"), spec));
  const json& model = Member(root, "model");
  if (!model.is_object()) return NotUnderstood("model", model);
  RETURN_IF_ERROR(ReadModelOptions(model, spec));
  const json& vocab = Member(model, "vocab");
  if (!vocab.is_object()) return NotUnderstood("model.vocab", vocab);

  std::map<int64_t, std::string> by_id;
  RETURN_IF_ERROR(AddToVocabulary(vocab, by_id));
  RETURN_IF_ERROR(ReadAddedTokens(Member(root, "added_tokens"), by_id, spec));
  ASSIGN_OR_RETURN(Vocabulary vocabulary, NumberVocabulary(by_id));
  RETURN_IF_ERROR(ReadMerges(Member(model, "merges"), vocabulary, spec));
  RETURN_IF_ERROR(FillTokens(vocabulary, spec));
  ASSIGN_OR_RETURN(spec.end_of_text, FindEndOfText(spec.added));
  spec.json = std::move(text);
  return spec;
}

absl::StatusOr<BpeSpec> ParseVocabAndMerges(const std::string& vocab, const std::string& merges) {
  json object = json::parse(vocab, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return Invalid("vocab.json is not a JSON object");
  std::map<int64_t, std::string> by_id;
  RETURN_IF_ERROR(AddToVocabulary(object, by_id));
  ASSIGN_OR_RETURN(Vocabulary vocabulary, NumberVocabulary(by_id));
  BpeSpec spec;
  auto end = vocabulary.ids.find(std::string(kEndOfText));
  if (end == vocabulary.ids.end()) return Invalid(StrCat("vocab.json has no ", kEndOfText));
  spec.end_of_text = end->second;
  spec.added.push_back({end->second, std::string(kEndOfText), true, false});
  size_t begin = 0;
  while (begin < merges.size()) {
    size_t line_end = std::min(merges.find('\n', begin), merges.size());
    std::string line = merges.substr(begin, line_end - begin);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    bool heading = begin == 0 && line.rfind("#version", 0) == 0;
    begin = line_end + 1;
    if (!line.empty() && !heading) RETURN_IF_ERROR(AddMergeLine(vocabulary, line, spec));
  }
  RETURN_IF_ERROR(FillTokens(vocabulary, spec));
  return spec;
}

std::string WriteTokenizerJson(const BpeSpec& spec) {
  using nlohmann::ordered_json;
  std::vector<AddedToken> added = spec.added;
  std::sort(added.begin(), added.end(),
            [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  std::vector<std::string> spelling;
  for (const std::string& bytes : spec.tokens) spelling.push_back(SpellBytes(bytes));
  ordered_json added_json = ordered_json::array();
  for (const AddedToken& token : added) {
    spelling[token.id] = token.content;
    added_json.push_back({{"id", token.id},
                          {"content", token.content},
                          {"single_word", false},
                          {"lstrip", false},
                          {"rstrip", false},
                          {"normalized", token.normalized},
                          {"special", token.special}});
  }
  ordered_json vocab = ordered_json::object();
  // The object's own emplace would search all keys for each; ids make them unique already.
  auto& entries = vocab.get_ref<ordered_json::object_t&>();
  for (size_t id = 0; id < spelling.size(); ++id) entries.emplace_back(spelling[id], id);
  ordered_json merges = ordered_json::array();
  for (auto [left, right] : spec.merges) {
    merges.push_back(ordered_json::array({spelling[left], spelling[right]}));
  }
  auto byte_level = [](bool use_regex) {
    return ordered_json{{"type", "ByteLevel"},
                        {"add_prefix_space", false},
                        {"trim_offsets", true},
                        {"use_regex", use_regex}};
  };
  ordered_json root = {{"version", "1.0"},
                       {"truncation", nullptr},
                       {"padding", nullptr},
                       {"added_tokens", std::move(added_json)},
                       {"normalizer", nullptr},
                       {"pre_tokenizer", byte_level(spec.pattern == SplitPattern::kGpt2)},
                       {"post_processor", nullptr},
                       {"decoder", byte_level(true)},
                       {"model",
                        {{"type", "BPE"},
                         {"dropout", nullptr},
                         {"unk_token", nullptr},
                         {"continuing_subword_prefix", nullptr},
                         {"end_of_word_suffix", nullptr},
                         {"fuse_unk", false},
                         {"byte_fallback", false},
                         {"ignore_merges", spec.ignore_merges},
                         {"vocab", std::move(vocab)},
                         {"merges", std::move(merges)}}}};
  return root.dump(1) + "\n";
}

}  // namespace lab
