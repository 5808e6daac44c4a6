#pragma once

// One field of a form: label and unit, a control for its type, and a line of help that becomes the
// error. What differs from the default is in the accent and can be put back. GUI thread.

#include <QWidget>

#include "gui/models/config_form_model.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace lab::gui {

class FieldEditor : public QWidget {
  Q_OBJECT
 public:
  explicit FieldEditor(const FormField& field, QWidget* parent = nullptr);

  // Shows the field as it is now.
  void show(const FormField& field);
  // The control itself, for focus and tests.
  QWidget* control() const;
  QString lineText() const { return line_text_; }

 Q_SIGNALS:
  void edited(const QString& value);
  void restoreAsked();

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void makeControl(const FormField& field, QHBoxLayout* row);
  void showCombo(const FormField& field);
  void showLine();
  void browse();

  QLabel* label_;
  QLabel* unit_;
  QPushButton* restore_;
  QLineEdit* edit_ = nullptr;   // either this …
  QComboBox* combo_ = nullptr;  // … or this
  QLabel* line_;
  QString line_text_;
};

}  // namespace lab::gui
