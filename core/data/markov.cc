#include "core/data/markov.h"

#include <array>
#include <cmath>

#include "core/base/philox.h"
#include "core/base/strings.h"

namespace lab {
namespace {

constexpr int kLetters = 8;
constexpr int kStart = kLetters;  // stands for "no letter yet" in a context
constexpr int kContexts = (kLetters + 1) * (kLetters + 1);
constexpr uint32_t kEndOneIn = 64;
constexpr double kEnd = 1.0 / kEndOneIn;
// The stream of the table: the last step that a stream can have, where no document is.
constexpr uint64_t kTableStep = (uint64_t{1} << 56) - 1;

constexpr int Context(int before_last, int last) { return before_last * (kLetters + 1) + last; }

class Markov : public KnownSource {
 public:
  explicit Markov(uint64_t table_seed) {
    PhiloxStream stream(table_seed, Purpose::kCorpus, kTableStep);
    for (Row& row : rows_) {
      for (uint32_t& weight : row.weights) {
        // Cubes of uniform numbers: some letters are common after a context, some rare.
        uint32_t root = 1 + stream.NextBelow(30);
        weight = root * root * root;
        row.total += weight;
      }
      for (uint32_t weight : row.weights) {
        double p = static_cast<double>(weight) / row.total;
        row.entropy -= p * std::log(p);
      }
    }
    entropy_ = Entropy();
  }

  std::string Document(uint64_t seed, uint64_t index) const override {
    PhiloxStream stream(seed, Purpose::kCorpus, index);
    std::string text;
    int before_last = kStart, last = kStart;
    do {
      const Row& row = rows_[Context(before_last, last)];
      uint32_t ticket = stream.NextBelow(row.total);
      int letter = 0;
      while (ticket >= row.weights[letter]) ticket -= row.weights[letter++];
      text.push_back(static_cast<char>('a' + letter));
      before_last = last;
      last = letter;
    } while (stream.NextBelow(kEndOneIn) != 0);
    return text;
  }

  absl::StatusOr<double> LogProbability(std::string_view document) const override {
    if (document.empty()) {
      return Failure(absl::StatusCode::kInvalidArgument, reason::kCorpusInvalid,
                     "the chain makes no empty document");
    }
    double log_p = std::log(kEnd) + static_cast<double>(document.size() - 1) * std::log1p(-kEnd);
    int before_last = kStart, last = kStart;
    for (size_t i = 0; i < document.size(); ++i) {
      int letter = document[i] - 'a';
      if (letter < 0 || letter >= kLetters) {
        return Failure(absl::StatusCode::kInvalidArgument, reason::kCorpusInvalid,
                       StrCat("byte ", i, " is no letter of the chain"));
      }
      const Row& row = rows_[Context(before_last, last)];
      log_p += std::log(static_cast<double>(row.weights[letter]) / row.total);
      before_last = last;
      last = letter;
    }
    return log_p;
  }

  double EntropyPerDocument() const override { return entropy_; }

 private:
  struct Row {
    std::array<uint32_t, kLetters> weights{};
    uint32_t total = 0;
    double entropy = 0;
  };

  // H = Σ over steps t of P(still running at t) · (Σ_s π_t(s) H(row s) + H(end or not)), with π_t
  // the exact distribution of the context before letter t, until nothing is left running.
  double Entropy() const {
    const double end_or_not = -kEnd * std::log(kEnd) - (1 - kEnd) * std::log1p(-kEnd);
    std::array<double, kContexts> now{};
    now[Context(kStart, kStart)] = 1;
    double sum = 0;
    for (double running = 1; running > 1e-20; running *= 1 - kEnd) {
      std::array<double, kContexts> next{};
      double letter = 0;
      for (int context = 0; context < kContexts; ++context) {
        if (now[context] == 0) continue;
        const Row& row = rows_[context];
        letter += now[context] * row.entropy;
        int last = context % (kLetters + 1);
        for (int i = 0; i < kLetters; ++i) {
          next[Context(last, i)] += now[context] * row.weights[i] / row.total;
        }
      }
      sum += running * (letter + end_or_not);
      now = next;
    }
    return sum;
  }

  std::array<Row, kContexts> rows_;
  double entropy_ = 0;
};

}  // namespace

std::shared_ptr<const KnownSource> MakeMarkov(uint64_t table_seed) {
  return std::make_shared<Markov>(table_seed);
}

}  // namespace lab
