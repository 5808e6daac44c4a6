// bench_maps [ROUNDS]: what a heat map of 4,096 × 4,096 costs the thread that draws, without a
// screen: its frames while it is dragged and zoomed, and how long the window stands still while a
// head's pattern of 4,096 tokens comes. Medians; see docs/performance.md.

#include <QApplication>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#include "gui/charts/heatmap.h"
#include "gui/style/theme.h"
#include "gui/widgets/head_view.h"
#include "tests/bench/timing.h"

namespace lab::gui {
namespace {

constexpr int kSide = 4096, kFrames = 60;

void say(const char* what, const std::vector<double>& times) {
  const double most = *std::max_element(times.begin(), times.end());
  std::printf("%-66s median %7.2f ms, worst %7.2f ms\n", what, median(times), most);
}

// As attention is: what a query cannot see is 0.
std::vector<float> pattern(unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<float> values(static_cast<size_t>(kSide) * kSide, 0.0F);
  for (int query = 0; query < kSide; ++query) {
    for (int key = 0; key <= query; ++key) {
      values[static_cast<size_t>(query) * kSide + static_cast<size_t>(key)] =
          static_cast<float>(random() % 1000) / 1000;
    }
  }
  return values;
}

QStringList tokens() {
  QStringList texts;
  for (int i = 0; i < kSide; ++i) texts << QStringLiteral("token%1").arg(i % 997);
  return texts;
}

void paint(QWidget* widget, QImage* screen) {
  QPainter painter(screen);
  widget->render(&painter, {}, {}, QWidget::DrawChildren);
}

void mouse(QWidget* widget, QEvent::Type type, const QPointF& at, Qt::MouseButtons held) {
  QMouseEvent event(type, at, widget->mapToGlobal(at),
                    type == QEvent::MouseMove ? Qt::NoButton : Qt::LeftButton, held, {});
  QApplication::sendEvent(widget, &event);
}

void wheel(QWidget* widget, const QPointF& at, int turn) {
  QWheelEvent event(at, widget->mapToGlobal(at), {}, QPoint(0, turn), Qt::NoButton, {},
                    Qt::NoScrollPhase, false);
  QApplication::sendEvent(widget, &event);
}

// Each frame: a move of the mouse and the picture that it makes.
std::vector<double> drag(Heatmap* map, QImage* screen) {
  std::vector<double> times;
  QPointF at(screen->width() * 0.7, screen->height() * 0.7);
  mouse(map, QEvent::MouseButtonPress, at, Qt::LeftButton);
  for (int i = 0; i < kFrames; ++i) {
    at -= QPointF(6, 4);
    times.push_back(milliseconds([&] {
      mouse(map, QEvent::MouseMove, at, Qt::LeftButton);
      paint(map, screen);
    }));
  }
  mouse(map, QEvent::MouseButtonRelease, at, {});
  return times;
}

struct Frames {
  std::vector<double> levels, set, first, pan[3], in, out;
};

void measureMap(QImage* screen, Frames* frames) {
  constexpr double kWide[] = {2000, 700, 60};
  Heatmap map;
  map.resize(screen->size());
  map.setLabels(tokens(), tokens());
  std::vector<float> values = pattern(4);
  HeatLevels levels;
  frames->levels.push_back(
      milliseconds([&] { levels = HeatLevels(kSide, kSide, std::move(values)); }));
  frames->set.push_back(milliseconds([&] { levels = map.setLevels(std::move(levels)); }));
  frames->first.push_back(milliseconds([&] { paint(&map, screen); }));
  for (int i = 0; i < 3; ++i) {
    map.setCells(QRectF(1500, 1500, kWide[i], kWide[i]));
    paint(&map, screen);
    const std::vector<double> times = drag(&map, screen);
    frames->pan[i].insert(frames->pan[i].end(), times.begin(), times.end());
  }
  map.showAll();
  const QPointF middle(screen->width() / 2.0, screen->height() / 2.0);
  for (auto [times, turn] : {std::pair(&frames->in, 120), std::pair(&frames->out, -120)}) {
    for (int i = 0; i < 24; ++i) {
      times->push_back(milliseconds([&] {
        wheel(&map, middle, turn);
        paint(&map, screen);
      }));
    }
  }
}

// From the pattern's coming to its picture, and the longest of the event loop's turns meanwhile.
void measureHead(int rounds) {
  HeadView view;
  view.resize(700, 640);
  view.setVisible(true);
  QApplication::processEvents();
  const QStringList labels = tokens();
  std::vector<std::shared_ptr<const AttentionMap>> maps;
  for (unsigned seed : {1U, 2U}) {
    maps.push_back(std::make_shared<const AttentionMap>(AttentionMap{kSide, kSide, pattern(seed)}));
  }
  for (bool two : {false, true}) {
    std::vector<double> until, still, query;
    for (int round = 0; round < 2 * rounds; ++round) {
      HeadPicture picture;
      picture.title = QStringLiteral("Layer 3, head 5");
      picture.labels = labels;
      picture.value_name = QStringLiteral("attention");
      picture.name = QStringLiteral("12@600");
      picture.beside_name = QStringLiteral("12@300");
      picture.map = maps[static_cast<size_t>(round % 2)];
      if (two) picture.beside = maps[static_cast<size_t>((round + 1) % 2)];
      const auto start = std::chrono::steady_clock::now();
      double longest = milliseconds([&] { view.show(picture); });
      while (view.busy()) {
        longest = std::max(longest, milliseconds([] { QApplication::processEvents(); }));
        std::this_thread::sleep_for(std::chrono::microseconds(200));
      }
      longest = std::max(longest, milliseconds([] { QApplication::processEvents(); }));
      // By the clock: another thread does it.
      const std::chrono::duration<double, std::milli> took =
          std::chrono::steady_clock::now() - start;
      until.push_back(took.count());
      still.push_back(longest);
      query.push_back(milliseconds([&] {
        view.selectQuery(100 * round + 7);
        QApplication::processEvents();
      }));
    }
    std::printf("%s\n", two ? "difference of two heads' patterns" : "one head's pattern");
    say("  from its coming to its picture, sums and lines", until);
    say("  the longest that the window stands still meanwhile", still);
    say("  a query selected: frames, row and table", query);
  }
}

void measure(int rounds) {
  QImage screen(700, 640, QImage::Format_RGB32);
  Frames frames;
  for (int round = 0; round < rounds; ++round) measureMap(&screen, &frames);
  std::printf("heat map of 4,096 x 4,096 on 700 x 640 pixels, %d rounds\n", rounds);
  say("  its levels, made beside the window", frames.levels);
  say("  the window takes them", frames.set);
  say("  first frame", frames.first);
  say("  frame while dragged, 2,000 columns in sight", frames.pan[0]);
  say("  frame while dragged, 700 columns in sight", frames.pan[1]);
  say("  frame while dragged, 60 columns in sight", frames.pan[2]);
  say("  frame while zoomed in from all to 20 columns", frames.in);
  say("  frame while zoomed out again", frames.out);
  measureHead(rounds);
}

}  // namespace
}  // namespace lab::gui

int main(int argc, char** argv) {
  if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  lab::gui::Theme theme(&application);
  theme.setMode(lab::gui::Theme::Mode::kLight);
  lab::gui::measure(argc > 1 ? std::max(1, std::atoi(argv[1])) : 5);
  return 0;
}
