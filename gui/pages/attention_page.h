#pragma once

// Attention: what every head of a model looks at in one text, at any checkpoint of its run, and how
// that differs from the checkpoint before or from another model. GUI thread.

#include <memory>

#include "gui/models/attention.h"
#include "gui/pages/page.h"

class QComboBox;
class QMenu;
class QPushButton;

namespace lab::gui {

class AttentionSubjectCard;
class Faces;
class HeadsCard;
class HeadView;
class RunSteps;

class AttentionPage : public Page {
  Q_OBJECT
 public:
  explicit AttentionPage(Lab* lab);

  // argument: a reference; job: its newest checkpoint.
  void visit(const Route& route) override;
  bool settled() const override;
  bool failed() const override;

 protected:
  void hideEvent(QHideEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  enum Beside { kAlone, kStepBefore, kOtherModel };

  void makeOptions();
  void makeActions();
  QWidget* makeViews();

  void begin();
  void look();
  void lookBeside();
  void stop();
  AttentionSubject subjectOf(const QString& reference) const;

  void showAnswer();
  void showFace();
  void showFacts();
  void showHeads();
  void showHead();
  // The other's, if it is there and can be compared.
  std::shared_ptr<const AttentionData> beside() const;
  HeadId chosenHead() const;
  bool busy() const { return now_.busy() || other_.busy(); }

  AttentionShelf shelf_;
  Attention now_;
  Attention other_;
  HeadId head_;
  bool begun_ = false;
  bool own_colours_ = false;  // they were chosen by the user
  AttentionSubjectCard* subject_ = nullptr;
  QMenu* exports_ = nullptr;
  QComboBox* sink_ = nullptr;
  QComboBox* beside_ = nullptr;
  QPushButton* weighted_ = nullptr;
  QPushButton* mean_ = nullptr;
  QPushButton* both_ = nullptr;
  QPushButton* look_ = nullptr;
  Faces* faces_ = nullptr;
  HeadsCard* heads_ = nullptr;
  HeadView* view_ = nullptr;
  RunSteps* steps_ = nullptr;
};

}  // namespace lab::gui
