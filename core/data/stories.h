#pragma once

// The built-in corpus "stories": tiny English stories from an unambiguous grammar, so that the
// entropy of a document is known exactly. Pure functions, any thread.

#include <memory>
#include <string_view>

#include "core/data/corpus.h"

namespace lab {

// The grammar's text, see grammar.h.
std::string_view StoriesGrammar();

// Document i is drawn with PhiloxStream(seed, Purpose::kCorpus, i).
std::shared_ptr<const KnownSource> MakeStories();

}  // namespace lab
