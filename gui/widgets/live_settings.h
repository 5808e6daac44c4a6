#pragma once

// Asks which settings of a running job are to change: those that the schema marks live. Stays open
// until labd has taken them; what it refuses stands at the field. GUI thread.

#include <QDialog>
#include <vector>

#include "gui/models/run_config.h"

class QLabel;
class QPushButton;

namespace lab::gui {

class FieldEditor;

class LiveSettings : public QDialog {
  Q_OBJECT
 public:
  // `config` outlives this.
  LiveSettings(RunConfig* config, const v1::JobType& type, QWidget* parent = nullptr);

  FieldEditor* editor(std::string_view field) const;

 private:
  void send();
  void showRefusal(const v1::CheckReport& report, const QString& why);
  void showButton();

  RunConfig* config_;
  std::vector<FormField> fields_;
  std::vector<FieldEditor*> editors_;
  QLabel* trouble_;
  QPushButton* change_;
};

}  // namespace lab::gui
