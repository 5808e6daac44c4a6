#pragma once

// The sidebar: one entry a page, under its headings, with counts; the machine at its foot. GUI
// thread.

#include <QFrame>
#include <QHash>

#include "gui/pages/registry.h"

class QPushButton;

namespace lab::gui {

class ShareBar;

class Navigation : public QFrame {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit Navigation(Lab* lab, QWidget* parent = nullptr);

  void setCurrent(const QString& page);

 Q_SIGNALS:
  void chosen(const QString& page);

 private:
  QPushButton* makeEntry(const PageRow& row);
  QWidget* makeFoot();
  void showCounts();
  void showMachine();

  Lab* lab_;
  QHash<QString, QPushButton*> entries_;
  QHash<QString, QLabel*> counts_;
  QLabel* machine_ = nullptr;
  ShareBar* memory_ = nullptr;
  QLabel* used_ = nullptr;
  QLabel* load_ = nullptr;
};

}  // namespace lab::gui
