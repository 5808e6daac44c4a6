#pragma once

// How alike the vectors of the stream are: the tokens at one point, and the points of the model.
// GUI thread.

#include "gui/widgets/probe_view.h"

class QComboBox;
class QPushButton;

namespace lab::gui {

class TwoMaps;
struct TwoTables;

class CosinesView : public ProbeView {
  Q_OBJECT
 public:
  explicit CosinesView(QWidget* parent = nullptr);

  std::vector<v1::InspectRequest> questions(const Probe& probe) const override;
  void take(const Probe& probe, const ProbeBeside& beside) override;
  bool filled() const override { return points_look_ != nullptr; }
  void makeStill() override;

  // Whether the mean of the tokens is taken off.
  void setCentred(bool centred);

 private:
  const char* quantity() const;
  v1::InspectRequest pointsQuestion() const;
  v1::InspectRequest tokensQuestion(const QString& point) const;
  void fillPoints();
  void showPoints(const ProbeBeside& beside);
  void showTokens(const ProbeBeside& beside);
  // Of two looks at one quantity what both maps share.
  TwoTables tablesOf(const ProbeBeside& beside) const;

  Probe::Answer points_look_, tokens_look_;
  Probe::Answer other_points_, other_tokens_;
  QString name_;
  QString shown_;  // the point whose tokens are
  bool both_ = false;
  QPushButton* centred_ = nullptr;
  QComboBox* point_ = nullptr;
  TwoMaps* tokens_ = nullptr;
  TwoMaps* points_ = nullptr;
};

}  // namespace lab::gui
