#pragma once

// The logit lens: what each point of the stream would say next, for every token of the text; a cell
// that is gone to says all of it. GUI thread.

#include "gui/models/lens_grid.h"
#include "gui/widgets/probe_view.h"

class QComboBox;
class QLabel;
class QTableView;

namespace lab::gui {

class LikelyTokens;

class LensView : public ProbeView {
  Q_OBJECT
 public:
  explicit LensView(QWidget* parent = nullptr);
  ~LensView() override;

  std::vector<v1::InspectRequest> questions(const Probe& probe) const override;
  void take(const Probe& probe, const ProbeBeside& beside) override;
  bool filled() const override { return grid_.look() != nullptr; }
  void makeStill() override;
  const LensGrid& grid() const { return grid_; }

 Q_SIGNALS:
  // What comes after this token is to be taken apart.
  void partsWanted(qint64 position);

 private:
  QTableView* makeGrid(LensGrid* grid, QWidget* parent);
  v1::InspectRequest lensQuestion() const;
  void showCell(const QModelIndex& index);
  void showDepth();
  void showMeasure();
  QString depthWords() const;

  LensGrid grid_;
  LensGrid beside_grid_;  // where two models are shown side by side
  QString name_, other_name_;
  QComboBox* measure_ = nullptr;
  QLabel* legend_ = nullptr;
  QLabel* depth_ = nullptr;
  QTableView* view_ = nullptr;
  QTableView* beside_view_ = nullptr;
  LikelyTokens* cell_ = nullptr;
};

}  // namespace lab::gui
