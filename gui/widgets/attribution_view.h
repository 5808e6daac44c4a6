#pragma once

// One logit taken apart: what each component gave to it, and each head; the text's next token after
// a place that is chosen, or another one that the model finds likely there. GUI thread.

#include <optional>

#include "gui/models/logit_parts.h"
#include "gui/widgets/probe_view.h"

class QComboBox;
class QLabel;
class QPushButton;
class QTableView;

namespace lab::gui {

class TwoMaps;

class AttributionView : public ProbeView {
  Q_OBJECT
 public:
  explicit AttributionView(QWidget* parent = nullptr);

  std::vector<v1::InspectRequest> questions(const Probe& probe) const override;
  std::vector<v1::InspectRequest> besideQuestions(const Probe& other,
                                                  const Probe& probe) const override;
  void take(const Probe& probe, const ProbeBeside& beside) override;
  bool filled() const override { return parts_look_ != nullptr; }
  void makeStill() override;

  // After which token of `text` it takes a logit apart.
  void setPosition(int64_t position, const std::string& text);

 private:
  QWidget* makeParts();
  QWidget* makeHeads();
  int64_t positionIn(const Inspection& text) const;
  v1::InspectRequest partsQuestion(int64_t position) const;
  v1::InspectRequest targetsQuestion(int64_t position, int64_t layers) const;
  void fillPositions(const Inspection& text);
  void fillTargets(const Inspection& lens);
  // What another model is asked: the logit of the same token.
  std::optional<v1::InspectRequest> besideQuestion(const Probe& probe) const;
  void showParts(const ProbeBeside& beside);
  void showSum(const LogitParts& parts, const LogitParts* other, const ProbeBeside& beside);
  void showHeads(const LogitParts& parts, const LogitParts* other, const ProbeBeside& beside);

  int64_t position_ = -1;          // −1: the text's last
  std::optional<int64_t> target_;  // absent: what comes next
  std::string text_;               // for which these were chosen
  Probe::Answer positions_look_, targets_look_, parts_look_;
  Probe::Answer other_parts_;
  QString name_;
  bool both_ = false;
  QComboBox* positions_ = nullptr;
  QComboBox* targets_ = nullptr;
  QLabel* sum_ = nullptr;
  LogitPartTable table_;
  QTableView* table_view_ = nullptr;
  QPushButton* sorted_ = nullptr;
  TwoMaps* heads_ = nullptr;
  QLabel* biases_ = nullptr;
};

}  // namespace lab::gui
