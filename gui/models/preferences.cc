#include "gui/models/preferences.h"

#include <QSettings>

namespace lab::gui {
namespace {

constexpr int kLeast = 1, kMost = 1'000'000;

QString unitsKey() { return QStringLiteral("units/bytes"); }
QString pointsKey() { return QStringLiteral("limits/compared_points"); }
QString generationsKey() { return QStringLiteral("limits/generations"); }

int readLimit(const QString& key, int fallback) {
  bool number = false;
  const int limit = QSettings().value(key).toInt(&number);
  return number && limit >= kLeast && limit <= kMost ? limit : fallback;
}

}  // namespace

Preferences::Preferences(QObject* parent)
    : QObject(parent),
      compared_points_(readLimit(pointsKey(), kComparedPoints)),
      kept_generations_(readLimit(generationsKey(), kKeptGenerations)) {
  const bool binary = QSettings().value(unitsKey()).toString() == QStringLiteral("binary");
  lab::gui::setByteUnits(binary ? ByteUnits::kBinary : ByteUnits::kDecimal);
}

void Preferences::setByteUnits(ByteUnits units) {
  if (units == byteUnits()) return;
  lab::gui::setByteUnits(units);
  QSettings().setValue(unitsKey(), units == ByteUnits::kBinary ? QStringLiteral("binary")
                                                               : QStringLiteral("decimal"));
  Q_EMIT unitsChanged();
}

void Preferences::setComparedPoints(int points) {
  if (points == compared_points_) return;
  compared_points_ = points;
  QSettings().setValue(pointsKey(), points);
  Q_EMIT limitsChanged();
}

void Preferences::setKeptGenerations(int entries) {
  if (entries == kept_generations_) return;
  kept_generations_ = entries;
  QSettings().setValue(generationsKey(), entries);
  Q_EMIT limitsChanged();
}

}  // namespace lab::gui
