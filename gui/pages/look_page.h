#pragma once

// What the pages that look inside have in common: a model, perhaps another beside it, a text, a
// slider through the run's checkpoints, and the button that looks. GUI thread.

#include "gui/pages/page.h"

class QPushButton;

namespace lab::gui {

class Faces;
class RunSteps;
class SubjectCard;

class LookPage : public Page {
  Q_OBJECT
 public:
  // argument: a reference, "12@600"; job: its newest checkpoint.
  void visit(const Route& route) override;
  bool settled() const override;
  bool failed() const override;

 protected:
  LookPage(Lab* lab, const QString& title, const QString& text);

  // Looks at the model named, with the text of subject(). `fresh`: its name may mean another
  // checkpoint than it did.
  virtual void lookAt(const QString& reference, bool fresh) = 0;
  // The same for the one that it is compared with; "" for none.
  virtual void lookBeside(const QString& reference, bool fresh) = 0;
  // Ends what runs.
  virtual void stopLooking() = 0;
  // Closes the models.
  virtual void release() = 0;
  virtual bool busy() const = 0;
  // Shows what is known, or the face that says why there is nothing.
  virtual void showAnswer() = 0;

  SubjectCard* subject() const { return subject_; }
  RunSteps* steps() const { return steps_; }
  Faces* faces() const { return faces_; }
  // Whether another model stands, or is to stand, beside the first.
  bool compares() const;

  // What is below the subject, and the slider below that; then the button at the end of actions().
  // Call both once, in the constructor.
  void setViews(QWidget* views);
  void addLookButton();
  // At what is chosen and written.
  void look();
  void stop();
  // The face while nothing was looked at.
  void showNothingYet();
  // That of an answer: steps and button, too, follow whether one is on its way.
  void showBusy();

  void hideEvent(QHideEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  bool begins() const;
  void begin();
  void lookBesideIt();

  bool begun_ = false;
  SubjectCard* subject_;
  Faces* faces_ = nullptr;
  RunSteps* steps_ = nullptr;
  QPushButton* look_ = nullptr;
};

}  // namespace lab::gui
