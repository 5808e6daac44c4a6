#include "core/data/copy.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/philox.h"
#include "core/base/strings.h"

namespace lab {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr int kLetters = static_cast<int>(kAlphabet.size());
constexpr int kMinLength = 2, kMaxLength = 6, kLengths = kMaxLength - kMinLength + 1;
constexpr int kMinWords = 24, kMaxWords = 48, kWordCounts = kMaxWords - kMinWords + 1;
constexpr int kKnownAtStart = 4, kMaxKnown = 6;
constexpr uint32_t kNewOneIn = 4;
constexpr double kNew = 1.0 / kNewOneIn;
constexpr uint8_t kFirst = 0, kReturning = 1;
static_assert(kMaxKnown * kMaxLength <= kLetters, "letters must not run out");

// P(the next word is new | `known` words).
constexpr double NewProbability(int known) {
  return known < kKnownAtStart ? 1 : known < kMaxKnown ? kNew : 0;
}
// −ln p of that decision, and of which word returns: any but the one just written.
double NewNats(int known) { return -std::log(NewProbability(known)); }
double ReturnNats(int known) { return -std::log1p(-NewProbability(known)) + std::log(known - 1); }
// −ln p of a new word of that length while `used` letters are taken.
double WordNats(int length, int used) {
  double nats = std::log(kLengths);
  for (int i = 0; i < length; ++i) nats += std::log(kLetters - used - i);
  return nats;
}
// P(no word follows | that many are written).
double EndProbability(int words) { return words < kMinWords ? 0 : 1.0 / (kMaxWords - words + 1); }
// −ln p of how it goes on after `words` words.
double EndNats(int words, bool ends) {
  const double p = EndProbability(words);
  return ends ? -std::log(p) : -std::log1p(-p);
}
double TwoWayEntropy(double p) {
  return p <= 0 || p >= 1 ? 0 : -p * std::log(p) - (1 - p) * std::log1p(-p);
}

// Expected −ln p of the new word number `known`, over the lengths of those before it.
std::array<double, kMaxKnown> NewWordEntropies() {
  std::array<double, kMaxKnown> entropies{};
  std::vector<double> used(kLetters + 1, 0);  // P(that many letters are taken)
  used[0] = 1;
  for (double& entropy : entropies) {
    std::vector<double> next(kLetters + 1, 0);
    for (int taken = 0; taken <= kLetters; ++taken) {
      if (used[taken] == 0) continue;
      for (int length = kMinLength; length <= kMaxLength; ++length) {
        entropy += used[taken] / kLengths * WordNats(length, taken);
        next[taken + length] += used[taken] / kLengths;
      }
    }
    used = std::move(next);
  }
  return entropies;
}

// Σ over the words of P(this word is written with so many known) · the entropy of its decisions.
std::vector<EntropyPart> PartEntropies() {
  const std::array<double, kMaxKnown> new_word = NewWordEntropies();
  std::array<double, kMaxKnown + 1> known{};  // P(this word is written, so many known before it)
  known[0] = 1;
  double first = 0, returning = 0;
  for (int words = 1; words <= kMaxWords; ++words) {
    const double end = EndProbability(words), end_entropy = TwoWayEntropy(end);
    std::array<double, kMaxKnown + 1> next{};
    for (int k = 0; k <= kMaxKnown; ++k) {
      const double is_new = known[k] * NewProbability(k);
      const double returns = known[k] * (1 - NewProbability(k));
      if (is_new > 0) {
        first += is_new * (NewNats(k) + new_word[k] + end_entropy);
        next[k + 1] += is_new * (1 - end);
      }
      if (returns > 0) {
        returning += returns * (ReturnNats(k) + end_entropy);
        next[k] += returns * (1 - end);
      }
    }
    known = next;
  }
  return {{"first", first}, {"returning", returning}};
}

absl::Status NotMade(size_t byte, std::string_view what) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kCorpusInvalid,
                 StrCat("not a text that this source makes: at byte ", byte, " ", what));
}

// What a document has shown so far.
struct Known {
  std::vector<std::string_view> words;
  std::array<bool, 256> used{};
  int used_count = 0;
  std::string_view last;

  const std::string_view* StartingWith(char letter) const {
    for (const std::string_view& word : words) {
      if (word[0] == letter) return &word;
    }
    return nullptr;
  }

  // Takes a new word; false if it holds a letter that may not stand there.
  bool Add(std::string_view word) {
    for (char letter : word) {
      bool& used_before = used[static_cast<uint8_t>(letter)];
      if (used_before || kAlphabet.find(letter) == std::string_view::npos) return false;
      used_before = true;
    }
    used_count += static_cast<int>(word.size());
    words.push_back(word);
    return true;
  }
};

class Copy : public KnownSource {
 public:
  Copy() : parts_(PartEntropies()) {}

  std::string Document(uint64_t seed, uint64_t index) const override {
    PhiloxStream stream(seed, Purpose::kCorpus, index);
    const int count = kMinWords + static_cast<int>(stream.NextBelow(kWordCounts));
    std::string letters(kAlphabet);  // those not used yet
    std::vector<std::string> known;
    size_t last = 0;  // index of the word just written
    std::string text;
    for (int i = 0; i < count; ++i) {
      const int size = static_cast<int>(known.size());
      const bool is_new =
          size < kKnownAtStart || (size < kMaxKnown && stream.NextBelow(kNewOneIn) == 0);
      if (is_new) {
        last = known.size();
        std::string& word = known.emplace_back();
        const uint32_t length = kMinLength + stream.NextBelow(kLengths);
        while (word.size() < length) {
          const uint32_t at = stream.NextBelow(static_cast<uint32_t>(letters.size()));
          word.push_back(letters[at]);
          letters.erase(at, 1);
        }
      } else {  // any but the last
        const size_t chosen = stream.NextBelow(static_cast<uint32_t>(size - 1));
        last = chosen < last ? chosen : chosen + 1;
      }
      if (i > 0) text += ' ';
      text += known[last];
    }
    return text;
  }

  absl::StatusOr<double> LogProbability(std::string_view document) const override {
    ASSIGN_OR_RETURN(PartsReading reading, ReadParts(document));
    return -reading.nats[kFirst] - reading.nats[kReturning];
  }

  double EntropyPerDocument() const override {
    return parts_[kFirst].nats + parts_[kReturning].nats;
  }
  std::vector<EntropyPart> Parts() const override { return parts_; }

  absl::StatusOr<PartsReading> ReadParts(std::string_view document) const override {
    PartsReading reading;
    reading.nats = {0, 0};
    Known known;
    int words = 0;
    for (size_t begin = 0; begin <= document.size();) {
      const size_t end = std::min(document.find(' ', begin), document.size());
      const std::string_view word = document.substr(begin, end - begin);
      const int size = static_cast<int>(known.words.size());
      if (static_cast<int>(word.size()) < kMinLength ||
          static_cast<int>(word.size()) > kMaxLength) {
        return NotMade(begin, StrCat("a word has ", word.size(), " letters"));
      }
      uint8_t part = kFirst;
      if (const std::string_view* earlier = known.StartingWith(word[0])) {
        if (*earlier != word) return NotMade(begin, "a word returns changed");
        if (size < kKnownAtStart) return NotMade(begin, "a word returns too early");
        if (word == known.last) return NotMade(begin, "a word stands twice in a row");
        part = kReturning;
        reading.nats[kReturning] += ReturnNats(size);
      } else {
        if (size == kMaxKnown) return NotMade(begin, "there are too many words");
        reading.nats[kFirst] +=
            NewNats(size) + WordNats(static_cast<int>(word.size()), known.used_count);
        if (!known.Add(word)) return NotMade(begin, "a letter stands for a second time");
      }
      known.last = word;
      if (++words > kMaxWords) return NotMade(begin, "the text is too long");
      const bool ends = end == document.size();
      if (ends && words < kMinWords) return NotMade(end, "the text is too short");
      reading.nats[part] += EndNats(words, ends);
      reading.of_byte.insert(reading.of_byte.end(), word.size() + 1, part);
      begin = end + 1;
    }
    return reading;
  }

 private:
  std::vector<EntropyPart> parts_;
};

}  // namespace

std::shared_ptr<const KnownSource> MakeCopy() { return std::make_shared<Copy>(); }

}  // namespace lab
