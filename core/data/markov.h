#pragma once

// The built-in corpus "markov": letters from an order-2 chain, the smallest text with a known
// floor that a model can reach. Pure functions, any thread.

#include <cstdint>
#include <memory>

#include "core/data/corpus.h"

namespace lab {

// Each of eight letters is drawn given the two before it (the first two given what there is); after
// every letter the document ends with probability 1/64. The chain's table is a function of
// `table_seed` alone; document i of (seed, i).
std::shared_ptr<const KnownSource> MakeMarkov(uint64_t table_seed);

}  // namespace lab
