#pragma once

// The attention patterns of chosen heads, each large, with what its scores are. GUI thread.

#include "gui/widgets/probe_view.h"

class QGridLayout;

namespace lab::gui {

class PatternsView : public ProbeView {
  Q_OBJECT
 public:
  static constexpr int kMostHeads = 36;  // that are drawn large

  explicit PatternsView(bool weighted, QWidget* parent = nullptr);

  std::vector<v1::InspectRequest> questions(const Probe& probe) const override;
  void take(const Probe& probe, const ProbeBeside& beside) override;
  bool filled() const override { return filled_; }
  absl::Status trouble() const override { return trouble_; }
  void makeStill() override;

 private:
  v1::InspectRequest patternsQuestion() const;
  v1::InspectRequest scoresQuestion() const;

  bool weighted_, filled_ = false;
  absl::Status trouble_;
  QGridLayout* grid_;
};

}  // namespace lab::gui
