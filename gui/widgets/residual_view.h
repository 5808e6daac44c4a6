#pragma once

// The residual stream: a statistic of each point and token, the norm along the model, what the
// sublayers add, and what stands out. GUI thread.

#include "gui/models/stream_facts.h"
#include "gui/widgets/probe_view.h"

class QBoxLayout;
class QComboBox;
class QLabel;
class QTableView;

namespace lab::gui {

class Legend;
class TwoMaps;
class WordChart;
struct WordCurve;

class ResidualView : public ProbeView {
  Q_OBJECT
 public:
  explicit ResidualView(QWidget* parent = nullptr);

  std::vector<v1::InspectRequest> questions(const Probe& probe) const override;
  void take(const Probe& probe, const ProbeBeside& beside) override;
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

  struct Chart {
    QWidget* card = nullptr;
    WordChart* chart = nullptr;
    Legend* legend = nullptr;
    void show(std::vector<WordCurve> curves);
  };
  Chart addChart(QBoxLayout* layout, const QString& title, const QString& x, const QString& y);

  Probe::Answer look_;
  Probe::Answer other_;  // of the model that this one is compared with; null for none
  QString name_, other_name_;
  bool both_ = false;
  QComboBox* statistic_ = nullptr;
  TwoMaps* maps_ = nullptr;
  Chart norms_, apart_, added_;
  MassiveTable massive_;
  QWidget* charts_ = nullptr;
  QTableView* massive_view_ = nullptr;
  QLabel* outlier_ = nullptr;
  QLabel* none_ = nullptr;
};

}  // namespace lab::gui
