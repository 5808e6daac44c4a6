#include "core/tokenizer/bpe_trainer.h"

#include <algorithm>
#include <array>
#include <queue>
#include <string>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include "core/base/strings.h"
#include "core/tokenizer/bpe_tokenizer.h"
#include "core/tokenizer/byte_alphabet.h"
#include "core/tokenizer/word_counts.h"

namespace lab {
namespace {

using Pair = std::pair<int32_t, int32_t>;
using WordList = std::vector<int32_t>;  // indices of words, ascending, none twice

// A word as ids, and how often it occurs.
struct Word {
  std::vector<int32_t> ids;
  int64_t count;
};

// A pair that may be merged next. The queue may hold a pair more than once: each entry knows the
// words in which the pair appeared since the last one.
struct Candidate {
  int64_t count;
  Pair pair;
  size_t words;  // index into MergeLearner::word_lists_

  // The queue's top: the highest count, of equal ones the smallest pair.
  bool operator<(const Candidate& other) const {
    return count != other.count ? count < other.count : pair > other.pair;
  }
};

// The algorithm of Hugging Face's BpeTrainer, also where it is odd: a merged pair keeps its count,
// a pair can be merged twice, and a token spelt by two merges is one token.
class MergeLearner {
 public:
  MergeLearner(const std::vector<WordCount>& counts, int64_t vocab_size);
  absl::Status Learn(const ProgressCallback& progress);
  BpeSpec TakeSpec();

 private:
  void CountPairs();
  void QueuePairs();
  int32_t TokenOf(Pair pair);
  void MergeInWord(int32_t word_index, Pair pair, int32_t id);
  void Note(Pair pair, int64_t change, int32_t word_index);

  int64_t vocab_size_;
  std::vector<std::string> tokens_;  // bytes by id
  absl::flat_hash_map<std::string, int32_t> ids_;
  std::vector<Word> words_;
  absl::flat_hash_map<Pair, int64_t> pair_counts_;
  absl::flat_hash_map<Pair, WordList> appeared_;  // since the queue was last filled
  std::vector<WordList> word_lists_;
  std::priority_queue<Candidate> queue_;
  std::vector<Pair> merges_;
};

MergeLearner::MergeLearner(const std::vector<WordCount>& counts, int64_t vocab_size)
    : vocab_size_(vocab_size) {
  tokens_.emplace_back(kEndOfText);
  std::array<uint8_t, 256> by_code_point;
  for (int byte = 0; byte < 256; ++byte) by_code_point[byte] = static_cast<uint8_t>(byte);
  std::sort(by_code_point.begin(), by_code_point.end(),
            [](uint8_t a, uint8_t b) { return SpellByte(a) < SpellByte(b); });
  std::array<int32_t, 256> byte_ids;
  for (uint8_t byte : by_code_point) {
    byte_ids[byte] = static_cast<int32_t>(tokens_.size());
    tokens_.emplace_back(1, static_cast<char>(byte));
  }
  for (size_t id = 0; id < tokens_.size(); ++id) {
    ids_.emplace(tokens_[id], static_cast<int32_t>(id));
  }
  words_.reserve(counts.size());
  for (const auto& [text, count] : counts) {
    Word word{{}, count};
    word.ids.reserve(text.size());
    for (char c : text) word.ids.push_back(byte_ids[static_cast<uint8_t>(c)]);
    words_.push_back(std::move(word));
  }
}

void MergeLearner::Note(Pair pair, int64_t change, int32_t word_index) {
  pair_counts_[pair] += change * words_[word_index].count;
  if (change < 0) return;
  WordList& list = appeared_[pair];
  if (list.empty() || list.back() != word_index) list.push_back(word_index);
}

void MergeLearner::CountPairs() {
  for (size_t w = 0; w < words_.size(); ++w) {
    const std::vector<int32_t>& ids = words_[w].ids;
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      Note({ids[i], ids[i + 1]}, +1, static_cast<int32_t>(w));
    }
  }
}

void MergeLearner::QueuePairs() {
  for (auto& [pair, list] : appeared_) {
    int64_t count = pair_counts_[pair];
    if (count < 1) continue;
    std::sort(list.begin(), list.end());
    queue_.push({count, pair, word_lists_.size()});
    word_lists_.push_back(std::move(list));
  }
  appeared_.clear();
}

int32_t MergeLearner::TokenOf(Pair pair) {
  std::string bytes = tokens_[pair.first] + tokens_[pair.second];
  auto [place, inserted] = ids_.emplace(bytes, static_cast<int32_t>(tokens_.size()));
  if (inserted) tokens_.push_back(std::move(bytes));
  return place->second;
}

// Replaces the pair from left to right and notes which pairs went and came.
void MergeLearner::MergeInWord(int32_t word_index, Pair pair, int32_t id) {
  std::vector<int32_t>& ids = words_[word_index].ids;
  size_t kept = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    bool match = ids[i] == pair.first && i + 1 < ids.size() && ids[i + 1] == pair.second;
    if (!match) {
      ids[kept++] = ids[i];
      continue;
    }
    if (kept > 0) {
      Note({ids[kept - 1], pair.first}, -1, word_index);
      Note({ids[kept - 1], id}, +1, word_index);
    }
    if (i + 2 < ids.size()) {
      Note({pair.second, ids[i + 2]}, -1, word_index);
      Note({id, ids[i + 2]}, +1, word_index);
    }
    ids[kept++] = id;
    ++i;
  }
  ids.resize(kept);
}

absl::Status MergeLearner::Learn(const ProgressCallback& progress) {
  CountPairs();
  QueuePairs();
  int64_t start = static_cast<int64_t>(tokens_.size());
  while (static_cast<int64_t>(tokens_.size()) < vocab_size_ && !queue_.empty()) {
    Candidate top = queue_.top();
    queue_.pop();
    if (int64_t now = pair_counts_[top.pair]; now != top.count) {  // changed since it was queued
      top.count = now;
      queue_.push(top);
      continue;
    }
    if (top.count < 1) break;
    int32_t id = TokenOf(top.pair);
    merges_.push_back(top.pair);
    WordList words = std::move(word_lists_[top.words]);
    for (int32_t word : words) MergeInWord(word, top.pair, id);
    QueuePairs();
    if (merges_.size() % 64 == 0 &&
        !progress("learning merges", static_cast<int64_t>(tokens_.size()) - start,
                  vocab_size_ - start)) {
      return absl::CancelledError("cancelled while learning merges");
    }
  }
  return absl::OkStatus();
}

BpeSpec MergeLearner::TakeSpec() {
  BpeSpec spec;
  spec.tokens = std::move(tokens_);
  // Of a pair that was merged twice the later place counts.
  absl::flat_hash_map<Pair, size_t> last;
  for (size_t rank = 0; rank < merges_.size(); ++rank) last[merges_[rank]] = rank;
  for (size_t rank = 0; rank < merges_.size(); ++rank) {
    if (last[merges_[rank]] == rank) spec.merges.push_back(merges_[rank]);
  }
  spec.pattern = SplitPattern::kGpt2;
  spec.end_of_text = 0;
  spec.added.push_back({0, std::string(kEndOfText), true, false});
  return spec;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Tokenizer>> TrainBpe(
    const std::vector<std::string_view>& documents, int64_t vocab_size,
    const ProgressCallback& progress, const BpeTrainOptions& options) {
  if (vocab_size < kMinBpeVocabulary) {
    return Failure(absl::StatusCode::kInvalidArgument, reason::kTokenizerInvalid,
                   StrCat("a byte-level vocabulary has at least ", kMinBpeVocabulary,
                          " tokens (end-of-text and 256 bytes), not ", vocab_size));
  }
  for (size_t i = 0; i < documents.size(); ++i) {
    size_t offset = FirstInvalidUtf8(documents[i]);
    if (offset != std::string_view::npos) {
      return Failure(absl::StatusCode::kInvalidArgument, reason::kCorpusInvalid,
                     StrCat("document ", i + 1, " is not UTF-8 at byte ", offset));
    }
  }
  ASSIGN_OR_RETURN(std::vector<WordCount> counts,
                   CountWords(documents, options.threads, options.piece_bytes, progress));
  MergeLearner learner(counts, vocab_size);
  RETURN_IF_ERROR(learner.Learn(progress));
  return MakeBpeTokenizer(learner.TakeSpec());
}

}  // namespace lab
