#pragma once

// Learns byte-level BPE merges from documents; the result equals Hugging Face's BpeTrainer with
// GPT-2's pre-tokenizer byte for byte. Any thread; uses several of its own.

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/base/progress.h"
#include "core/base/status.h"
#include "core/tokenizer/tokenizer.h"

namespace lab {

struct BpeTrainOptions {
  int threads = 2;                       // word counting; the result is the same for any number
  size_t piece_bytes = size_t{1} << 20;  // of text counted at a time; likewise
};

// The smallest vocabulary: end-of-text and one token a byte.
inline constexpr int64_t kMinBpeVocabulary = 257;

// Learns until `vocab_size` tokens (end-of-text included) exist or no pair remains, so that the
// vocabulary of a small text may be smaller. Ids: end-of-text 0, the 256 bytes in the order of
// their code points, then merges. The highest count wins, ties go to the smallest (left id, right
// id). Requires: documents are UTF-8, vocab_size ≥ kMinBpeVocabulary.
absl::StatusOr<std::shared_ptr<const Tokenizer>> TrainBpe(
    const std::vector<std::string_view>& documents, int64_t vocab_size,
    const ProgressCallback& progress, const BpeTrainOptions& options = {});

}  // namespace lab
