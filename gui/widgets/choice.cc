#include "gui/widgets/choice.h"

#include <QPainter>
#include <QWheelEvent>

#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr double kArrowWidth = 7;
constexpr double kArrowHeight = 3.5;

}  // namespace

Choice::Choice(QWidget* parent) : QComboBox(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
}

void Choice::wheelEvent(QWheelEvent* event) {
  if (hasFocus()) {
    QComboBox::wheelEvent(event);
  } else {
    event->ignore();
  }
}

void Choice::paintEvent(QPaintEvent* event) {
  QComboBox::paintEvent(event);
  // The style sheet cannot draw one without a picture for each theme.
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(tokensOf(this).dim, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  const double right = width() - space::kGap, middle = height() / 2.0;
  const QPointF arrow[] = {{right - kArrowWidth, middle - kArrowHeight / 2},
                           {right - kArrowWidth / 2, middle + kArrowHeight / 2},
                           {right, middle - kArrowHeight / 2}};
  painter.drawPolyline(arrow, 3);
}

}  // namespace lab::gui
