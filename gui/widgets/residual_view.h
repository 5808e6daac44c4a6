#pragma once

// The residual stream: a statistic of each point and token, the norm along the model, what the
// sublayers add, and what stands out. GUI thread.

#include "gui/models/stream_facts.h"
#include "gui/widgets/probe_view.h"

class QComboBox;
class QLabel;
class QPushButton;
class QTableView;

namespace lab::gui {

class Heatmap;
class Legend;
class WordChart;

class ResidualView : public ProbeView {
  Q_OBJECT
 public:
  explicit ResidualView(QWidget* parent = nullptr);

  std::vector<v1::InspectRequest> questions(const Probe& probe) const override;
  void take(const Probe& probe) override;
  bool filled() const override { return look_ != nullptr; }
  void makeStill() override;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QWidget* makeMap();
  QWidget* makeCharts();
  QWidget* makeMassive();
  // The chosen statistic of an answer; null if it has none.
  const InspectedTensor* valuesOf(const Inspection& look) const;
  void showMap();
  void showCharts();
  void showMassive();

  Probe::Answer look_;
  int64_t job_ = 0, step_ = 0;  // of which checkpoint
  // What was shown before, if that was the same text in another checkpoint; else null.
  Probe::Answer before_;
  int64_t before_step_ = 0;
  QComboBox* statistic_ = nullptr;
  QPushButton* difference_ = nullptr;
  Heatmap* map_ = nullptr;
  WordChart* norms_ = nullptr;
  WordChart* added_ = nullptr;
  Legend* norms_legend_ = nullptr;
  Legend* added_legend_ = nullptr;
  MassiveTable massive_;
  QWidget* charts_ = nullptr;
  QTableView* massive_view_ = nullptr;
  QLabel* outlier_ = nullptr;
  QLabel* none_ = nullptr;
};

}  // namespace lab::gui
