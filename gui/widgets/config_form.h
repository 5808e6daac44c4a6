#pragma once

// A form made from nothing but the fields of a model: a card for each group, as many columns as
// there is room for, what is advanced folded away. GUI thread.

#include <QWidget>
#include <map>
#include <vector>

#include "gui/models/config_form_model.h"
#include "gui/widgets/field_editor.h"

class QGridLayout;
class QPushButton;
class QVBoxLayout;

namespace lab::gui {

class Card;
// Widgets of one kind in equal columns that follow the width.
class FieldGrid : public QWidget {
  Q_OBJECT
 public:
  // `columns` until the width is known.
  explicit FieldGrid(QWidget* parent = nullptr, int columns = 1);
  void add(QWidget* widget);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void arrange(int columns);

  QGridLayout* grid_;
  std::vector<QWidget*> widgets_;
  int columns_;
};

class ConfigForm : public QWidget {
  Q_OBJECT
 public:
  // `model` outlives this.
  explicit ConfigForm(ConfigFormModel* model, QWidget* parent = nullptr);

  // For the fields that name files or corpora.
  void setOffers(FieldOffers offers);
  // nullptr if the form has no such field.
  FieldEditor* editor(std::string_view field) const;
  // Brings a field into view, unfolding what hides it.
  void reveal(int index);

 Q_SIGNALS:
  // A field that is to be seen.
  void revealed(QWidget* editor);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  struct Fold {
    FieldGrid* grid = nullptr;
    QPushButton* button = nullptr;
    int count = 0;
  };
  void build();
  void addGroup(const QString& group);
  void setFolded(Fold* fold, bool folded);
  void showField(int index);

  ConfigFormModel* model_;
  QVBoxLayout* column_;
  std::vector<FieldEditor*> editors_;  // as the model's fields
  std::map<QString, Fold> folds_;      // by group
  FieldOffers offers_;
  bool stale_ = true;  // the model has other fields than are shown
};

}  // namespace lab::gui
