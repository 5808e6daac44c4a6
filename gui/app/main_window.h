#pragma once

// The window on one labd: sidebar, the page, a banner while the link is lost, and passing words.
// Its state is remembered. GUI thread.

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
  MainWindow();

  // Shows `lab`, beginning with the page in view, and lets go of the one before; call first. `lab`
  // is destroyed after the window, or after the next one is set.
  void setLab(Lab* lab);
  void go(const Route& route);
  // The page in view.
  Page* page() const { return page_; }

 Q_SIGNALS:
  // See Page::hostChosen.
  void hostChosen(const QString& host);

 protected:
  void closeEvent(QCloseEvent* event) override;

 private:
  QWidget* makeAll();
  QWidget* makeBanner();
  void showLink();
  void showTitle();
  void jobEnded(const v1::Job& job);
  void say(const QString& text);
  void moveToast();
  void resizeEvent(QResizeEvent* event) override;

  Lab* lab_ = nullptr;
  Navigation* navigation_ = nullptr;
  QStackedWidget* stack_ = nullptr;
  QHash<QString, Page*> pages_;  // those that were visited
  Page* page_ = nullptr;
  QString page_id_ = QStringLiteral("home");
  QFrame* banner_ = nullptr;
  QLabel* trouble_ = nullptr;
  QPushButton* try_now_ = nullptr;
  QTimer count_down_;
  QFrame* toast_ = nullptr;
  QLabel* toast_text_ = nullptr;
  QTimer toast_end_;
};

}  // namespace lab::gui
