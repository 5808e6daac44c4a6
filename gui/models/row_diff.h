#pragma once

// The steps that turn one list of rows into another without a reset, so that selection, open groups
// and scroll position stay where they are. Pure; any thread.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lab::gui {

struct RowStep {
  enum class Kind { kRemove, kInsert, kMove };
  Kind kind;
  size_t row;    // where it begins; of a move: from where
  size_t count;  // rows; 1 for a move
  size_t to;     // of a move: the row's place once it has been taken out
};

// Applied in order to rows with the keys `have`, they leave `want`; keys are unique in each. What
// keeps its order is not moved.
std::vector<RowStep> rowSteps(const std::vector<int64_t>& have, const std::vector<int64_t>& want);

}  // namespace lab::gui
