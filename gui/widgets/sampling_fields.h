#pragma once

// The settings of a generation, side by side: temperature, top-k, top-p, length, seed, stop
// strings. GUI thread.

#include <QWidget>

#include "lab/v1/inspect.pb.h"

class QDoubleSpinBox;
class QLineEdit;
class QSpinBox;

namespace lab::gui {

class SamplingFields : public QWidget {
  Q_OBJECT
 public:
  explicit SamplingFields(QWidget* parent = nullptr);

  // All of them; the seed is absent if none is given. Requires: problem() is empty.
  v1::GenerateRequest settings() const;
  void setSettings(const v1::GenerateRequest& settings);
  // What cannot be understood, in words; "" if all is well.
  QString problem() const;
  // Says which seed was drawn for a generation that was given none.
  void showDrawnSeed(quint64 seed);

 Q_SIGNALS:
  void edited();

 private:
  void addField(const QString& name, QWidget* field, int width);
  void check();

  QDoubleSpinBox* temperature_;
  QSpinBox* top_k_;
  QDoubleSpinBox* top_p_;
  QSpinBox* max_tokens_;
  QLineEdit* seed_;
  QLineEdit* stop_;
};

// "a, b\n" → {"a", "b⏎"}: commas separate, \n \t \\ and \, stand for themselves. And back.
std::vector<std::string> parseStops(const QString& text);
QString stopsText(const std::vector<std::string>& stops);

}  // namespace lab::gui
