#pragma once

// Draws the curves of a scene onto an image. Curves that keep still are drawn once, in slices of
// time, and kept; until that is done the last picture of them is stretched to where it belongs.
// Only curves that grow, have a band or are pointed at are drawn each time. GUI thread.

#include <QImage>
#include <vector>

#include "gui/charts/axes.h"
#include "gui/charts/plot_scene.h"

namespace lab::gui {

class CurveLayer {
 public:
  // Draws the scene's curves within map.rect() of `painter`, whose pixels are `ratio` times finer
  // than map's. `live` are the ids that are about to change again. False if still curves wait to be
  // drawn: call again soon.
  bool draw(QPainter* painter, const PlotMap& map, const PlotScene& scene,
            const std::vector<CurveId>& live, double ratio, const Tokens& tokens);
  // A still curve or a style has changed: the kept picture is wrong.
  void forget() { ++revision_; }
  // How long one call may take for still curves; for tests and pictures: all of them at once.
  void setBudgetMs(double budget_ms) { budget_ms_ = budget_ms; }

 private:
  // Still curves as they were drawn for one view.
  struct Picture {
    ChartView view;
    QSize size;  // in pixels of the device
    double ratio = 1;
    std::vector<CurveId> ids;
    uint64_t revision = 0;
    QImage image;
    size_t done = 0;

    bool complete() const { return done == ids.size(); }
    bool shows(const Picture& other) const;
  };

  bool refreshStill(const PlotMap& map, const PlotScene& scene, std::vector<CurveId> still,
                    double ratio, const Tokens& tokens);
  void drawLive(const PlotMap& map, const PlotScene& scene, const std::vector<CurveId>& still,
                double ratio, const Tokens& tokens);
  void drawStill(QPainter* painter, const PlotMap& map) const;

  QImage live_;  // kept for its memory
  Picture shown_, pending_;
  uint64_t revision_ = 1;
  double budget_ms_ = 6;
};

}  // namespace lab::gui
