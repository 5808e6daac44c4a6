#pragma once

// The rows of a sweep: a field and the values it takes, as many rows as there are axes. GUI thread.

#include <QLabel>
#include <vector>

#include "gui/widgets/parts.h"

class QComboBox;
class QLineEdit;

namespace lab::gui {

class ConfigFormModel;

class SweepEditor : public Card {
  Q_OBJECT
 public:
  // `model` outlives this. Hidden while there is no row.
  explicit SweepEditor(ConfigFormModel* model, QWidget* parent = nullptr);

  // A new row, with the keyboard in it.
  void addRow();

 private:
  struct Row {
    QWidget* whole;
    QComboBox* field;
    QLineEdit* values;
    QLabel* error;
  };
  void build();
  Row makeRow();
  void showErrors();
  void give();

  ConfigFormModel* model_;
  QVBoxLayout* column_;
  std::vector<Row> rows_;
};

}  // namespace lab::gui
