#pragma once

// Curves over named places that have an order but no measure: the layers of a model. GUI thread.

#include <QStringList>
#include <vector>

#include "gui/charts/static_chart.h"

namespace lab::gui {

struct WordCurve {
  QString label;
  QColor color;
  std::vector<double> values;  // one a word; what is not finite is a gap
};

class WordChart : public StaticChart {
  Q_OBJECT
 public:
  explicit WordChart(const QString& title = {}, QWidget* parent = nullptr);

  void setX(const QString& name, const QStringList& words);
  void setY(const QString& name, const QString& unit);
  void setCurves(std::vector<WordCurve> curves);

  QSize sizeHint() const override { return {300, 150}; }

 protected:
  void redraw() override;

 private:
  QString x_name_, y_name_, y_unit_;
  QStringList words_;
  std::vector<WordCurve> curves_;
};

}  // namespace lab::gui
