#pragma once

// Pairs of a name and a value, in as many columns as there is room for. Values change in place.
// GUI thread.

#include <QLabel>
#include <QWidget>
#include <utility>
#include <vector>

namespace lab::gui {

using Facts = std::vector<std::pair<QString, QString>>;

class FactsGrid : public QWidget {
  Q_OBJECT
 public:
  explicit FactsGrid(QWidget* parent = nullptr) : QWidget(parent) {}

  // Pairs without a value are left out.
  void setFacts(const Facts& facts);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void arrange();

  std::vector<std::pair<QLabel*, QLabel*>> cells_;
  int columns_ = 0;
};

}  // namespace lab::gui
