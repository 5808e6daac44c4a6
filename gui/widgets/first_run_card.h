#pragma once

// For a newcomer: what the first run is, the button that starts it, and what it will cost before it
// does. GUI thread.

#include "gui/models/lab.h"
#include "gui/widgets/parts.h"

namespace lab::gui {

class FirstRunCard : public Card {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit FirstRunCard(Lab* lab, QWidget* parent = nullptr);

  // The page's filled button, while there is nothing else to do.
  void setPrimary(bool primary);

 Q_SIGNALS:
  void started(qint64 job_id);

 private:
  v1::ConfigText config() const;
  void start();
  void foretell();

  Lab* lab_;
  QPushButton* start_;
  QPushButton* foretell_;
};

}  // namespace lab::gui
