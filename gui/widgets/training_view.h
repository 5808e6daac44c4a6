#pragma once

// How what is measured inside a model came to be: head scores, the depth of the lens and the loss
// of the text at a run's checkpoints, under the run's loss; and when they changed. GUI thread.

#include <memory>

#include "gui/charts/chart_types.h"
#include "gui/models/change_table.h"
#include "gui/models/lab.h"
#include "gui/models/training_looks.h"
#include "gui/widgets/probe_view.h"

class QComboBox;
class QLabel;
class QPushButton;
class QTableView;

namespace lab::gui {

class Faces;
class LineChart;
class ShareBar;

class TrainingView : public ProbeView {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit TrainingView(Lab* lab, QWidget* parent = nullptr);
  ~TrainingView() override;

  std::vector<v1::InspectRequest> questions(const Probe&) const override { return {}; }
  std::vector<v1::InspectRequest> besideQuestions(const Probe&, const Probe&) const override {
    return {};
  }
  void take(const Probe& probe, const ProbeBeside& beside) override;
  bool filled() const override { return true; }

  // The run and those of its checkpoints that are looked at; 0 for what is no run.
  void setRun(int64_t job, std::vector<int64_t> steps);
  void start();
  void stop() { looks_.stop(); }
  bool busy() const { return looks_.busy(); }
  const ChangeTable& changes() const { return changes_; }
  const TrainingLooks& looks() const { return looks_; }
  // Which quantity is shown at first: "heads/induction", "lens depth".
  void prefer(const std::string& quantity) { first_quantity_ = quantity; }
  std::string quantity() const;
  void makeStill() override;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QWidget* makeLoss();
  QWidget* makeCurves();
  QWidget* makeChanges();
  void followRun();
  void show();
  void showFace();
  void showScores();
  void showCurves();
  void showMarks();

  Lab* lab_;
  TrainingLooks looks_;
  ChangeTable changes_;
  std::string first_quantity_ = "heads/induction";
  int64_t job_ = 0;
  std::vector<int64_t> steps_;
  std::string text_;
  int64_t shown_step_ = -1;  // where the other views stand
  std::shared_ptr<Run> run_;
  LineChart* loss_ = nullptr;
  CurveId train_ = 0, validation_ = 0, own_loss_ = 0;
  LineChart* curves_ = nullptr;
  std::vector<CurveId> curve_ids_;
  QComboBox* quantity_ = nullptr;
  QTableView* table_ = nullptr;
  Faces* faces_ = nullptr;
  QLabel* progress_ = nullptr;
  ShareBar* bar_ = nullptr;
  QPushButton* start_ = nullptr;
};

}  // namespace lab::gui
