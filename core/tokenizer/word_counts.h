#pragma once

// How often each word of some documents occurs: what BPE training looks at. Any thread; uses
// several of its own.

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/progress.h"
#include "core/base/status.h"
#include "core/tokenizer/pretokenize.h"

namespace lab {

using WordCount = std::pair<std::string_view, int64_t>;  // the view points into a document

// The words of GPT-2's pattern in byte order with their counts; the same for any number of threads
// and any piece size. Progress ("counting words") is told in bytes.
absl::StatusOr<std::vector<WordCount>> CountWords(const std::vector<std::string_view>& documents,
                                                  int threads, size_t piece_bytes,
                                                  const ProgressCallback& progress);

}  // namespace lab
