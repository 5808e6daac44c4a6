#pragma once

// What is looked at: a model, perhaps another beside it, and a text. GUI thread.

#include <QString>

#include "gui/widgets/parts.h"

class QComboBox;
class QPlainTextEdit;

namespace lab::gui {

class ReferenceBox;
struct Lab;

class SubjectCard : public Card {
  Q_OBJECT
 public:
  // What stands beside the model.
  enum class Beside { kNothing, kStepBefore, kOtherModel };

  // `lab` outlives this.
  SubjectCard(Lab* lab, const QString& text, QWidget* parent = nullptr);

  // What else belongs to the question, at the right of the text.
  void addOption(QWidget* option);

  QString reference() const;
  void setReference(const QString& reference);
  // What is known of it: "a run · step 600 · validation 1.994".
  QString about() const;
  QString text() const;
  Beside beside() const;
  QString otherReference() const;
  // Both models' values are wanted, in place of their difference.
  bool both() const;
  // Why there is no difference; "" for nothing.
  void setTrouble(const QString& trouble);
  // Where a model is chosen, and where the text is written.
  void focusReference();
  void focusText();

 Q_SIGNALS:
  // The user is done with choosing or writing.
  void entered();
  // Something else is to stand beside it.
  void besideEntered();
  void bothChanged();
  void referenceChanged();

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  QWidget* makeModels(Lab* lab);
  void showBeside();

  ReferenceBox* reference_;
  ReferenceBox* other_;
  QComboBox* beside_;
  QPushButton* both_;
  QPlainTextEdit* text_;
  QLabel* trouble_;
  QVBoxLayout* options_;
};

}  // namespace lab::gui
