#pragma once

// The stream's vectors along their principal components, as dots: where the tokens lie, and how
// they travel through the model. GUI thread.

#include "gui/models/pca_points.h"
#include "gui/widgets/probe_view.h"

class QComboBox;
class QLabel;

namespace lab::gui {

class Legend;
class ScatterChart;

class PcaView : public ProbeView {
  Q_OBJECT
 public:
  explicit PcaView(QWidget* parent = nullptr);

  std::vector<v1::InspectRequest> questions(const Probe& probe) const override;
  // Each model has axes of its own.
  std::vector<v1::InspectRequest> besideQuestions(const Probe&, const Probe&) const override {
    return {};
  }
  void take(const Probe& probe, const ProbeBeside& beside) override;
  bool filled() const override { return look_ != nullptr; }
  void makeStill() override;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QComboBox* addChoice(QWidget* card, class QHBoxLayout* row, const QString& name,
                       const QStringList& words);
  void fillPoints();
  void showDots();
  void showLegend(const PcaDots& dots, const PcaWish& wish);
  PcaWish wish() const;

  Probe::Answer look_;
  bool beside_ = false;  // another model is to be compared with
  QComboBox* space_ = nullptr;
  QComboBox* point_ = nullptr;
  QComboBox* axes_ = nullptr;
  QComboBox* colour_ = nullptr;
  Legend* legend_ = nullptr;
  ScatterChart* chart_ = nullptr;
  QLabel* words_ = nullptr;
};

}  // namespace lab::gui
