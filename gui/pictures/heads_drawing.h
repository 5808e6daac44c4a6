#pragma once

// All heads of a model on a text as small maps: the page Attention's overview as a picture. GUI
// thread.

#include "gui/models/attention.h"
#include "gui/models/lab.h"
#include "gui/pictures/drawing.h"

namespace lab::gui {

class HeadsCard;

class HeadsDrawing : public Drawing {
  Q_OBJECT
 public:
  // `lab` outlives this.
  HeadsDrawing(Lab* lab, const PictureWish& wish);

  void begin() override;
  bool ready() const override { return ready_; }
  absl::Status status() const override { return status_; }
  QString facts() const override;
  void makeStill() override;

 private:
  void show();
  // The heads of the selection.
  absl::StatusOr<std::vector<HeadId>> chosen() const;

  PictureWish wish_;
  AttentionShelf shelf_;
  Attention attention_;
  HeadsCard* card_;
  bool ready_ = false;
  absl::Status status_;
};

}  // namespace lab::gui
