#pragma once

// One way of looking at a text in a model. It says what it has to know, and shows what is known;
// what it showed of another subject stays until then. GUI thread.

#include <QWidget>
#include <vector>

#include "gui/models/probe.h"

namespace lab::gui {

class ProbeView : public QWidget {
  Q_OBJECT
 public:
  using QWidget::QWidget;

  // In the order in which it wants to know; there may be more once these are answered.
  virtual std::vector<v1::InspectRequest> questions(const Probe& probe) const = 0;
  // Shows what of that is known.
  virtual void take(const Probe& probe) = 0;
  // Whether it has anything to show.
  virtual bool filled() const = 0;

 Q_SIGNALS:
  // Its questions are others now.
  void asksAnew();
};

// Of one quantity, with all layers and positions.
inline v1::InspectRequest questionOf(const char* quantity) {
  v1::InspectRequest question;
  question.add_quantities(quantity);
  return question;
}

}  // namespace lab::gui
