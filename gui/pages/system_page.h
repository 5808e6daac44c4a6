#pragma once

// System: the machine and labd, what the lab takes of the disk and what may go, labd's log, and
// whether the installation is sound.

#include "gui/models/storage_store.h"
#include "gui/pages/page.h"

class QVBoxLayout;
class QTabWidget;

namespace lab::gui {

class FactGrid;
class Faces;
class LogView;
class ShareBar;

class SystemPage : public Page {
  Q_OBJECT
 public:
  explicit SystemPage(Lab* lab);

  void visit(const Route& route) override;
  bool settled() const override;
  bool failed() const override;

 protected:
  void hideEvent(QHideEvent* event) override;

 private:
  QWidget* makeMachine();
  QWidget* makeStorage();
  QWidget* makeLog();
  QWidget* makeHealth();
  void showSystem();
  void showStorage();
  void tabChosen();
  void diagnose();
  void showFindings(const v1::DiagnoseResponse& answer);

  StorageStore storage_;
  Faces* faces_;
  FactGrid* machine_ = nullptr;
  FactGrid* daemon_ = nullptr;
  ShareBar* load_ = nullptr;
  ShareBar* memory_ = nullptr;
  QTabWidget* tabs_ = nullptr;
  Faces* storage_faces_ = nullptr;
  FactGrid* kinds_ = nullptr;
  LogView* log_ = nullptr;
  Faces* health_faces_ = nullptr;
  QVBoxLayout* findings_ = nullptr;
  bool diagnosing_ = false;
  bool diagnosed_ = false;
};

}  // namespace lab::gui
