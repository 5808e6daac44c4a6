#pragma once

// The run that runs now: how far, how fast, how good. GUI thread.

#include <memory>

#include "gui/models/lab.h"
#include "gui/widgets/parts.h"

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
  ShareBar* bar_;
  QWidget* figures_;
  QLabel* idle_;
  QPushButton* open_;
  std::shared_ptr<Run> run_;
};

}  // namespace lab::gui
