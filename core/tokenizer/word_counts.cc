#include "core/tokenizer/word_counts.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>

#include "core/base/strings.h"

namespace lab {
namespace {

using CountMap = absl::flat_hash_map<absl::string_view, int64_t>;
using Task = std::vector<std::string_view>;  // pieces that one thread counts in one go

// Pieces of about `piece_bytes`: long documents cut where a word always ends, short ones together.
std::vector<Task> MakeTasks(const std::vector<std::string_view>& documents, size_t piece_bytes) {
  std::vector<Task> tasks;
  size_t filled = piece_bytes;
  for (std::string_view document : documents) {
    for (std::string_view piece : CutBeforeSpaces(document, piece_bytes)) {
      if (filled >= piece_bytes) {
        tasks.emplace_back();
        filled = 0;
      }
      tasks.back().push_back(piece);
      filled += piece.size();
    }
  }
  return tasks;
}

}  // namespace

absl::StatusOr<std::vector<WordCount>> CountWords(const std::vector<std::string_view>& documents,
                                                  int threads, size_t piece_bytes,
                                                  const ProgressCallback& progress) {
  int64_t total = 0;
  for (std::string_view document : documents) total += static_cast<int64_t>(document.size());
  std::vector<Task> tasks = MakeTasks(documents, std::max<size_t>(piece_bytes, 1));
  threads = std::max(1, std::min<int>(threads, static_cast<int>(tasks.size())));

  Pretokenizer pretokenizer(SplitPattern::kGpt2);
  std::vector<CountMap> maps(threads);
  std::atomic<size_t> next{0};
  std::atomic<int64_t> done{0};
  std::atomic<bool> stop{false};
  auto count = [&](int thread) {
    CountMap& map = maps[thread];
    for (size_t i = next++; i < tasks.size() && !stop; i = next++) {
      for (std::string_view piece : tasks[i]) {
        pretokenizer.ForEachWord(piece, [&](std::string_view word) { ++map[Absl(word)]; });
        done += static_cast<int64_t>(piece.size());
      }
      // Only the calling thread talks to the caller.
      if (thread == 0 && !progress("counting words", done, total)) stop = true;
    }
  };
  {
    std::vector<std::jthread> others;
    for (int thread = 1; thread < threads; ++thread) others.emplace_back(count, thread);
    count(0);
  }
  if (stop || !progress("counting words", total, total)) {
    return absl::CancelledError("cancelled while counting words");
  }
  for (int thread = 1; thread < threads; ++thread) {
    for (const auto& [word, times] : maps[thread]) maps[0][word] += times;
  }
  std::vector<WordCount> counts;
  counts.reserve(maps[0].size());
  for (const auto& [word, times] : maps[0]) {
    counts.emplace_back(std::string_view(word.data(), word.size()), times);
  }
  std::sort(counts.begin(), counts.end());
  return counts;
}

}  // namespace lab
