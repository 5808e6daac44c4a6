#include "core/tokenizer/pretokenize.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <cstdio>
#include <cstdlib>
#include <string>

#include <pcre2.h>

#include "core/base/strings.h"

namespace lab {
namespace {

// GPT-2's pattern. Radford et al. 2019, in the alternatives' order:
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
// PCRE2's \s holds U+180E and the \s of Hugging Face's Oniguruma does not, so every \s is written
// as "not (\S or U+180E)". Repetitions are possessive where that cannot change the match: nothing
// then grows with the length of a run.
constexpr char kGpt2Pattern[] =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}++| ?\p{N}++| ?(?:[^\s\p{L}\p{N}]++|\x{180E}++)++)"
    R"(|[^\S\x{180E}]+(?![\S\x{180E}])|[^\S\x{180E}]+)";

}  // namespace

struct Pretokenizer::Compiled {
  pcre2_code* code = nullptr;
  ~Compiled() { pcre2_code_free(code); }
};

Pretokenizer::Pretokenizer(SplitPattern pattern) : pattern_(pattern) {
  if (pattern == SplitPattern::kWhole) return;
  compiled_ = std::make_unique<Compiled>();
  int error = 0;
  PCRE2_SIZE offset = 0;
  compiled_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(kGpt2Pattern), PCRE2_ZERO_TERMINATED,
                                  PCRE2_UTF | PCRE2_UCP, &error, &offset, nullptr);
  if (compiled_->code == nullptr) {  // the pattern is ours: a PCRE2 without Unicode
    std::fprintf(stderr, "PCRE2 refuses GPT-2's pattern: error %d at %zu\n", error, offset);
    std::abort();
  }
  // A PCRE2 built without the compiler interprets instead: same matches, slower.
  pcre2_jit_compile(compiled_->code, PCRE2_JIT_COMPLETE);
}

Pretokenizer::~Pretokenizer() = default;

void Pretokenizer::ForEachWord(std::string_view text,
                               const std::function<void(std::string_view)>& visit) const {
  if (pattern_ == SplitPattern::kWhole) {
    if (!text.empty()) visit(text);
    return;
  }
  while (!text.empty()) {
    size_t bad = FirstInvalidUtf8(text);
    ForEachWordOfUtf8(text.substr(0, bad), visit);
    if (bad == std::string_view::npos) return;
    visit(text.substr(bad, 1));
    text.remove_prefix(bad + 1);
  }
}

void Pretokenizer::ForEachWordOfUtf8(std::string_view text,
                                     const std::function<void(std::string_view)>& visit) const {
  if (text.empty()) return;
  const pcre2_code* code = compiled_->code;
  std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(
      pcre2_match_data_create(1, nullptr), &pcre2_match_data_free);
  const PCRE2_SIZE* found = pcre2_get_ovector_pointer(match.get());
  auto subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  size_t position = 0;
  while (position < text.size()) {
    int count =
        pcre2_match(code, subject, text.size(), position, PCRE2_NO_UTF_CHECK, match.get(), nullptr);
    if (count == PCRE2_ERROR_JIT_STACKLIMIT) {  // a very long run of white space
      count = pcre2_match(code, subject, text.size(), position, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT,
                          match.get(), nullptr);
    }
    // The alternatives cover every character, so a match is never missing and never empty; should
    // a resource limit of PCRE2 be met all the same, the rest stays one word.
    if (count < 0 || found[1] <= position) {
      visit(text.substr(position));
      return;
    }
    if (found[0] > position) visit(text.substr(position, found[0] - position));
    visit(text.substr(found[0], found[1] - found[0]));
    position = found[1];
  }
}

std::vector<std::string_view> CutBeforeSpaces(std::string_view text, size_t target_bytes) {
  std::vector<std::string_view> pieces;
  while (text.size() > target_bytes) {
    size_t cut = target_bytes;
    if (cut == 0) cut = 1;
    while (cut < text.size() &&
           !(text[cut] == ' ' && text[cut - 1] > 0x20 && text[cut - 1] < 0x7F)) {
      ++cut;
    }
    pieces.push_back(text.substr(0, cut));
    text.remove_prefix(cut);
  }
  if (!text.empty()) pieces.push_back(text);
  return pieces;
}

}  // namespace lab
