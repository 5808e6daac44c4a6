#pragma once

// The texts that a run generated: all of them, the newest first, or one at a time with a scrubber
// over the steps and the words that are new beside the sample before. GUI thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "gui/widgets/parts.h"
#include "lab/v1/event.pb.h"

class QCheckBox;
class QSlider;
class QTextCursor;
class QTextEdit;

namespace lab::gui {

class SamplesPanel : public Card {
  Q_OBJECT
 public:
  explicit SamplesPanel(QWidget* parent = nullptr);

  // Of another run, which are yet to come.
  void clear();
  // Whether no more will come.
  void setEnded(bool ended);
  // In step order. What is looked at stays, unless it was the newest.
  void setSamples(const std::vector<v1::Sample>& samples);
  // Goes to what was written at `step`, or last before it, and says so; as soon as there is one.
  void showStep(int64_t step);
  QString shownText() const;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void showAll(bool all);
  void goToStep();
  void showPlace();
  void draw();
  void drawAll();
  void drawOne();
  void write(QTextCursor* cursor, const v1::Sample& sample, const v1::Sample* before);

  std::vector<v1::Sample> samples_;
  bool all_ = true;
  bool ended_ = false;
  std::optional<int64_t> wanted_;  // the step that was asked for, until another is chosen
  QLabel* settings_;
  QPushButton* all_button_;
  QPushButton* one_button_;
  QTextEdit* text_;
  QWidget* scrubbing_;
  QSlider* scrubber_;
  QLabel* step_;
  QCheckBox* difference_;
};

}  // namespace lab::gui
