#pragma once

// One head, perhaps beside another model's, as it is shown large: what is to be seen, and all that
// is computed for it before it can be drawn. Pure; any thread.

#include <QString>
#include <QStringList>
#include <memory>
#include <vector>

#include "gui/charts/color_map.h"
#include "gui/charts/heat_levels.h"
#include "gui/models/attention.h"
#include "gui/models/words.h"

namespace lab::gui {

struct HeadPicture {
  QString title;  // "Layer 3, head 5"
  std::vector<Fact> facts;
  QStringList labels;
  QString value_name;         // "attention"
  QString name, beside_name;  // of both models, where there are two
  std::shared_ptr<const AttentionMap> map;
  std::shared_ptr<const AttentionMap> beside;  // the other model's; may be null
  Sink sink = Sink::kShow;
  bool log = false;   // logarithmic colours
  bool both = false;  // of two models both patterns, not their difference

  bool differs() const { return beside != nullptr && !both; }
  ColorMap::Kind kind() const;
  // Whether what is drawn has the same numbers.
  bool sameNumbers(const HeadPicture& other) const;
};

// Of `data`; `other` may be null. Its facts, map and how to show it are still to be set.
HeadPicture headPictureOf(const AttentionData& data, const AttentionData* other);

struct ReadyHead {
  std::shared_ptr<const AttentionMap> map;  // as it is shown
  HeatLevels levels, beside;
  std::vector<double> row_sums, column_sums;
  float most = 0;  // magnitude of its values
};
// Of a pattern of 4,096 tokens it takes some tenths of a second.
ReadyHead readyHead(const HeadPicture& picture);

}  // namespace lab::gui
