#pragma once

// Pretrain: the form that starts runs. See widgets/new_run.h.

#include "gui/pages/page.h"

namespace lab::gui {

class NewRun;

class PretrainPage : public Page {
  Q_OBJECT
 public:
  explicit PretrainPage(Lab* lab);

  void visit(const Route& route) override;
  bool settled() const override;
  bool failed() const override;

 private:
  void showTitle();

  NewRun* new_run_;
};

}  // namespace lab::gui
