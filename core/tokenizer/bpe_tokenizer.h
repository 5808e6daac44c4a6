#pragma once

// Byte-level BPE: the tokenizer that all others of the lab but char are made as. Built once, then
// const and safe from any thread.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "core/tokenizer/pretokenize.h"
#include "core/tokenizer/tokenizer.h"

namespace lab {

// A token that is cut out of a prompt before anything else happens to it.
struct AddedToken {
  int32_t id = 0;
  std::string content;
  bool special = true;
  bool normalized = false;  // found after those that are not
};

struct BpeSpec {
  std::vector<std::string> tokens;  // bytes by id; an added token's content at its id
  std::vector<std::pair<int32_t, int32_t>> merges;  // by rank, no pair twice
  std::vector<AddedToken> added;
  SplitPattern pattern = SplitPattern::kGpt2;
  bool ignore_merges = false;  // a word that is a token is taken whole
  int32_t end_of_text = 0;
  std::string json;  // the file it came from; "" if there is none
};

// Checks that every byte has a token, that each merge makes a token, and that ids are in range
// (TOKENIZER_INVALID).
absl::StatusOr<std::shared_ptr<const Tokenizer>> MakeBpeTokenizer(BpeSpec spec);

// tokenizer.json as Hugging Face reads it, from a spec without one.
std::string WriteTokenizerJson(const BpeSpec& spec);

// The spec in a tokenizer.json, or in GPT-2's vocab.json and merges.txt.
absl::StatusOr<BpeSpec> ParseTokenizerJson(std::string text);
absl::StatusOr<BpeSpec> ParseVocabAndMerges(const std::string& vocab, const std::string& merges);

}  // namespace lab
