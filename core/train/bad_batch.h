#pragma once

// The batch of an update whose loss or gradient is NaN or infinite, written down so that a person
// can read it: which windows, which tokens, what text. Called from the training thread.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/data/token_file.h"
#include "core/tokenizer/tokenizer.h"

namespace lab {

// An update that cannot be made.
struct BadUpdate {
  int64_t step = 0;                  // that it would have been
  double loss = 0;                   // of the whole batch
  double gradient_norm = 0;          // before clipping
  double learning_rate = 0;          // it would have had
  int64_t position = 0;              // of its first window in the batch order
  std::vector<int64_t> windows;      // in the order of the batch
  std::vector<double> micro_losses;  // of each micro-batch, in order
};

// "batch-000123.json"
std::string BadBatchName(int64_t step);

// Writes it into `folder`; the file's form is in docs/formats/bad_batch.md.
absl::Status WriteBadBatch(const std::filesystem::path& folder, const BadUpdate& update,
                           const TokenFile& tokens, int64_t context, const Tokenizer& tokenizer);

}  // namespace lab
