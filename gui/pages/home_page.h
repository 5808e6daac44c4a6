#pragma once

// Home: what runs now, what is queued, how the last runs ended, and the first run for a newcomer.

#include "gui/models/spark_cache.h"
#include "gui/pages/page.h"

class QPushButton;
class QVBoxLayout;

namespace lab::gui {

class Card;
class Faces;
class FirstRunCard;
class RunRows;
class RunningCard;

class HomePage : public Page {
  Q_OBJECT
 public:
  explicit HomePage(Lab* lab);

  bool settled() const override;
  bool failed() const override;

 private:
  Card* makeRows(const QString& title, RunRows* rows);
  void open(int64_t job_id);
  void show();
  void showFinished();
  void showQueue();

  SparkCache sparks_;
  QPushButton* new_run_;
  Faces* faces_;
  QVBoxLayout* left_;
  QVBoxLayout* right_;
  RunningCard* running_;
  FirstRunCard* first_run_;
  RunRows* finished_rows_;
  Card* finished_;
  RunRows* queue_rows_;
  Card* queue_;
  QPushButton* more_;
  QLabel* why_;
};

}  // namespace lab::gui
