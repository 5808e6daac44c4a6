// bench_window [JOB SECONDS]: how long the desktop takes from the start of its program to its first
// painted window and to the first data on it, beside the labd of LAB_HOME; then, on the page of a
// job that runs, its memory, its processor time and the longest pause of its event loop. Needs no
// screen. See docs/performance.md.

#include <unistd.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QSettings>
#include <QTimer>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>

#include "core/base/places.h"
#include "gui/app/main_window.h"
#include "gui/models/lab.h"
#include "gui/models/words.h"
#include "gui/style/theme.h"

namespace lab::gui {
namespace {

constexpr int kBeatMs = 5;
constexpr int kReports = 10;

double seconds(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Since the program was started, to the kernel's hundredth of a second.
double sinceStart() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  // Field 22, counted behind the name, which may hold blanks.
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  const double started = std::stod(field) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return seconds(CLOCK_BOOTTIME) - started;
}

double residentMegabytes() {
  std::ifstream file("/proc/self/statm");
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

void waitFor(const std::function<bool()>& condition) {
  while (!condition()) QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
}

void stream(MainWindow* window, int64_t job, double total) {
  window->go({QStringLiteral("pretrain"), job});
  waitFor([&] { return window->page()->settled(); });
  QElapsedTimer beat;
  double longest = 0;
  QTimer timer;
  QObject::connect(&timer, &QTimer::timeout, [&] {
    longest = std::max(longest, static_cast<double>(beat.nsecsElapsed()) / 1e6 - kBeatMs);
    beat.start();
  });
  beat.start();
  timer.start(kBeatMs);
  for (int i = 0; i <= kReports; ++i) {
    const double wall = seconds(CLOCK_MONOTONIC), used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    longest = 0;
    QEventLoop loop;
    QTimer::singleShot(i == 0 ? 1000 : static_cast<int>(1000 * total / kReports), &loop,
                       &QEventLoop::quit);
    loop.exec();
    const double share =
        (seconds(CLOCK_PROCESS_CPUTIME_ID) - used) / (seconds(CLOCK_MONOTONIC) - wall);
    std::printf("%6.0f s of %.0f: %.0f MB resident, %.0f %% of a core, longest pause %.0f ms\n",
                total * i / kReports, total, residentMegabytes(), 100 * share, longest);
    std::fflush(stdout);
  }
}

int measure(int argc, char** argv) {
  if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  auto places = FindPlaces();
  if (!places.ok()) return 1;
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, q(places->config.string()));
  QSettings::setDefaultFormat(QSettings::IniFormat);
  Theme theme(&application);
  theme.setMode(Theme::Mode::kLight);
  Lab lab;
  lab.theme = &theme;
  MainWindow window;
  window.setLab(&lab);
  window.resize(1280, 800);
  lab.session.connectTo({});
  window.show();
  window.grab();
  std::printf("first painted window after %.0f ms\n", 1e3 * sinceStart());
  waitFor([&] { return window.page()->settled(); });
  window.grab();
  std::printf("first data on it (%zu jobs) after %.0f ms; %.0f MB resident\n",
              lab.jobs.jobs().size(), 1e3 * sinceStart(), residentMegabytes());
  if (argc == 3) stream(&window, std::stoll(argv[1]), std::stod(argv[2]));
  return 0;
}

}  // namespace
}  // namespace lab::gui

int main(int argc, char** argv) { return lab::gui::measure(argc, argv); }
