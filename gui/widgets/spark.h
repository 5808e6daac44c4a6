#pragma once

// A small curve without axes, for cards and rows. GUI thread.

#include <QWidget>
#include <vector>

#include "gui/models/words.h"

namespace lab::gui {

class Spark : public QWidget {
  Q_OBJECT
 public:
  explicit Spark(QWidget* parent = nullptr);

  // Values at equal distances; those that are not finite are gaps.
  void setValues(std::vector<double> values);
  // kPlain draws in the accent.
  void setTone(Tone tone);

  QSize sizeHint() const override { return {120, 28}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  std::vector<double> values_;
  Tone tone_ = Tone::kPlain;
};

}  // namespace lab::gui
