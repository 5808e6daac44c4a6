#pragma once

// Which colour a run is drawn in: the same one on every page, given in the order in which runs are
// first drawn. GUI thread.

#include <QString>
#include <unordered_map>

#include "gui/style/tokens.h"

namespace lab::gui {

class ColorBook {
 public:
  // The place of `key` in Tokens::series: of a job its id, of a grid point group and label.
  int placeOf(const QString& key);
  QColor colorOf(const QString& key, const Tokens& tokens) { return tokens.series[placeOf(key)]; }

 private:
  std::unordered_map<QString, int> given_;
  int next_ = 0;
};

}  // namespace lab::gui
