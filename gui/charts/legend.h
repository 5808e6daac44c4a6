#pragma once

// Names the curves of a chart beside its title, with n; those without room are counted. Pointing at
// a name lifts its curve out. GUI thread.

#include <QWidget>
#include <optional>
#include <vector>

#include "gui/charts/chart_types.h"

namespace lab::gui {

class Legend : public QWidget {
  Q_OBJECT
 public:
  struct Entry {
    CurveId id = 0;
    CurveStyle style;
  };

  explicit Legend(QWidget* parent = nullptr);
  void setEntries(std::vector<Entry> entries);

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {40, sizeHint().height()}; }

 Q_SIGNALS:
  void pointedAt(std::optional<lab::gui::CurveId> id);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  double widthOf(const Entry& entry) const;
  // How many entries fit, leaving room for the count of the others.
  size_t shown() const;

  std::vector<Entry> entries_;
};

}  // namespace lab::gui
