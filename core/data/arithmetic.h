#pragma once

// Sums with carry, one a document: "27+385=412". Each operand has one to three digits: first its
// length is drawn uniformly, then a number of that length without leading zeros ("0" is one). The
// answer follows from the question, so the whole entropy lies in the question; the text ends with
// the answer's last digit, so the end is known too. The floor: docs/guides/generated_corpora.md.

#include <memory>

#include "core/data/corpus.h"

namespace lab {

// `reversed`: the answer is written from its last digit to its first ("27+385=214"), so that each
// digit needs only what stands above it and one carry.
std::shared_ptr<const KnownSource> MakeArithmetic(bool reversed);

}  // namespace lab
