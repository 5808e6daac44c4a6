#pragma once

// Probing: what the residual stream of a model holds on one text, seen in several ways, at any
// checkpoint of its run.

#include <vector>

#include "gui/models/probe.h"
#include "gui/pages/page.h"

class QPlainTextEdit;
class QPushButton;
class QStackedWidget;

namespace lab::gui {

class AttributionView;
class Faces;
class ProbeView;
class ReferenceBox;
class StepBar;
class TrainingView;

class ProbingPage : public Page {
  Q_OBJECT
 public:
  explicit ProbingPage(Lab* lab);

  // argument: a reference, "12@600"; job: its newest checkpoint.
  void visit(const Route& route) override;
  bool settled() const override;
  bool failed() const override;

  // "residual", "lens", …
  void showView(const QString& id);

 protected:
  void showEvent(QShowEvent* event) override;
  void hideEvent(QHideEvent* event) override;
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  struct View {
    QString id, title;
    ProbeView* widget;
    QPushButton* button;
  };
  void makeActions();
  QWidget* makeSubject();
  void addViews();
  void addView(const QString& id, const QString& title, ProbeView* widget);
  ProbeView* view() const;
  // Looks at what is chosen and typed.
  void look();
  // The same once it is known what there is, if that is due.
  void lookAtFirst();
  void stop();
  void ask();
  void refresh();
  void showFace();
  void showWords();
  void showSteps();
  int64_t job() const;

  Probe probe_;
  bool due_ = true;  // to look as soon as it is known what there is
  std::vector<View> views_;
  AttributionView* attribution_ = nullptr;
  TrainingView* training_ = nullptr;
  ReferenceBox* reference_ = nullptr;
  QLabel* about_ = nullptr;
  QPlainTextEdit* text_ = nullptr;
  StepBar* steps_ = nullptr;
  QStackedWidget* stack_ = nullptr;
  Faces* faces_ = nullptr;
  QPushButton* stop_ = nullptr;
  QPushButton* look_ = nullptr;
};

}  // namespace lab::gui
