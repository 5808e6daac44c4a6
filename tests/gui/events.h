#pragma once

// Runs the event loop until something is so: what tests of the desktop do instead of sleeping.

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <functional>

namespace lab::gui {

// False if it is not so after `seconds`, which are many: machines are busy.
inline bool awaitEvents(const std::function<bool()>& condition, double seconds = 60) {
  QElapsedTimer since;
  since.start();
  while (!condition()) {
    if (static_cast<double>(since.elapsed()) > seconds * 1000) return false;
    QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents, 20);
  }
  return true;
}

}  // namespace lab::gui
