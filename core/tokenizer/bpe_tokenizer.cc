#include "core/tokenizer/bpe_tokenizer.h"

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <queue>
#include <shared_mutex>

#include <absl/container/flat_hash_map.h>

#include "core/base/strings.h"
#include "core/tokenizer/byte_alphabet.h"

namespace lab {
namespace {

struct Merge {
  int32_t rank;
  int32_t id;  // of the token it makes
};

uint64_t PairKey(int32_t left, int32_t right) {
  return uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
}

absl::Status Invalid(std::string_view message) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kTokenizerInvalid, message);
}

// Short words come again and again; longer ones are not worth the memory.
constexpr size_t kCachedWordBytes = 48;
constexpr size_t kCachedWords = 1 << 17;

class BpeTokenizer : public Tokenizer {
 public:
  explicit BpeTokenizer(BpeSpec spec) : spec_(std::move(spec)), pretokenizer_(spec_.pattern) {}

  absl::Status Build();

  std::vector<int32_t> Encode(std::string_view text) const override {
    std::vector<int32_t> ids;
    EncodeBetweenAdded(text, /*normalized=*/false, ids);
    return ids;
  }
  std::vector<int32_t> EncodeDocument(std::string_view text) const override {
    std::vector<int32_t> ids;
    AppendText(text, ids);
    return ids;
  }
  std::vector<std::string_view> SafePieces(std::string_view text,
                                           size_t target_bytes) const override;
  std::string Decode(const std::vector<int32_t>& ids) const override {
    std::string text;
    for (int32_t id : ids) {
      if (id >= 0 && id < vocab_size() && !special_[id]) text += spec_.tokens[id];
    }
    return text;
  }
  std::string TokenBytes(int32_t id) const override { return spec_.tokens[id]; }
  bool IsSpecial(int32_t id) const override { return id >= 0 && id < vocab_size() && special_[id]; }
  int64_t vocab_size() const override { return static_cast<int64_t>(spec_.tokens.size()); }
  int32_t end_of_text() const override { return spec_.end_of_text; }
  std::string ToJson() const override {
    return spec_.json.empty() ? WriteTokenizerJson(spec_) : spec_.json;
  }

 private:
  void EncodeBetweenAdded(std::string_view text, bool normalized, std::vector<int32_t>& ids) const;
  void AppendText(std::string_view text, std::vector<int32_t>& ids) const;
  void AppendWord(std::string_view word, std::vector<int32_t>& ids) const;
  std::vector<int32_t> MergeWord(std::string_view word) const;

  BpeSpec spec_;
  Pretokenizer pretokenizer_;
  std::vector<bool> special_;
  std::array<int32_t, 256> byte_ids_{};
  absl::flat_hash_map<uint64_t, Merge> merges_;
  absl::flat_hash_map<std::string, int32_t> whole_words_;  // only for ignore_merges
  mutable std::shared_mutex mutex_;                        // guards words_
  mutable absl::flat_hash_map<std::string, std::vector<int32_t>> words_;
};

absl::Status BpeTokenizer::Build() {
  special_.assign(spec_.tokens.size(), false);
  std::vector<bool> added(spec_.tokens.size(), false);
  for (const AddedToken& token : spec_.added) {
    if (token.id < 0 || token.id >= vocab_size()) {
      return Invalid(StrCat("the added token ", token.content, " has id ", token.id,
                            ", outside the vocabulary of ", vocab_size()));
    }
    if (token.content.empty()) return Invalid(StrCat("added token ", token.id, " is empty"));
    added[token.id] = true;
    special_[token.id] = token.special;
  }
  if (spec_.end_of_text < 0 || spec_.end_of_text >= vocab_size()) {
    return Invalid("the end-of-text token is outside the vocabulary");
  }
  byte_ids_.fill(-1);
  absl::flat_hash_map<std::string, int32_t> ids;
  for (int32_t id = 0; id < vocab_size(); ++id) {
    const std::string& bytes = spec_.tokens[id];
    // A word is never an added token by its letters, unless a merge spells it (as in training).
    auto [place, inserted] = ids.emplace(bytes, id);
    if (!inserted && added[place->second]) place->second = id;
    if (bytes.size() == 1 && !added[id]) byte_ids_[static_cast<uint8_t>(bytes[0])] = id;
  }
  for (int byte = 0; byte < 256; ++byte) {
    if (byte_ids_[byte] < 0) {
      return Invalid(StrCat("no token for the byte ", byte, ": not a byte-level vocabulary"));
    }
  }
  merges_.reserve(spec_.merges.size());
  for (size_t rank = 0; rank < spec_.merges.size(); ++rank) {
    auto [left, right] = spec_.merges[rank];
    auto made = ids.find(StrCat(spec_.tokens[left], spec_.tokens[right]));
    if (made == ids.end()) {
      return Invalid(StrCat("merge ", rank, " makes a token that the vocabulary does not have: ",
                            SpellBytes(spec_.tokens[left]), SpellBytes(spec_.tokens[right])));
    }
    // Of a pair given twice the later rank counts, as Hugging Face reads it.
    merges_[PairKey(left, right)] = {static_cast<int32_t>(rank), made->second};
  }
  if (spec_.ignore_merges) {
    for (auto& [bytes, id] : ids) {
      if (!added[id]) whole_words_.emplace(bytes, id);
    }
  }
  // Of several that begin at one place the longest is taken.
  std::stable_sort(
      spec_.added.begin(), spec_.added.end(),
      [](const AddedToken& a, const AddedToken& b) { return a.content.size() > b.content.size(); });
  return absl::OkStatus();
}

void BpeTokenizer::EncodeBetweenAdded(std::string_view text, bool normalized,
                                      std::vector<int32_t>& ids) const {
  auto append_rest = [&](std::string_view rest) {
    if (rest.empty()) return;
    if (normalized) {
      AppendText(rest, ids);
    } else {
      EncodeBetweenAdded(rest, true, ids);
    }
  };
  std::array<bool, 256> starts{};
  for (const AddedToken& token : spec_.added) {
    if (token.normalized == normalized) starts[static_cast<uint8_t>(token.content[0])] = true;
  }
  size_t begin = 0;
  for (size_t i = 0; i < text.size();) {
    const AddedToken* found = nullptr;
    if (starts[static_cast<uint8_t>(text[i])]) {
      for (const AddedToken& token : spec_.added) {
        if (token.normalized == normalized &&
            text.substr(i, token.content.size()) == token.content) {
          found = &token;
          break;
        }
      }
    }
    if (found == nullptr) {
      ++i;
      continue;
    }
    append_rest(text.substr(begin, i - begin));
    ids.push_back(found->id);
    i += found->content.size();
    begin = i;
  }
  append_rest(text.substr(begin));
}

void BpeTokenizer::AppendText(std::string_view text, std::vector<int32_t>& ids) const {
  if (merges_.empty() && !spec_.ignore_merges) {  // words do not matter
    ids.reserve(ids.size() + text.size());
    for (char c : text) ids.push_back(byte_ids_[static_cast<uint8_t>(c)]);
    return;
  }
  pretokenizer_.ForEachWord(text, [&](std::string_view word) { AppendWord(word, ids); });
}

void BpeTokenizer::AppendWord(std::string_view word, std::vector<int32_t>& ids) const {
  if (word.size() > kCachedWordBytes) {
    std::vector<int32_t> made = MergeWord(word);
    ids.insert(ids.end(), made.begin(), made.end());
    return;
  }
  {
    std::shared_lock lock(mutex_);
    auto known = words_.find(Absl(word));
    if (known != words_.end()) {
      ids.insert(ids.end(), known->second.begin(), known->second.end());
      return;
    }
  }
  std::vector<int32_t> made = MergeWord(word);
  ids.insert(ids.end(), made.begin(), made.end());
  std::unique_lock lock(mutex_);
  if (words_.size() < kCachedWords) words_.emplace(std::string(word), std::move(made));
}

// Sennrich, Haddow & Birch 2016, arXiv:1508.07909: again and again the pair of lowest rank, of
// equal ones the leftmost. A heap of candidates over a linked list: n log n for any word.
std::vector<int32_t> BpeTokenizer::MergeWord(std::string_view word) const {
  if (spec_.ignore_merges) {
    auto whole = whole_words_.find(Absl(word));
    if (whole != whole_words_.end()) return {whole->second};
  }
  struct Symbol {
    int32_t id;  // −1 once merged into its left neighbour
    int32_t previous, next;
  };
  struct Candidate {
    int32_t rank, position, id;
    bool operator>(const Candidate& other) const {
      return rank != other.rank ? rank > other.rank : position > other.position;
    }
  };
  int32_t n = static_cast<int32_t>(word.size());
  std::vector<Symbol> symbols(n);
  for (int32_t i = 0; i < n; ++i) {
    symbols[i] = {byte_ids_[static_cast<uint8_t>(word[i])], i - 1, i + 1 < n ? i + 1 : -1};
  }
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> heap;
  auto offer = [&](int32_t left) {
    if (left < 0 || symbols[left].next < 0) return;
    auto merge = merges_.find(PairKey(symbols[left].id, symbols[symbols[left].next].id));
    if (merge != merges_.end()) heap.push({merge->second.rank, left, merge->second.id});
  };
  for (int32_t i = 0; i + 1 < n; ++i) offer(i);
  while (!heap.empty()) {
    Candidate best = heap.top();
    heap.pop();
    Symbol& left = symbols[best.position];
    if (left.id < 0 || left.next < 0) continue;
    Symbol& right = symbols[left.next];
    auto merge = merges_.find(PairKey(left.id, right.id));
    if (merge == merges_.end() || merge->second.id != best.id) continue;  // changed since
    left.id = best.id;
    left.next = right.next;
    right.id = -1;
    if (left.next >= 0) symbols[left.next].previous = best.position;
    offer(left.previous);
    offer(best.position);
  }
  std::vector<int32_t> ids;
  for (int32_t i = 0; i >= 0 && n > 0; i = symbols[i].next) ids.push_back(symbols[i].id);
  return ids;
}

std::vector<std::string_view> BpeTokenizer::SafePieces(std::string_view text,
                                                       size_t target_bytes) const {
  if (text.empty()) return {};
  if (merges_.empty() && !spec_.ignore_merges) {
    std::vector<std::string_view> pieces;
    size_t step = std::max<size_t>(target_bytes, 1);
    for (size_t i = 0; i < text.size(); i += step) pieces.push_back(text.substr(i, step));
    return pieces;
  }
  if (spec_.pattern == SplitPattern::kGpt2) return CutBeforeSpaces(text, target_bytes);
  return {text};
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Tokenizer>> MakeBpeTokenizer(BpeSpec spec) {
  auto tokenizer = std::make_shared<BpeTokenizer>(std::move(spec));
  RETURN_IF_ERROR(tokenizer->Build());
  return std::shared_ptr<const Tokenizer>(std::move(tokenizer));
}

}  // namespace lab
