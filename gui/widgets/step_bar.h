#pragma once

// The checkpoints of a run as a slider, played from one to the next on request. GUI thread.

#include <QTimer>
#include <QWidget>
#include <cstdint>
#include <vector>

class QLabel;
class QPushButton;
class QSlider;

namespace lab::gui {

class StepBar : public QWidget {
  Q_OBJECT
 public:
  explicit StepBar(QWidget* parent = nullptr);

  // Ascending. Hidden where there are fewer than two.
  void setSteps(std::vector<int64_t> steps);
  const std::vector<int64_t>& steps() const { return steps_; }
  // Where it stands; the nearest one where there is none of this step. Says nothing.
  void setStep(int64_t step);
  // What was chosen is not shown yet: playing waits for it.
  void setBusy(bool busy);
  bool playing() const { return playing_; }
  void setPlaying(bool playing);

 Q_SIGNALS:
  // By the user, or by playing.
  void stepChosen(qint64 step);

 private:
  void moved();
  void advance();
  void showWords();

  std::vector<int64_t> steps_;
  bool busy_ = false, playing_ = false;
  QPushButton* play_;
  QSlider* slider_;
  QLabel* words_;
  QTimer settle_;  // a drag asks for where it ends
  QTimer beat_;
};

}  // namespace lab::gui
