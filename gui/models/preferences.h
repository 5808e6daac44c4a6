#pragma once

// What a person chose for this window beside theme and machine: how sizes are written, and how much
// it holds. Kept with the window's settings; what cannot be read there is the default. GUI thread.

#include <QObject>

#include "gui/models/words.h"

namespace lab::gui {

class Preferences : public QObject {
  Q_OBJECT
 public:
  static constexpr int kComparedPoints = 4000;
  static constexpr int kKeptGenerations = 50;

  // Reads them, and makes bytes() write as they say.
  explicit Preferences(QObject* parent = nullptr);

  ByteUnits byte_units() const { return byteUnits(); }
  void setByteUnits(ByteUnits units);
  // Of a curve on the Compare page; longer ones come thinned from labd, with their peaks.
  int compared_points() const { return compared_points_; }
  void setComparedPoints(int points);
  // Entries of the Generate page's history.
  int kept_generations() const { return kept_generations_; }
  void setKeptGenerations(int entries);

 Q_SIGNALS:
  // What shows a size shows it anew.
  void unitsChanged();
  void limitsChanged();

 private:
  int compared_points_ = kComparedPoints;
  int kept_generations_ = kKeptGenerations;
};

}  // namespace lab::gui
