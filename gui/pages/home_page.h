#pragma once

// Home: what runs now, what is queued, how the last runs ended, and the first run for a newcomer.

#include <memory>

#include "gui/models/run.h"
#include "gui/pages/page.h"

class QProgressBar;

namespace lab::gui {

class Card;
class Chip;
class Faces;
class Spark;

class HomePage : public Page {
  Q_OBJECT
 public:
  explicit HomePage(Lab* lab);

  bool settled() const override;
  bool failed() const override;

 private:
  QWidget* makeRunning();
  QWidget* makeFirstRun();
  void show();
  void showRunning();
  void showFinished();
  void showQueue();
  void startFirstRun();

  Faces* faces_;
  Card* running_;
  Chip* state_ = nullptr;
  QLabel* name_ = nullptr;
  QLabel* id_ = nullptr;
  QLabel* left_ = nullptr;
  Spark* spark_ = nullptr;
  QLabel* loss_ = nullptr;
  QLabel* above_ = nullptr;
  QLabel* rate_ = nullptr;
  QLabel* step_ = nullptr;
  QProgressBar* bar_ = nullptr;
  QPushButton* first_run_ = nullptr;
  Card* finished_;
  QVBoxLayout* finished_rows_;
  Card* queue_;
  QVBoxLayout* queue_rows_;
  std::unique_ptr<Run> run_;  // the one that runs now
};

}  // namespace lab::gui
