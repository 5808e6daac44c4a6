#pragma once

// Probing: what the residual stream of a model holds on one text, seen in several ways, at any
// checkpoint of its run, and how that differs from the checkpoint before or from another model.

#include <vector>

#include "gui/models/probe.h"
#include "gui/pages/look_page.h"

class QPushButton;
class QStackedWidget;

namespace lab::gui {

class AttributionView;
class ProbeView;
class TrainingView;
struct ProbeBeside;

class ProbingPage : public LookPage {
  Q_OBJECT
 public:
  explicit ProbingPage(Lab* lab);

  // "residual", "lens", …
  void showView(const QString& id);

 protected:
  void lookAt(const QString& reference, bool fresh) override;
  void lookBeside(const QString& reference, bool fresh) override;
  void stopLooking() override;
  void release() override;
  bool busy() const override;
  void showAnswer() override;
  void showEvent(QShowEvent* event) override;

 private:
  struct View {
    QString id, title;
    ProbeView* widget;
    QPushButton* button;
  };
  void addViews();
  void addView(const QString& id, const QString& title, ProbeView* widget);
  ProbeView* view() const;
  void ask();
  void askWhatIsNext(bool anew);
  // The other's answers, if they can be compared.
  ProbeBeside beside() const;
  void showRun();
  void showFace();
  void showFacts();
  QString besideTrouble() const;

  Probe probe_, other_;
  std::vector<View> views_;
  AttributionView* attribution_ = nullptr;
  TrainingView* training_ = nullptr;
  QStackedWidget* stack_ = nullptr;
};

}  // namespace lab::gui
