#pragma once

// One field of a form: label and unit, a control for its type, and a line of help that becomes the
// error. What differs from the default is in the accent and can be put back. GUI thread.

#include <QWidget>

#include "gui/models/config_form_model.h"

class QComboBox;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QStringListModel;

namespace lab::gui {

// What a field that names a file or a corpus may be offered.
struct FieldOffers {
  QStringList corpora;  // those that labd knows
  QString machine;      // labd's, if it is another one: files are its, not this one's; else ""

  bool operator==(const FieldOffers&) const = default;
};

class FieldEditor : public QWidget {
  Q_OBJECT
 public:
  explicit FieldEditor(const FormField& field, QWidget* parent = nullptr);

  // Shows the field as it is now.
  void show(const FormField& field);
  // Free text stays possible.
  void setOffers(const FieldOffers& offers);
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
  void makeCompleter(QHBoxLayout* row);
  void showPlaceholder();

  QLabel* label_;
  QLabel* unit_;
  QPushButton* restore_;
  QLineEdit* edit_ = nullptr;   // either this …
  QComboBox* combo_ = nullptr;  // … or this
  QPushButton* browse_ = nullptr;
  QPushButton* list_ = nullptr;
  QStringListModel* names_ = nullptr;
  QString hint_;      // of the edit while it is empty, where nothing else would stand
  QString fallback_;  // what an empty edit means
  QString tip_;
  QLabel* line_;
  QString line_text_;
};

}  // namespace lab::gui
