#include "core/data/stories.h"

#include <cstdio>
#include <cstdlib>

#include "core/base/strings.h"
#include "core/data/grammar.h"

namespace lab {
namespace {

class Stories : public KnownSource {
 public:
  explicit Stories(Grammar grammar) : grammar_(std::move(grammar)) {}

  std::string Document(uint64_t seed, uint64_t index) const override {
    PhiloxStream stream(seed, Purpose::kCorpus, index);
    return grammar_.Sample(stream);
  }
  absl::StatusOr<double> LogProbability(std::string_view document) const override {
    Grammar::Reading reading = grammar_.Read(document);
    if (reading.derivations == 0) {
      return Failure(absl::StatusCode::kInvalidArgument, reason::kCorpusInvalid,
                     "not a text of the stories' grammar");
    }
    return reading.log_probability;
  }
  double EntropyPerDocument() const override { return grammar_.Entropy(); }

 private:
  Grammar grammar_;
};

}  // namespace

std::shared_ptr<const KnownSource> MakeStories() {
  absl::StatusOr<Grammar> grammar = Grammar::Parse(StoriesGrammar());
  if (!grammar.ok()) {  // the grammar is ours and part of the program
    std::fprintf(stderr, "stories: %s\n", std::string(MessageOf(grammar.status())).c_str());
    std::abort();
  }
  return std::make_shared<Stories>(*std::move(grammar));
}

}  // namespace lab
