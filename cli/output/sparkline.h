#pragma once

// A curve in one line of text. Pure.

#include <string>
#include <vector>

namespace lab::cli {

// `values` over at most `width` characters, each the mean of its share, scaled to the smallest and
// largest mean; a share without a finite value is "!". ASCII levels unless `unicode`.
std::string Sparkline(const std::vector<double>& values, int width, bool unicode);

}  // namespace lab::cli
