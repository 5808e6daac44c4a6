#include "gui/widgets/head_picture.h"

#include <QCoreApplication>
#include <utility>

#include "gui/models/attention_words.h"
#include "gui/models/words.h"

namespace lab::gui {
namespace {

using Map = std::shared_ptr<const AttentionMap>;

QString tr(const char* text) { return QCoreApplication::translate("HeadPicture", text); }

Map shown(Map map, Sink sink) {
  if (sink == Sink::kShow) return map;
  return std::make_shared<const AttentionMap>(shownMap(*map, sink));
}

}  // namespace

HeadPicture headPictureOf(const AttentionData& data, Map map, const AttentionData* other,
                          Map other_map, const HeadPictureSettings& settings) {
  HeadPicture picture;
  picture.title = settings.title;
  picture.facts = settings.facts;
  picture.labels = tokenLabels(data);
  picture.value_name = data.subject.weighted ? tr("attention × value length") : tr("attention");
  picture.kind = settings.log ? ColorMap::Kind::kLogarithm : ColorMap::Kind::kSquareRoot;
  picture.map = shown(std::move(map), settings.sink);
  if (other == nullptr || !other_map) return picture;
  const Map second = shown(std::move(other_map), settings.sink);
  const QString name = q(data.subject.reference), other_name = q(other->subject.reference);
  if (settings.both) {
    picture.beside = second;
    picture.map_name = name;
    picture.beside_name = other_name;
  } else {
    picture.map = std::make_shared<const AttentionMap>(differenceOf(*picture.map, *second));
    picture.kind = ColorMap::Kind::kAroundZero;
    picture.value_name = tr("%1 minus %2").arg(name, other_name);
  }
  return picture;
}

}  // namespace lab::gui
