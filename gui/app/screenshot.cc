#include "gui/app/screenshot.h"

#include <QElapsedTimer>
#include <QEventLoop>
#include <QPixmap>
#include <QTimer>
#include <iostream>

#include "gui/app/main_window.h"

namespace lab::gui {
namespace {

constexpr int kMostMs = 15000;
constexpr int kDrawnMs = 300;  // from the data's arrival until everything is laid out and painted

void waitMs(int milliseconds) {
  QEventLoop loop;
  QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
  loop.exec();
}

}  // namespace

int takeScreenshot(MainWindow* window, const QString& file) {
  QElapsedTimer since;
  since.start();
  while (!window->page()->settled() && since.elapsed() < kMostMs) waitMs(50);
  const bool settled = window->page()->settled();
  waitMs(kDrawnMs);
  if (!window->grab().save(file, "PNG")) {
    std::cerr << "lab-gui: cannot write " << file.toStdString() << std::endl;
    return 1;
  }
  if (!settled) std::cerr << "lab-gui: the page's data did not arrive in 15 s" << std::endl;
  if (window->page()->failed()) std::cerr << "lab-gui: the page shows an error" << std::endl;
  return settled && !window->page()->failed() ? 0 : 1;
}

}  // namespace lab::gui
