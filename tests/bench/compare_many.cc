// bench_compare [RUNS]: how the desktop's Compare page bears up with many runs, without a screen:
// time to open, the longest that the window stands still, and the time of a frame. Of the labd that
// LAB_HOME or LAB_HOST names; bench_fill fills one with runs. See docs/performance.md.

#include <QApplication>
#include <QElapsedTimer>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <vector>

#include "gui/charts/plot_view.h"
#include "gui/charts/view_moves.h"
#include "gui/models/lab.h"
#include "gui/pages/compare_page.h"
#include "gui/style/theme.h"
#include "gui/widgets/compared_chart.h"
#include "tests/bench/timing.h"

namespace lab::gui {
namespace {

// Runs the event loop until `done`, and gives the longest that one round took.
double roundsUntil(const std::function<bool()>& done) {
  double longest = 0;
  while (!done()) {
    // Waiting is not standing still: only what is due counts.
    QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 1);
    longest = std::max(longest, milliseconds([] { QCoreApplication::processEvents(); }));
  }
  return longest;
}

void say(const char* what, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  std::printf("%-46s median %7.1f ms, most %7.1f ms\n", what, times[times.size() / 2],
              times.back());
}

int measure(Lab* lab, size_t most) {
  lab->session.connectTo({});
  roundsUntil([lab] { return lab->jobs.loaded(); });
  QStringList names;
  for (const v1::Job& job : lab->jobs.jobs()) {
    if (static_cast<size_t>(names.size()) < most) names << QString::number(job.id());
  }
  ComparePage page(lab);
  page.resize(1084, 800);
  page.show();
  auto* chart = page.findChild<ComparedChart*>();
  auto* plot = chart->findChild<PlotView*>();
  QElapsedTimer since;
  since.start();
  page.visit({QStringLiteral("compare"), 0, names.join(QLatin1Char(','))});
  double longest = roundsUntil([&] { return page.settled() || page.failed(); });
  if (page.failed()) return 1;
  std::printf("%lld runs: settled after %lld ms\n", static_cast<long long>(names.size()),
              static_cast<long long>(since.elapsed()));
  longest = std::max(longest, roundsUntil([&] { return !plot->waitsForSlices(); }));
  std::printf("all drawn after %lld ms; the longest round of events %.0f ms\n",
              static_cast<long long>(since.elapsed()), longest);
  std::vector<double> wheel, hover, whole;
  for (int i = 0; i < 40; ++i) {
    wheel.push_back(milliseconds([&] {
      chart->setView(zoomedX(chart->view(), i % 2 == 0 ? 0.8 : 1.25, 300));
      plot->grab();
    }));
    hover.push_back(milliseconds([&] {
      chart->setCrosshair(10.0 * i);
      plot->grab();
    }));
  }
  chart->showAll();
  roundsUntil([&] { return !plot->waitsForSlices(); });
  for (int i = 0; i < 10; ++i) whole.push_back(milliseconds([&] { page.grab(); }));
  say("a frame of the chart while zooming", wheel);
  say("a frame with the crosshair moved", hover);
  say("the whole page painted", whole);
  std::vector<double> again;
  for (int i = 0; i < 5; ++i) again.push_back(milliseconds([&] { Q_EMIT lab->jobs.changed(); }));
  say("the list of jobs changed", again);
  for (QPushButton* button : page.findChildren<QPushButton*>()) {
    if (button->text() != QStringLiteral("Sweep")) continue;
    std::printf("to the sweep: %.0f ms\n", milliseconds([&] {
                  button->click();
                  page.grab();
                }));
  }
  return 0;
}

}  // namespace
}  // namespace lab::gui

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  QTemporaryDir settings;
  QSettings::setDefaultFormat(QSettings::IniFormat);
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, settings.path());
  lab::gui::Theme theme(&application);
  theme.setMode(lab::gui::Theme::Mode::kLight);
  lab::gui::Lab lab;
  const int most = argc > 1 ? std::atoi(argv[1]) : 500;
  return lab::gui::measure(&lab, static_cast<size_t>(std::max(most, 2)));
}
