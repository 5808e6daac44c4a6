#pragma once

// Which words of a text are new beside another one. Pure; any thread.

#include <QString>
#include <vector>

namespace lab::gui {

struct WordRun {
  enum class Kind { kSame, kAdded, kRemoved };
  Kind kind = Kind::kSame;
  QString text;  // with the white space that follows its words
};

// How `before` becomes `after`, in order, by the longest common sequence of words. Very long texts
// are compared in their first words only; the rest counts as added and removed.
std::vector<WordRun> diffWords(const QString& before, const QString& after);

}  // namespace lab::gui
