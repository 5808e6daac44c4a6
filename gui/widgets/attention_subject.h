#pragma once

// What is looked at: a model, perhaps another beside it, and a text. GUI thread.

#include <QString>

#include "gui/widgets/parts.h"

class QPlainTextEdit;

namespace lab::gui {

class ReferenceBox;
struct Lab;

class AttentionSubjectCard : public Card {
  Q_OBJECT
 public:
  // `lab` outlives this.
  AttentionSubjectCard(Lab* lab, const QString& text, QWidget* parent = nullptr);

  // What else belongs to the question: below the model, and beside the text.
  void addBelow(QWidget* option);
  void addBeside(QWidget* option);

  QString reference() const;
  void setReference(const QString& reference);
  QString text() const;
  // Asks for another model, and offers one; or not.
  void setTwo(bool two);
  QString otherReference() const;
  // Where a model is chosen.
  void focusReference();

 Q_SIGNALS:
  // The user is done with choosing or writing.
  void entered();
  void otherEntered();
  void referenceChanged();

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  ReferenceBox* reference_;
  ReferenceBox* other_;
  QPlainTextEdit* text_;
  QVBoxLayout* below_;
  QVBoxLayout* beside_;
};

}  // namespace lab::gui
