#pragma once

// What running a config would cost, and why it would be refused. GUI thread.

#include <vector>

#include "gui/models/config_desk.h"
#include "gui/widgets/parts.h"
#include "lab/v1/system.pb.h"

namespace lab::gui {

class ForecastPanel : public Card {
  Q_OBJECT
 public:
  explicit ForecastPanel(QWidget* parent = nullptr);

  // `system` may be null. `all_errors`: also those that the form shows at its fields.
  void show(const ConfigDesk& desk, const ConfigFormModel& form, const v1::System* system,
            bool all_errors);

 private:
  struct Bar {
    QLabel* name;
    QLabel* size;
    ShareBar* bar;
  };
  QLabel* addRow(const QString& name, QVBoxLayout* column);
  Bar makeBar();
  void showVerdict(const ConfigDesk& desk, const ConfigFormModel& form, bool all_errors);
  void showMemory(const v1::Forecast& forecast, const v1::System* system);
  void showTime(const v1::CheckReport& report);

  QLabel* verdict_;
  QLabel* problems_;
  QLabel* parameters_;
  QLabel* step_tokens_;
  QLabel* steps_;
  QLabel* tokens_;
  QVBoxLayout* memory_;
  std::vector<Bar> bars_;
  Bar peak_;
  QLabel* one_run_;
  QLabel* runs_;
  QLabel* all_;
  QLabel* disk_;
  QLabel* basis_;
};

}  // namespace lab::gui
