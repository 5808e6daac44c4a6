#include "gui/models/checkpoint_steps.h"

#include <cmath>
#include <set>

#include "gui/models/checkpoint_store.h"

namespace lab::gui {
namespace {

double place(int64_t step) { return std::log1p(static_cast<double>(step)); }

// Of the steps between places `from` and `to` the one nearest to their middle.
size_t middleOf(const std::vector<int64_t>& steps, size_t from, size_t to) {
  const double wanted = (place(steps[from]) + place(steps[to])) / 2;
  size_t best = from + 1;
  for (size_t i = from + 1; i < to; ++i) {
    if (std::abs(place(steps[i]) - wanted) < std::abs(place(steps[best]) - wanted)) best = i;
  }
  return best;
}

}  // namespace

std::vector<int64_t> stepsOf(const CheckpointStore& checkpoints, int64_t job) {
  std::vector<int64_t> steps;
  auto found = checkpoints.all().find(job);
  if (found == checkpoints.all().end()) return steps;
  for (const KnownCheckpoint& one : found->second) {
    const int64_t step = one.checkpoint.step();
    if (steps.empty() || step > steps.back()) steps.push_back(step);
  }
  return steps;
}

std::vector<int64_t> logSpaced(const std::vector<int64_t>& steps, size_t most) {
  if (steps.size() <= most) return steps;
  std::set<size_t> chosen = {0, steps.size() - 1};
  while (chosen.size() < most) {
    double widest = -1;
    size_t from = 0, to = 0;
    for (auto one = chosen.begin(), next = std::next(one); next != chosen.end(); ++one, ++next) {
      const double gap = place(steps[*next]) - place(steps[*one]);
      if (*next - *one < 2 || gap <= widest) continue;  // nothing lies between
      widest = gap;
      from = *one;
      to = *next;
    }
    chosen.insert(middleOf(steps, from, to));
  }
  std::vector<int64_t> spread;
  for (size_t i : chosen) spread.push_back(steps[i]);
  return spread;
}

}  // namespace lab::gui
