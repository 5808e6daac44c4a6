#pragma once

// Documents of random words of which most return: "Kq7 zP4w Kq7 0hLx5 zP4w Kq7 …". What a word is
// cannot be known before it is written, but when it returns its first letter tells the rest, to
// whoever looks for that letter in what came before and reads on from there. Positions tell
// nothing: the way back is the sum of the lengths of all words between, any number from 6 to
// over 300.
//
// A document is n words, n uniform in 24 … 48. The first four are new (with fewer to choose from, a
// word's way back would hardly vary). Each further one is new with probability 1/4 as long as fewer
// than six are known (with more, a copied letter would tell a young model too little to begin
// with), else one of the known words, uniformly, but never the one just written. A new word has
// 2 … 6 letters (uniform), drawn without replacement from those of A–Z, a–z, 0–9 that the document
// has not used yet. A space stands between words.
//
// −ln p is exact because every text has exactly one history. Spaces cut it into words; a word whose
// first letter was used before can only be the known word that begins with it (letters never repeat
// among known words), any other is new; its letters, its length and the number of words can be read
// off. So the probability of a text is the product of its decisions', nothing needs summing over,
// and the entropy is the expected sum over decisions: over the words' numbers and how many are
// known, both with few values.
//
// A token is of part `first` if it stands in a new word, of `returning` in a returning one; the
// space or the end behind a word belongs to it. The choice between new and returning, and of which,
// shows at a word's first letter, whether the text ends at its end.

#include <memory>

#include "core/data/corpus.h"

namespace lab {

std::shared_ptr<const KnownSource> MakeCopy();

}  // namespace lab
