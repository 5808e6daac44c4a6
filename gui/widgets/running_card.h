#pragma once

// The run that runs now: how far, how fast, how good. GUI thread.

#include <memory>

#include "gui/models/lab.h"
#include "gui/models/run.h"
#include "gui/widgets/parts.h"

class QProgressBar;

namespace lab::gui {

class Spark;

class RunningCard : public Card {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit RunningCard(Lab* lab, QWidget* parent = nullptr);

  // False until the run's history is in.
  bool settled() const { return run_ == nullptr || run_->loaded(); }

 Q_SIGNALS:
  void opened(qint64 job_id);

 private:
  void follow();
  void show();

  Lab* lab_;
  Chip* state_;
  QLabel* name_;
  QLabel* id_;
  QLabel* left_;
  Spark* spark_;
  QLabel* loss_;
  QLabel* above_;
  QLabel* rate_;
  QLabel* step_;
  QProgressBar* bar_;
  QWidget* figures_;
  QLabel* idle_;
  QPushButton* open_;
  std::unique_ptr<Run> run_;
};

}  // namespace lab::gui
