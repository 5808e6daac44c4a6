#pragma once

// What Home lists: the runs that ended last and those that wait, groups as one row each. Pure; any
// thread.

#include <vector>

#include "gui/models/words.h"

namespace lab::gui {

struct HomeRow {
  int64_t job = 0;  // the one to open: of a group its best or its next member
  QString id;       // "12", "13 – 16"
  QString name;
  QString beside;  // "seed=2", "4 runs"
  QString text;    // what became of it
  Tone tone = Tone::kPlain;
  QString right;  // "41 min", "next"
};

// The newest first, at most so many.
std::vector<HomeRow> finishedRows(const std::vector<v1::Job>& jobs, size_t most);
// In the order in which they will start: queued, held and paused.
std::vector<HomeRow> queueRows(const std::vector<v1::Job>& jobs);

}  // namespace lab::gui
