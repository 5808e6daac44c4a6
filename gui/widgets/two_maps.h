#pragma once

// A heat map; of two models' tables either their difference, with how far they are apart, or both
// side by side, which move together and have one scale. GUI thread.

#include <QWidget>
#include <optional>
#include <vector>

#include "gui/charts/heatmap.h"

class QBoxLayout;
class QLabel;

namespace lab::gui {

struct TwoTables {
  int rows = 0, columns = 0;
  QStringList row_labels, column_labels;
  QString quantity;           // "norm"
  std::vector<float> values;  // row by row
  std::vector<float> other;   // the other model's, as many; empty: there is none
  QString name, other_name;   // of the models
  bool both = false;          // side by side
  // Of the values; their difference lies around zero.
  ColorMap::Kind kind = ColorMap::Kind::kAroundZero;
  std::optional<double> low, high;
};

class TwoMaps : public QWidget {
  Q_OBJECT
 public:
  explicit TwoMaps(QWidget* parent = nullptr);

  Heatmap* first() { return first_; }
  Heatmap* second() { return second_; }
  // What rows and columns are, of both.
  void setNames(const QString& rows, const QString& columns);
  // Square maps stand where they are larger: beside or below each other.
  void setSquare(bool square);
  void show(TwoTables tables);
  // The names above two maps that the caller fills; without a second name only the first is shown.
  void setTitles(const QString& name, const QString& other_name);
  // Gives both one scale, that of all their values.
  void shareScale(ColorMap::Kind kind);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void showDifference(const TwoTables& tables);

  bool square_ = true;
  QBoxLayout* row_;
  Heatmap* first_;
  Heatmap* second_;
  QLabel* name_;
  QLabel* other_name_;
  QWidget* other_place_;
  QLabel* apart_;
};

}  // namespace lab::gui
