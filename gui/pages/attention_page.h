#pragma once

// Attention: what every head of a model looks at in one text, at any checkpoint of its run, and how
// that differs from the checkpoint before or from another model. GUI thread.

#include <memory>

#include "gui/models/attention.h"
#include "gui/pages/look_page.h"

class QComboBox;
class QMenu;
class QPushButton;

namespace lab::gui {

class HeadsCard;
class HeadView;

class AttentionPage : public LookPage {
  Q_OBJECT
 public:
  explicit AttentionPage(Lab* lab);

  bool settled() const override;
  bool failed() const override;

 protected:
  void lookAt(const QString& reference, bool fresh) override;
  void lookBeside(const QString& reference, bool fresh) override;
  void stopLooking() override;
  void release() override;
  bool busy() const override { return now_.busy() || other_.busy(); }
  void showAnswer() override;

 private:
  void makeOptions();
  void makeActions();
  QWidget* makeViews();
  AttentionSubject subjectOf(const QString& reference) const;

  void showFace();
  void showFacts();
  void showHeads();
  void showHead();
  // The other's, if it is there and can be compared.
  std::shared_ptr<const AttentionData> beside() const;
  HeadId chosenHead() const;

  AttentionShelf shelf_;
  Attention now_;
  Attention other_;
  HeadId head_;
  bool own_colours_ = false;  // they were chosen by the user
  QMenu* exports_ = nullptr;
  QComboBox* sink_ = nullptr;
  QPushButton* weighted_ = nullptr;
  QPushButton* mean_ = nullptr;
  HeadsCard* heads_ = nullptr;
  HeadView* view_ = nullptr;
};

}  // namespace lab::gui
