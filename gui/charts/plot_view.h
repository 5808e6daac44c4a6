#pragma once

// The plot itself: axes, curves, marks, floor and crosshair, and how they are moved by mouse and
// keys. LineChart puts a head above it. GUI thread.

#include <QElapsedTimer>
#include <QImage>
#include <QTimer>
#include <QWidget>
#include <map>
#include <optional>

#include "gui/charts/auto_range.h"
#include "gui/charts/axes.h"
#include "gui/charts/curve_layer.h"
#include "gui/charts/plot_scene.h"

namespace lab::gui {

class PlotView : public QWidget {
  Q_OBJECT
 public:
  explicit PlotView(QWidget* parent = nullptr);

  const PlotScene& scene() const { return scene_; }
  // To change it; call sceneChanged() afterwards.
  PlotScene& edit() { return scene_; }
  // Anything but points changed.
  void sceneChanged();
  // Only scene().highlight changed.
  void highlightChanged();
  // Points came. Repaints at most 30 times a second and only what is visible.
  void dataChanged();
  // Takes up the points that came, now.
  void takeUp();
  // True while still curves are being drawn, a slice each frame.
  bool waitsForSlices() const { return !complete_; }

  ChartView view();
  void setView(const ChartView& view);
  void showAll();
  void setCrosshair(std::optional<double> x);
  // All of it with `ratio` pixels for one, complete.
  QImage picture(double ratio);

  QSize sizeHint() const override { return {480, 260}; }
  QSize minimumSizeHint() const override { return {160, 100}; }

 Q_SIGNALS:
  void crosshairMoved(std::optional<double> x);
  // The user chose this part of the x axis, or all of it.
  void xRangeChosen(std::optional<std::pair<double, double>> range);
  // The pointer is at this curve, or at none.
  void pointedAt(std::optional<lab::gui::CurveId> id);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  enum class Drag { kNone, kBox, kPan };

  void settle();
  void moveTo(const ChartView& view, bool y_too);
  bool moveByKey(int key);
  bool stepCrosshair(int direction);
  void pointAt(const QPointF& at);
  QRectF plotRect() const;
  PlotMap mapNow() const { return PlotMap(view_, plotRect()); }
  void drawContent(double ratio);
  void drawGround(QPainter* painter, const PlotMap& map) const;
  std::vector<CurveId> live() const;

  PlotScene scene_;
  ChartView view_;
  bool settled_ = false;                // view_ has been chosen once
  bool own_x_ = false, own_y_ = false;  // by the user
  CurveLayer layer_;
  QImage content_;
  bool dirty_ = true;
  bool complete_ = true;  // false while still curves are missing
  bool stale_ = false;
  mutable double left_margin_ = 0;  // grows with the labels, so that nothing jumps
  std::map<CurveId, qint64> changed_at_;
  QElapsedTimer clock_;
  qint64 painted_at_ = -1000;
  QTimer throttle_, slice_;
  Outside outside_;
  qint64 counted_at_ = -1000;

  std::optional<double> crosshair_;
  double pointer_y_ = 0;
  bool by_key_ = false;  // the focus came by the keyboard: it is shown
  Drag drag_ = Drag::kNone;
  QPointF drag_from_, drag_to_;
  PlotMap drag_map_;
};

}  // namespace lab::gui
