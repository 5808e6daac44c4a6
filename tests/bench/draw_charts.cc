// bench_charts [DIRECTORY]: how long the desktop's charts take to draw, without a screen. With a
// directory it also leaves pictures of them there. Medians; see docs/performance.md.

#include <QApplication>
#include <QElapsedTimer>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <vector>

#include "gui/charts/line_chart.h"
#include "gui/charts/plot_view.h"
#include "gui/charts/view_moves.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

using Clock = QElapsedTimer;

double milliseconds(const std::function<void()>& work) {
  Clock clock;
  clock.start();
  work();
  return static_cast<double>(clock.nsecsElapsed()) / 1e6;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

void say(const char* what, std::vector<double> times) {
  const double most = *std::max_element(times.begin(), times.end());
  std::printf("%-58s median %7.2f ms, most %7.2f ms\n", what, median(times), most);
}

// A loss as runs have it: falling, noisy.
double lossAt(double share, std::mt19937_64& random) {
  const double noise = static_cast<double>(random() % 1000) / 1000 - 0.5;
  return 1.95 + 6 * std::exp(-12 * share) + 0.15 * noise;
}

// A picture of the widget as it is painted on the screen.
void paint(QWidget* widget, QImage* screen) {
  QPainter painter(screen);
  widget->render(&painter, {}, {}, QWidget::DrawChildren);
}

void onePointOfMany(QImage* screen) {
  constexpr int kPoints = 10'000'000;
  std::mt19937_64 random(1);
  Series series;
  std::printf("10^7 points into a series                                  %14.0f ms\n",
              milliseconds([&] {
                for (int step = 0; step < kPoints; ++step) {
                  series.append(step, step, lossAt(step / double{kPoints}, random));
                }
              }));
  for (double smoothing : {0.0, 0.98}) {
    std::vector<double> first, live, crosshair;
    for (int round = 0; round < 9; ++round) {
      LineChart chart(QStringLiteral("Loss"));
      chart.resize(screen->size());
      chart.setSmoothing(smoothing);
      chart.ensurePolished();
      first.push_back(milliseconds([&] {
        const CurveId id = chart.addCurve({.label = QStringLiteral("train"), .color = Qt::blue});
        chart.setSeries(id, &series);
        paint(&chart, screen);
      }));
      auto* plot = chart.findChild<PlotView*>();
      int64_t step = series.steps().back();
      for (int update = 0; update < 20; ++update) {
        live.push_back(milliseconds([&] {
          for (int i = 0; i < 33; ++i) series.append(++step, 0, lossAt(1, random));
          plot->takeUp();
          paint(&chart, screen);
        }));
        crosshair.push_back(milliseconds([&] {
          chart.setCrosshair(1e5 * update);
          paint(&chart, screen);
        }));
      }
    }
    std::printf("smoothing %.2f\n", smoothing);
    say("  first drawing of 10^7 points", first);
    say("  live update: 33 more points, drawn", live);
    say("  crosshair moved", crosshair);
  }
}

void manyCurves(QImage* screen) {
  constexpr int kCurves = 500, kPoints = 100'000;
  std::mt19937_64 random(2);
  std::vector<Series> all(kCurves);
  for (Series& series : all) {
    const double height = 1 + static_cast<double>(random() % 100) / 100;
    for (int step = 0; step < kPoints; ++step) {
      series.append(step, step, height * lossAt(step / double{kPoints}, random));
    }
  }
  LineChart chart(QStringLiteral("Loss"));
  chart.resize(screen->size());
  auto* plot = chart.findChild<PlotView*>();
  const Tokens& tokens = lightTokens();
  std::printf("500 curves of 10^5 points\n");
  std::vector<double> first;
  std::vector<CurveId> ids;
  double whole = milliseconds([&] {
    for (Series& series : all) {
      ids.push_back(chart.addCurve({.label = QString::number(ids.size()),
                                    .color = tokens.series[ids.size() % tokens.series.size()]}));
      chart.setSeries(ids.back(), &series);
    }
    do {
      first.push_back(milliseconds([&] { paint(&chart, screen); }));
    } while (plot->waitsForSlices());
  });
  std::printf("  all drawn after %.0f ms, in %zu frames\n", whole, first.size());
  say("  each of these frames", first);
  std::vector<double> wheel, live, hover;
  for (int i = 0; i < 40; ++i) {
    wheel.push_back(milliseconds([&] {
      chart.setView(zoomedX(chart.view(), i % 2 == 0 ? 0.8 : 1.25, 3e4));
      paint(&chart, screen);
    }));
  }
  say("  frame while zooming", wheel);
  while (plot->waitsForSlices()) paint(&chart, screen);
  chart.showAll();
  do {
    paint(&chart, screen);
  } while (plot->waitsForSlices());
  int64_t step = kPoints;
  for (int i = 0; i < 60; ++i) {
    live.push_back(milliseconds([&] {
      for (int k = 0; k < 33; ++k) all[7].append(++step, 0, 2);
      plot->takeUp();
      paint(&chart, screen);
    }));
  }
  say("  frame while one of them grows by 1,000 points/s", live);
  do {
    paint(&chart, screen);
  } while (plot->waitsForSlices());
  for (int i = 0; i < 60; ++i) {
    hover.push_back(milliseconds([&] {
      chart.setHighlight(ids[static_cast<size_t>(i)]);
      chart.setCrosshair(1000.0 * i);
      paint(&chart, screen);
    }));
  }
  say("  frame with another one pointed at", hover);
}

// What a live page shows, for a person to look at.
void drawPictures(const QString& folder, Theme* theme) {
  std::mt19937_64 random(3);
  Series train, validation;
  for (int step = 1; step <= 412; ++step) {
    const double share = step / 600.0;
    train.append(step, step * 0.6, lossAt(share, random));
    if (step % 50 == 0) validation.append(step, step * 0.6, lossAt(share, random) + 0.04);
  }
  for (Theme::Mode mode : {Theme::Mode::kLight, Theme::Mode::kDark}) {
    theme->setMode(mode);
    const QString name = Theme::nameOf(mode);
    LineChart chart(QStringLiteral("Loss"));
    chart.setControls(LineChart::kAllControls);
    chart.resize(750, 400);
    const Tokens& tokens = mode == Theme::Mode::kDark ? darkTokens() : lightTokens();
    chart.setY(QStringLiteral("loss"), QStringLiteral("nats/token"));
    const CurveId a = chart.addCurve({.label = QStringLiteral("train"), .color = tokens.series[0]});
    const CurveId b = chart.addCurve(
        {.label = QStringLiteral("validation"), .color = tokens.series[1], .smooth = false});
    chart.setSeries(a, &train);
    chart.setSeries(b, &validation);
    chart.setSmoothing(0.9);
    chart.setExpectedEnd(600);
    chart.setFloor(1.93, QStringLiteral("floor 1.930, the entropy of the corpus"));
    chart.setMarks({{256, QStringLiteral("saved")},
                    {330, QString::fromUtf8("learning rate 1e-3 → 6e-4"), Tone::kWarning}});
    chart.setCrosshair(180);
    chart.show();
    QApplication::processEvents();
    chart.grab().save(folder + QStringLiteral("/line-%1.png").arg(name));
  }
}

}  // namespace
}  // namespace lab::gui

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  lab::gui::Theme theme(&application);
  if (argc > 1) {
    lab::gui::drawPictures(QString::fromLocal8Bit(argv[1]), &theme);
    return 0;
  }
  theme.setMode(lab::gui::Theme::Mode::kLight);
  QImage screen(1000, 480, QImage::Format_RGB32);
  lab::gui::onePointOfMany(&screen);
  lab::gui::manyCurves(&screen);
  return 0;
}
