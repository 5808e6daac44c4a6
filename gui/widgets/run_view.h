#pragma once

// One run, live: progress, cards, charts, samples. Its buttons stand in the page's head. GUI
// thread.

#include <QWidget>
#include <memory>
#include <vector>

#include "gui/models/lab.h"
#include "gui/models/run.h"
#include "gui/models/run_config.h"

class QBoxLayout;
class QGridLayout;
class QLabel;
class QPushButton;
class QScrollArea;

namespace lab::gui {

class ShareBar;
class Faces;
class MetricCard;
class ObservedCharts;
class RunCharts;
class SamplesPanel;

class RunView : public QWidget {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit RunView(Lab* lab, QWidget* parent = nullptr);
  ~RunView() override;

  QWidget* actions() const { return actions_; }
  void setJob(int64_t id);
  // Of the samples, those of this step.
  void showSamples(int64_t step);
  int64_t job_id() const { return run_ ? run_->id() : 0; }
  // For the page's title; empty before anything is known.
  const v1::Job& job() const;
  QString facts() const;
  bool settled() const;
  bool failed() const;

 Q_SIGNALS:
  // What the head shows may be another.
  void headChanged();
  void editAsked(qint64 id);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  QWidget* makeProgress();
  void makeActions();
  QPushButton* addVerb(JobActions::Verb verb, const QString& text, const char* role = "");
  // A narrow window stacks what a wide one shows side by side.
  void arrange(bool narrow);
  void take(unsigned parts);
  void showProgress();
  void showFigures();
  void showActions();
  void changeSetting();

  Lab* lab_;
  std::shared_ptr<Run> run_;
  std::unique_ptr<RunConfig> config_;
  Faces* faces_;
  QScrollArea* scroll_;
  QLabel* place_;
  QLabel* phase_;
  ShareBar* bar_;
  QLabel* left_;
  QLabel* trouble_;
  std::vector<MetricCard*> cards_;
  QGridLayout* card_grid_;
  QBoxLayout* lower_;  // charts and samples
  bool narrow_ = false;
  RunCharts* charts_;
  ObservedCharts* observed_ = nullptr;
  SamplesPanel* samples_;
  QWidget* actions_;
  std::vector<std::pair<JobActions::Verb, QPushButton*>> verbs_;
  QPushButton* change_;
};

}  // namespace lab::gui
