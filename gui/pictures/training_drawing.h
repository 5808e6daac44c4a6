#pragma once

// What is measured inside a model at each checkpoint of its run, as a picture. GUI thread.

#include <memory>

#include "gui/models/lab.h"
#include "gui/models/probe.h"
#include "gui/pictures/drawing.h"

namespace lab::gui {

class TrainingView;

class TrainingDrawing : public Drawing {
  Q_OBJECT
 public:
  // The wish's reference is a job. `lab` outlives this.
  TrainingDrawing(Lab* lab, const PictureWish& wish);

  void begin() override;
  bool ready() const override;
  absl::Status status() const override;
  QString facts() const override;
  void makeStill() override;

 private:
  void start();
  std::string quantity() const;

  Lab* lab_;
  PictureWish wish_;
  int64_t job_;
  Probe probe_;  // asks nothing; tells the view of which text it is
  TrainingView* view_;
  std::vector<int64_t> steps_;
  std::shared_ptr<Run> run_;
  absl::Status status_;
};

}  // namespace lab::gui
