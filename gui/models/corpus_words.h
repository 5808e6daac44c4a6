#pragma once

// What a look at a corpus says, in words: the same as `labctl corpora preview`. Pure.

#include <QString>
#include <vector>

#include "gui/models/words.h"
#include "lab/v1/corpus.pb.h"

namespace lab::gui {

// Kind, entropy, licence, path, …: those that it has.
std::vector<Fact> corpusFacts(const v1::CorpusPreview& preview);
// The documents one after the other, each under a line with its size and probability.
QString documentsText(const v1::CorpusPreview& preview);

}  // namespace lab::gui
