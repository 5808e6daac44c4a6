#include "gui/widgets/head_picture.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/models/attention_words.h"

namespace lab::gui {
namespace {

using Map = std::shared_ptr<const AttentionMap>;

QString tr(const char* text) { return QCoreApplication::translate("HeadPicture", text); }

Map shown(const Map& map, Sink sink) {
  if (sink == Sink::kShow) return map;
  return std::make_shared<const AttentionMap>(shownMap(*map, sink));
}

HeatLevels levelsOf(const AttentionMap& map) { return {map.queries, map.keys, map.values}; }

}  // namespace

ColorMap::Kind HeadPicture::kind() const {
  if (differs()) return ColorMap::Kind::kAroundZero;
  return log ? ColorMap::Kind::kLogarithm : ColorMap::Kind::kSquareRoot;
}

bool HeadPicture::sameNumbers(const HeadPicture& other) const {
  return map == other.map && beside == other.beside && sink == other.sink && both == other.both;
}

HeadPicture headPictureOf(const AttentionData& data, const AttentionData* other) {
  HeadPicture picture;
  picture.labels = tokenLabels(data);
  picture.value_name = data.subject.weighted ? tr("attention × value length") : tr("attention");
  picture.name = q(data.subject.reference);
  if (other != nullptr) picture.beside_name = q(other->subject.reference);
  return picture;
}

ReadyHead readyHead(const HeadPicture& picture) {
  ReadyHead ready;
  ready.map = shown(picture.map, picture.sink);
  if (picture.beside != nullptr) {
    const Map second = shown(picture.beside, picture.sink);
    if (picture.both) {
      ready.beside = levelsOf(*second);
    } else {
      ready.map = std::make_shared<const AttentionMap>(differenceOf(*ready.map, *second));
    }
  }
  ready.levels = levelsOf(*ready.map);
  ready.row_sums = rowSums(*ready.map);
  ready.column_sums = columnSums(*ready.map);
  ready.most = std::max(std::abs(ready.levels.low()), std::abs(ready.levels.high()));
  return ready;
}

}  // namespace lab::gui
