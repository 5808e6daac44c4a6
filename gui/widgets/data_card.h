#pragma once

// Settings of data: how sizes are written, how much this window holds, and what labd's home may
// hold, which is labd's to set. GUI thread.

#include "gui/models/lab.h"
#include "gui/models/storage_store.h"
#include "gui/widgets/parts.h"

namespace lab::gui {

class DataCard : public Card {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit DataCard(Lab* lab, QWidget* parent = nullptr);

 Q_SIGNALS:
  // To the page that deletes what is not needed.
  void cleanerWanted();

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void addUnits();
  // A choice of numbers with its name, and a line that says what it does.
  void addLimit(const QString& name, const QString& help, std::vector<int> choices, int now,
                std::function<void(int)> chosen);
  void addStorage();
  void showStorage();

  Lab* lab_;
  StorageStore storage_;
  QLabel* takes_ = nullptr;
  QLabel* free_ = nullptr;
  QLabel* where_ = nullptr;
};

}  // namespace lab::gui
