#include "core/tokenizer/char_tokenizer.h"

#include <algorithm>
#include <array>
#include <set>

#include <absl/container/flat_hash_map.h>
#include <nlohmann/json.hpp>

#include "core/base/strings.h"

namespace lab {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr char kEveryCharacter[] = R"([\s\S])";

absl::Status Invalid(std::string_view message) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kTokenizerInvalid, message);
}

// Bytes of the character that `text` begins with; 1 for a byte that begins none. Requires: not
// empty.
size_t CharacterBytes(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const std::string_view character = text.substr(0, length);
  return character.size() == length && FirstInvalidUtf8(character) == std::string_view::npos
             ? length
             : 1;
}

class CharTokenizer : public Tokenizer {
 public:
  // `tokens` by id: both specials, and one character each. `json`: the file it came from.
  CharTokenizer(std::vector<std::string> tokens, int32_t end_of_text, int32_t unknown,
                std::string json)
      : tokens_(std::move(tokens)),
        end_of_text_(end_of_text),
        unknown_(unknown),
        json_(std::move(json)) {
    ascii_.fill(unknown);
    for (int32_t id = 0; id < vocab_size(); ++id) {
      if (IsSpecial(id)) continue;
      if (tokens_[id].size() == 1) ascii_[static_cast<uint8_t>(tokens_[id][0])] = id;
      ids_.emplace(tokens_[id], id);
    }
  }

  std::vector<int32_t> Encode(std::string_view text) const override {
    std::vector<int32_t> ids;
    while (!text.empty()) {
      const size_t end = text.find(kEndOfText), unknown = text.find(kUnknownCharacter);
      const size_t special = std::min(end, unknown);
      Append(text.substr(0, special), ids);
      if (special == std::string_view::npos) break;
      ids.push_back(special == end ? end_of_text_ : unknown_);
      text.remove_prefix(special + (special == end ? kEndOfText : kUnknownCharacter).size());
    }
    return ids;
  }
  std::vector<int32_t> EncodeDocument(std::string_view text) const override {
    std::vector<int32_t> ids;
    Append(text, ids);
    return ids;
  }
  std::vector<std::string_view> SafePieces(std::string_view text,
                                           size_t target_bytes) const override {
    std::vector<std::string_view> pieces;
    while (text.size() > target_bytes) {
      size_t cut = std::max<size_t>(target_bytes, 1);
      // To the first byte of a character; more than three steps are no character's bytes.
      for (int i = 0; i < 3 && cut < text.size() && (text[cut] & 0xC0) == 0x80; ++i) ++cut;
      pieces.push_back(text.substr(0, cut));
      text.remove_prefix(cut);
    }
    if (!text.empty()) pieces.push_back(text);
    return pieces;
  }
  std::string Decode(const std::vector<int32_t>& ids) const override {
    std::string text;
    for (int32_t id : ids) {
      if (id >= 0 && id < vocab_size() && !IsSpecial(id)) text += tokens_[id];
    }
    return text;
  }
  std::string TokenBytes(int32_t id) const override { return tokens_[id]; }
  bool IsSpecial(int32_t id) const override { return id == end_of_text_ || id == unknown_; }
  size_t TextBytes(int32_t id, std::string_view text) const override {
    if (id != unknown_ || text.empty() || text.starts_with(kUnknownCharacter)) {
      return tokens_[id].size();
    }
    return CharacterBytes(text);
  }
  int64_t vocab_size() const override { return static_cast<int64_t>(tokens_.size()); }
  int32_t end_of_text() const override { return end_of_text_; }
  std::string ToJson() const override { return json_.empty() ? WriteJson() : json_; }

 private:
  void Append(std::string_view text, std::vector<int32_t>& ids) const {
    ids.reserve(ids.size() + text.size());
    while (!text.empty()) {
      const size_t length = CharacterBytes(text);
      if (length == 1) {
        const auto byte = static_cast<uint8_t>(text[0]);
        ids.push_back(byte < 0x80 ? ascii_[byte] : unknown_);
      } else {
        auto found = ids_.find(Absl(text.substr(0, length)));
        ids.push_back(found == ids_.end() ? unknown_ : found->second);
      }
      text.remove_prefix(length);
    }
  }

  std::string WriteJson() const;

  std::vector<std::string> tokens_;
  int32_t end_of_text_, unknown_;
  std::string json_;
  std::array<int32_t, 128> ascii_{};
  absl::flat_hash_map<std::string, int32_t> ids_;
};

std::string CharTokenizer::WriteJson() const {
  ordered_json added = ordered_json::array();
  for (int32_t id : {std::min(end_of_text_, unknown_), std::max(end_of_text_, unknown_)}) {
    added.push_back({{"id", id},
                     {"content", tokens_[id]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  }
  ordered_json vocab = ordered_json::object();
  for (size_t id = 0; id < tokens_.size(); ++id) vocab[tokens_[id]] = id;
  ordered_json root = {{"version", "1.0"},
                       {"truncation", nullptr},
                       {"padding", nullptr},
                       {"added_tokens", std::move(added)},
                       {"normalizer", nullptr},
                       {"pre_tokenizer",
                        {{"type", "Split"},
                         {"pattern", {{"Regex", kEveryCharacter}}},
                         {"behavior", "Isolated"},
                         {"invert", false}}},
                       {"post_processor", nullptr},
                       {"decoder", {{"type", "Fuse"}}},
                       {"model",
                        {{"type", "BPE"},
                         {"dropout", nullptr},
                         {"unk_token", kUnknownCharacter},
                         {"continuing_subword_prefix", nullptr},
                         {"end_of_word_suffix", nullptr},
                         {"fuse_unk", false},
                         {"byte_fallback", false},
                         {"ignore_merges", false},
                         {"vocab", std::move(vocab)},
                         {"merges", ordered_json::array()}}}};
  return root.dump(1) + "\n";
}

// The value at a path of keys, or null.
const json& At(const json& root, const std::vector<const char*>& path) {
  static const json kNull;
  const json* value = &root;
  for (const char* key : path) {
    auto found = value->find(key);
    if (found == value->end()) return kNull;
    value = &*found;
  }
  return *value;
}

// What must stand in the file for it to mean one token a character.
absl::Status CheckForm(const json& root) {
  const std::pair<std::vector<const char*>, json> must[] = {
      {{"normalizer"}, nullptr},
      {{"post_processor"}, nullptr},
      {{"truncation"}, nullptr},
      {{"padding"}, nullptr},
      {{"pre_tokenizer", "type"}, "Split"},
      {{"pre_tokenizer", "pattern", "Regex"}, kEveryCharacter},
      {{"pre_tokenizer", "behavior"}, "Isolated"},
      {{"decoder", "type"}, "Fuse"},
      {{"model", "type"}, "BPE"},
      {{"model", "unk_token"}, kUnknownCharacter},
      {{"model", "merges"}, json::array()},
      {{"model", "dropout"}, nullptr},
      {{"model", "continuing_subword_prefix"}, nullptr},
      {{"model", "end_of_word_suffix"}, nullptr}};
  for (const auto& [path, expected] : must) {
    if (At(root, path) == expected) continue;
    std::string name;
    for (const char* key : path) name += StrCat(name.empty() ? "" : ".", key);
    return Invalid(
        StrCat(name, " is not understood for one token a character: ",
               At(root, path).dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 80)));
  }
  for (const char* flag : {"fuse_unk", "byte_fallback"}) {
    if (At(root, {"model", flag}) == true)
      return Invalid(StrCat("model.", flag, " is not understood: true"));
  }
  if (At(root, {"pre_tokenizer", "invert"}) == true)
    return Invalid("pre_tokenizer.invert is not understood: true");
  return absl::OkStatus();
}

}  // namespace

std::shared_ptr<const Tokenizer> TrainChar(const std::vector<std::string_view>& documents) {
  std::set<std::string, std::less<>> characters;  // bytewise order is that of code points
  std::array<bool, 128> ascii{};
  for (std::string_view document : documents) {
    while (!document.empty()) {
      const size_t length = CharacterBytes(document);
      const std::string_view character = document.substr(0, length);
      if (length == 1 && static_cast<uint8_t>(character[0]) < 0x80) {
        ascii[static_cast<uint8_t>(character[0])] = true;
      } else if (characters.find(character) == characters.end()) {
        characters.emplace(character);
      }
      document.remove_prefix(length);
    }
  }
  std::vector<std::string> tokens = {std::string(kEndOfText), std::string(kUnknownCharacter)};
  for (size_t c = 0; c < ascii.size(); ++c) {
    if (ascii[c]) tokens.emplace_back(1, static_cast<char>(c));
  }
  tokens.insert(tokens.end(), characters.begin(), characters.end());
  return std::make_shared<CharTokenizer>(std::move(tokens), 0, 1, "");
}

bool LooksLikeCharTokenizer(std::string_view json) {
  return json.find(R"("[\\s\\S]")") != std::string_view::npos;
}

absl::StatusOr<std::shared_ptr<const Tokenizer>> ParseCharTokenizer(std::string text) {
  const json root = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) return Invalid("not a JSON object");
  RETURN_IF_ERROR(CheckForm(root));
  const json& vocab = At(root, {"model", "vocab"});
  if (!vocab.is_object()) return Invalid("model.vocab is not an object");
  std::vector<std::string> tokens(vocab.size());
  int32_t end = -1, unknown = -1;
  for (const auto& [token, id] : vocab.items()) {
    if (!id.is_number_integer() || id < 0 || id >= static_cast<int64_t>(tokens.size()) ||
        !tokens[id.get<size_t>()].empty()) {
      return Invalid(StrCat("the id of '", token, "' is ", id.dump(), "; ids count from 0 to ",
                            tokens.size() - 1));
    }
    if (token == kEndOfText) {
      end = id.get<int32_t>();
    } else if (token == kUnknownCharacter) {
      unknown = id.get<int32_t>();
    } else if (token.empty() || CharacterBytes(token) != token.size()) {
      return Invalid(StrCat("'", token, "' is not one character"));
    }
    tokens[id.get<size_t>()] = token;
  }
  if (end < 0 || unknown < 0) {
    return Invalid(StrCat("the vocabulary needs ", kEndOfText, " and ", kUnknownCharacter));
  }
  const json& added = At(root, {"added_tokens"});
  bool both = added.is_array() && added.size() == 2;
  for (size_t i = 0; both && i < 2; ++i) {
    const json& id = At(added[i], {"id"});
    both = (id == end || id == unknown) && At(added[i], {"special"}) == true;
  }
  if (!both)
    return Invalid(StrCat("added_tokens must be ", kEndOfText, " and ", kUnknownCharacter));
  return std::make_shared<CharTokenizer>(std::move(tokens), end, unknown, std::move(text));
}

}  // namespace lab
