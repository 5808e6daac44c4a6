#pragma once

// A view of the page Probing as a picture. GUI thread.

#include "gui/models/lab.h"
#include "gui/models/probe.h"
#include "gui/pictures/drawing.h"

namespace lab::gui {

class ProbeView;

class ProbeDrawing : public Drawing {
  Q_OBJECT
 public:
  // Takes the view; `lab` outlives this.
  ProbeDrawing(Lab* lab, const PictureWish& wish, ProbeView* view);

  void begin() override;
  bool ready() const override;
  absl::Status status() const override;
  QString facts() const override;
  void makeStill() override;

 private:
  void ask();

  PictureWish wish_;
  Probe probe_;
  ProbeView* view_;
};

}  // namespace lab::gui
