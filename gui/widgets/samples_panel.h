#pragma once

// The texts that a run generated: all of them, the newest first, or one at a time with a scrubber
// over the steps and the words that are new beside the sample before. GUI thread.

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

  // In step order. What is looked at stays, unless it was the newest.
  void setSamples(const std::vector<v1::Sample>& samples);
  QString shownText() const;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void showAll(bool all);
  void draw();
  void drawAll();
  void drawOne();
  void write(QTextCursor* cursor, const v1::Sample& sample, const v1::Sample* before);

  std::vector<v1::Sample> samples_;
  bool all_ = true;
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
