// bench_charts [DIRECTORY]: the processor time that the desktop's charts take to draw,
// without a screen. With a
// directory it also leaves pictures of them there. Medians; see docs/performance.md.

#include <QApplication>
#include <QChart>
#include <QChartView>
#include <QPainter>
#include <QValueAxis>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <vector>

#include "gui/charts/heatmap.h"
#include "gui/charts/histogram_chart.h"
#include "gui/charts/line_chart.h"
#include "gui/charts/plot_view.h"
#include "gui/charts/scatter_chart.h"
#include "gui/charts/view_moves.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "tests/bench/timing.h"

namespace lab::gui {
namespace {

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
  auto grow = [&] {
    for (int k = 0; k < 33; ++k) all[7].append(++step, 0, 2);
    plot->takeUp();
    paint(&chart, screen);
  };
  do {
    grow();  // until it is drawn apart from the others
  } while (plot->waitsForSlices());
  for (int i = 0; i < 60; ++i) {
    live.push_back(milliseconds(grow));
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

// How long the curve itself takes, without axes, words and the widget around it.
void curveAlone(QImage* screen) {
  std::mt19937_64 random(5);
  Series series;
  for (int step = 0; step < 1'000'000; ++step)
    series.append(step, step, lossAt(step / 1e6, random));
  std::printf("one curve of 10^6 points alone, raw and smoothed\n");
  PlotScene scene;
  scene.curves.push_back({.id = 1, .style = {.color = Qt::blue}});
  scene.curves[0].data.setSeries(&series, nullptr);
  scene.curves[0].data.setSmoothness(0.98);
  scene.refresh();
  const PlotMap map(settledView(scene, nullptr, false), QRectF(screen->rect()));
  CurveLayer layer;
  std::vector<double> times;
  for (int i = 0; i < 60; ++i) {
    times.push_back(milliseconds([&] {
      QPainter painter(screen);
      layer.draw(&painter, map, scene, {}, 1, lightTokens());
    }));
  }
  say("  drawn", times);
}

// What axes of Qt Charts would cost a live chart, without any curve: see
// docs/decisions/0006-line-charts-paint-their-axes.md.
void axesOfQt(QImage* screen) {
  auto* chart = new QChart;
  auto* x = new QValueAxis(chart);
  auto* y = new QValueAxis(chart);
  chart->addAxis(x, Qt::AlignBottom);
  chart->addAxis(y, Qt::AlignLeft);
  QChartView view(chart);
  view.resize(screen->size());
  std::vector<double> still, moved;
  for (int i = 0; i < 40; ++i) {
    still.push_back(milliseconds([&] { paint(&view, screen); }));
    moved.push_back(milliseconds([&] {
      x->setRange(0, 100 + i);
      y->setRange(0, 8 + 0.01 * i);
      QApplication::processEvents();
      paint(&view, screen);
    }));
  }
  std::printf("axes of Qt Charts without a curve\n");
  say("  painted", still);
  say("  painted after both ranges changed", moved);
}

void drawOtherPictures(const QString& folder, const QString& name, const Tokens& tokens) {
  std::mt19937_64 random(6);
  auto save = [&](QWidget* widget, const char* what) {
    widget->show();
    QApplication::processEvents();
    widget->grab().save(folder + QStringLiteral("/%1-%2.png").arg(QString::fromLatin1(what), name));
  };
  const QStringList words =
      QStringLiteral("the red fox saw a bird . the red fox saw a bird . the red")
          .split(QLatin1Char(' '));
  const int side = static_cast<int>(words.size());
  std::vector<float> attention(static_cast<size_t>(side * side));
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column <= row; ++column) {
      const bool copies = row >= 7 && column == row - 6;
      attention[static_cast<size_t>(row * side + column)] =
          copies ? 0.7F : static_cast<float>(random() % 100) / 1500;
    }
  }
  Heatmap map;
  map.resize(430, 460);
  map.setValues(side, side, attention);
  map.setLabels(words, words);
  map.setNames(QStringLiteral("query"), QStringLiteral("key"));
  map.setValueName(QStringLiteral("attention"));
  map.select(Heatmap::Cell{13, 7});
  save(&map, "heat");
  for (float& value : attention) value -= 0.05F;
  map.setValues(side, side, attention);
  map.setScale(ColorMap::Kind::kAroundZero);
  map.setLabels({}, {});
  save(&map, "heat-difference");
  HistogramChart histogram(QStringLiteral("Gradient norms"));
  histogram.resize(360, 240);
  histogram.setX(QStringLiteral("gradient norm"), {});
  std::vector<double> norms;
  for (int i = 0; i < 2000; ++i) {
    norms.push_back(0.3 + static_cast<double>((random() % 100) + (random() % 100)) / 300);
  }
  norms.push_back(std::nan(""));
  histogram.setValues(norms);
  save(&histogram, "histogram");
  ScatterChart scatter(QStringLiteral("Learning rate against loss"));
  scatter.resize(360, 240);
  scatter.setX(QStringLiteral("optim.learning_rate"), {}, true);
  scatter.setY(QStringLiteral("validation loss"), QStringLiteral("nats/token"));
  std::vector<ScatterPoint> points;
  for (double rate : {1e-4, 3e-4, 1e-3, 3e-3, 1e-2}) {
    for (int seed = 0; seed < 3; ++seed) {
      const double bend = std::log10(rate) + 2.9;
      const double loss = 2 + 0.2 * bend * bend + static_cast<double>(random() % 100) / 4000;
      points.push_back({rate, rate > 5e-3 && seed == 1 ? std::nan("") : loss,
                        tokens.series[static_cast<size_t>(seed)], QStringLiteral("a run")});
    }
  }
  scatter.setPoints(points);
  save(&scatter, "scatter");
}

// Groups with bands, and many runs of which one is pointed at and one diverged.
void drawComparisons(const QString& folder, const QString& name, const Tokens& tokens) {
  std::mt19937_64 random(7);
  LineChart groups(QStringLiteral("Validation loss"));
  groups.resize(1000, 420);
  groups.setY(QStringLiteral("validation loss"), QStringLiteral("nats/token"));
  groups.setFloor(1.93, QStringLiteral("floor 1.930, the entropy of the corpus"));
  for (size_t group = 0; group < 3; ++group) {
    const CurveId id = groups.addCurve({.label = QStringLiteral("%1 layers").arg(6 - 2 * group),
                                        .color = tokens.series[group],
                                        .n_text = QStringLiteral("n = 3"),
                                        .dashed = group == 2});
    std::vector<double> x, mean, low, high;
    for (int step = 0; step <= 600; step += 10) {
      const double value = lossAt(step / (500.0 + 100.0 * static_cast<double>(group)), random) +
                           0.1 * static_cast<double>(group);
      x.push_back(step);
      mean.push_back(value);
      low.push_back(value - 0.12);
      high.push_back(value + 0.12);
    }
    groups.setBand(id, x, low, high);
    groups.setColumns(id, std::move(x), std::move(mean));
  }
  groups.show();
  QApplication::processEvents();
  groups.grab().save(folder + QStringLiteral("/groups-%1.png").arg(name));

  LineChart many(QStringLiteral("Loss"));
  many.resize(1000, 420);
  many.setControls(LineChart::kAllControls);
  many.setY(QStringLiteral("loss"), QStringLiteral("nats/token"));
  std::vector<CurveId> ids;
  for (int run = 0; run < 60; ++run) {
    ids.push_back(many.addCurve({.label = QStringLiteral("run %1").arg(run),
                                 .color = tokens.series[static_cast<size_t>(run) % 6]}));
    const double slow = 0.6 + static_cast<double>(random() % 100) / 60;
    std::vector<double> x, y;
    for (int step = 1; step <= 3000; ++step) {
      x.push_back(step);
      const bool diverged = run == 8 && step > 1500;
      y.push_back(diverged ? (step < 1600 ? step * 0.1 : std::nan(""))
                           : lossAt(step / (3000 * slow), random));
    }
    many.setColumns(ids.back(), std::move(x), std::move(y));
  }
  many.setSmoothing(0.95);
  many.setClip(true);
  many.setHighlight(ids[20]);
  many.show();
  many.setCrosshair(1200);
  QApplication::processEvents();
  for (int i = 0; i < 50; ++i) many.grab();
  many.grab().save(folder + QStringLiteral("/many-%1.png").arg(name));
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
    drawOtherPictures(folder, name, tokens);
    drawComparisons(folder, name, tokens);
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
  lab::gui::curveAlone(&screen);
  lab::gui::axesOfQt(&screen);
  lab::gui::manyCurves(&screen);
  return 0;
}
