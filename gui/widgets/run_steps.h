#pragma once

// The checkpoints of the run that a reference belongs to, as a slider through training. GUI thread.

#include <QString>
#include <cstdint>
#include <vector>

#include "gui/widgets/parts.h"

namespace lab::gui {

class StepBar;
struct Lab;

class RunSteps : public Card {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit RunSteps(Lab* lab, QWidget* parent = nullptr);

  // Hidden where the run has none.
  void setReference(const QString& reference);
  // 0 where it is of no run.
  int64_t job() const;
  // Those that the slider goes through, ascending.
  const std::vector<int64_t>& all() const;
  // The reference of the checkpoint that the slider has before this one; "" for the first.
  QString before() const;
  // What was chosen is not shown yet: playing waits for it.
  void setBusy(bool busy);
  void setPlaying(bool playing);

 Q_SIGNALS:
  // By the user or by playing: "12@300".
  void chosen(const QString& reference);
  // It is another run, or there are other checkpoints.
  void changed();
  // What the run wrote at the step that is shown.
  void samplesWanted(qint64 job, qint64 step);

 private:
  void fill();
  int64_t step() const;

  Lab* lab_;
  QString reference_;
  QLabel* title_;
  StepBar* bar_;
};

}  // namespace lab::gui
