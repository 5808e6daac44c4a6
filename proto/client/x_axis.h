#pragma once

namespace lab {

// What runs along the bottom of a chart. Tokens are those of train/tokens, in between
// proportionally.
enum class XAxis { kStep, kTokens, kTime };

}  // namespace lab
