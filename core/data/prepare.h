#pragma once

// From a `data:` section to token files: gets the corpus, trains or loads the tokenizer, tokenises,
// and keeps the result in a cache shared by all jobs. Any thread; several processes may ask at
// once.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/base/status.h"
#include "core/data/data_config.h"
#include "core/data/token_file.h"
#include "core/tokenizer/tokenizer.h"

namespace lab {

// One of the parts that the losses on a generated corpus split into.
struct FloorPart {
  std::string name;  // "question"
  double floor = 0;  // its share of floor_loss: nats per token of the whole text
};

struct PreparedData {
  std::shared_ptr<const Tokenizer> tokenizer;
  TokenFile train;
  TokenFile validation;            // empty if the fraction is 0
  int64_t train_windows = 0;       // of `context`, after limit_windows
  int64_t validation_windows = 0;  // 0 without validation
  // Only of a corpus with known entropy. Entropy per document ÷ mean tokens per document over the
  // validation documents (over the training ones where there are none) …
  std::optional<double> floor_loss;
  // … and the generator's own −ln p of the validation text per token.
  std::optional<double> floor_val_loss;
  std::vector<FloorPart> floor_parts;     // together floor_loss; none where there is no split
  std::vector<uint8_t> validation_parts;  // of each validation token, the index in floor_parts
  double bytes_per_token = 0;             // of the validation text, else of the training text
  std::string corpus_name;
  std::string corpus_hash;         // of all its documents
  bool from_cache = false;         // nothing had to be tokenised
  std::vector<std::string> notes;  // what whoever runs it should know about the texts
};

// Phases told to `progress`: "generating", "reading", "counting words", "learning merges",
// "tokenising", "waiting" (another process makes the same). A cancelled call returns CANCELLED and
// leaves nothing half-made. CORPUS_TOO_SMALL tells tokens there and tokens needed: one window of
// context + 1 in each part.
absl::StatusOr<PreparedData> PrepareData(const DataConfig& config,
                                         const std::filesystem::path& cache, int64_t context,
                                         const ProgressCallback& progress);

// The check at submit: the corpus is there and sound, could suffice at one token a byte, and the
// tokenizer opens. Tokenises nothing. Gives what whoever submits it should know about the texts.
absl::StatusOr<std::vector<std::string>> CheckData(const DataConfig& config, int64_t context);

}  // namespace lab
