#pragma once

// The window: sidebar, the page, a banner while the link to labd is lost, and passing words. Its
// state is remembered. GUI thread.

#include <QHash>
#include <QMainWindow>
#include <QTimer>

#include "gui/app/options.h"
#include "gui/pages/page.h"

class QPushButton;
class QStackedWidget;

namespace lab::gui {

class Navigation;

class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  // `lab` outlives the window.
  MainWindow(Lab* lab, Theme* theme);

  void go(const Route& route);
  // The page in view.
  Page* page() const { return page_; }

 protected:
  void closeEvent(QCloseEvent* event) override;

 private:
  QWidget* makeBanner();
  void showLink();
  void showTitle();
  void jobEnded(const v1::Job& job);
  void say(const QString& text);
  void moveToast();
  void resizeEvent(QResizeEvent* event) override;

  Lab* lab_;
  Navigation* navigation_;
  QStackedWidget* stack_;
  QHash<QString, Page*> pages_;  // those that were visited
  Page* page_ = nullptr;
  QString page_id_;
  QFrame* banner_ = nullptr;
  QLabel* trouble_ = nullptr;
  QPushButton* try_now_ = nullptr;
  QTimer count_down_;
  QFrame* toast_ = nullptr;
  QLabel* toast_text_ = nullptr;
  QTimer toast_end_;
};

}  // namespace lab::gui
