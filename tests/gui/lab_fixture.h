#pragma once

// The desktop's models against a fake labd. Nothing waits a fixed time: until() runs the event loop
// until what a test waits for is there.

#include <gmock/gmock.h>

#include <QPushButton>
#include <QSettings>
#include <QTest>
#include <cstdlib>

#include "gui/models/lab.h"
#include "gui/models/words.h"
#include "tests/client/fake_lab.h"

namespace lab::gui {

constexpr int kPatienceMs = 60000;  // machines that build meanwhile are slow

template <class Condition>
bool until(Condition condition) {
  return QTest::qWaitFor(condition, kPatienceMs);
}

class LabFixture : public ::testing::Test {
 protected:
  LabFixture() {
    // Settings and files of the desktop lie in the test's own folder.
    setenv("LAB_HOME", (fake_.folder() / "home").c_str(), 1);
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope,
                       q((fake_.folder() / "settings").string()));
  }

  // Connects the lab and waits for the list of jobs.
  void connectLab() {
    lab_.session.connectTo(q(fake_.address()));
    ASSERT_TRUE(until([this] { return lab_.session.connected() && lab_.jobs.loaded(); }))
        << lab_.session.trouble();
  }

  // What a plain member of the fake holds now.
  template <class T>
  T now(T testing::FakeLab::*member) {
    std::lock_guard lock(fake_.mutex);
    return fake_.*member;
  }

  // nullptr if `page` has no such button.
  static QPushButton* button(const QWidget& page, const char* text) {
    for (QPushButton* one : page.findChildren<QPushButton*>()) {
      if (one->text() == QLatin1String(text)) return one;
    }
    return nullptr;
  }

  testing::FakeLab fake_;
  Lab lab_;
};

}  // namespace lab::gui
