#pragma once

// Cuts text into words inside which BPE may merge. A pattern is a regular expression run by PCRE2
// with Unicode classes. Const methods, any thread.

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace lab {

enum class SplitPattern {
  kWhole,  // the text is one word (ByteLevel, use_regex: false)
  kGpt2,   // GPT-2's (ByteLevel, use_regex: true)
};

class Pretokenizer {
 public:
  explicit Pretokenizer(SplitPattern pattern);
  ~Pretokenizer();
  Pretokenizer(const Pretokenizer&) = delete;
  Pretokenizer& operator=(const Pretokenizer&) = delete;

  // The words of `text` in order; together they are the text. Each byte that is not UTF-8 is a word
  // of its own, and the text beside it is cut as if it stood alone.
  void ForEachWord(std::string_view text, const std::function<void(std::string_view)>& visit) const;

  SplitPattern pattern() const { return pattern_; }

 private:
  struct Compiled;
  void ForEachWordOfUtf8(std::string_view text,
                         const std::function<void(std::string_view)>& visit) const;

  SplitPattern pattern_;
  std::unique_ptr<Compiled> compiled_;  // null for kWhole
};

// Cuts `text` into pieces of at least `target_bytes` (but the last), only before a space that
// follows a visible ASCII character: there a word of GPT-2's pattern always ends, whatever stands
// on either side, so that the words of the pieces are the words of the text.
std::vector<std::string_view> CutBeforeSpaces(std::string_view text, size_t target_bytes);

}  // namespace lab
