// What stands around and above the cells of a heat map: labels, legend, selection, the card.

#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "gui/charts/heatmap.h"
#include "gui/charts/heatmap_sizes.h"
#include "gui/models/words.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr double kLeastCell = 12;  // pixels of a cell that is named
constexpr double kSlant = 60;      // degrees
constexpr double kCardLine = 18;

}  // namespace

void Heatmap::drawLabels(QPainter* painter) const {
  const Tokens& tokens = tokensOf(this);
  const QFont mono = monoFont(type::kCaption);
  const QFontMetricsF metrics(mono);
  const double line = metrics.height();
  painter->setPen(tokens.dim);
  painter->setFont(font());
  painter->drawText(
      QPointF(map_.left(), map_.top() - space::kTiny),
      row_name_.isEmpty() ? QString() : tr("%1 down, %2 across").arg(row_name_, column_name_));
  painter->setFont(mono);
  const double height = map_.height() / cells_.height(), width = map_.width() / cells_.width();
  const int row_stride = std::max(1, static_cast<int>(std::ceil(kLeastCell / height)));
  const int first_row = static_cast<int>(std::ceil(cells_.top() / row_stride)) * row_stride;
  for (int row = first_row; row < cells_.bottom(); row += row_stride) {
    const double y = rectOf({row, 0}).center().y();
    if (y < map_.top() || y > map_.bottom()) continue;
    painter->drawText(QRectF(0, y - line / 2, map_.left() - 6, line),
                      Qt::AlignRight | Qt::AlignVCenter,
                      metrics.elidedText(rowLabel(row), Qt::ElideRight, heat::kMostLabel));
  }
  const double room = column_labels_.isEmpty() ? 4 * kLeastCell : kLeastCell;
  const int column_stride = std::max(1, static_cast<int>(std::ceil(room / width)));
  const int first = static_cast<int>(std::ceil(cells_.left() / column_stride)) * column_stride;
  for (int column = first; column < cells_.right(); column += column_stride) {
    const double x = rectOf({0, column}).center().x();
    if (x < map_.left() || x > map_.right()) continue;
    const QString text = metrics.elidedText(columnLabel(column), Qt::ElideRight, heat::kMostLabel);
    if (column_labels_.isEmpty()) {
      painter->drawText(QRectF(x - 30, map_.bottom() + 2, 60, line),
                        Qt::AlignHCenter | Qt::AlignTop, text);
      continue;
    }
    painter->save();
    painter->translate(x - 2, map_.bottom() + space::kTiny);
    painter->rotate(kSlant);
    painter->drawText(QPointF(0, metrics.ascent() / 2), text);
    painter->restore();
  }
}

// The colours from least to greatest, with the numbers they stand for.
void Heatmap::drawLegend(QPainter* painter) const {
  const Tokens& tokens = tokensOf(this);
  painter->setFont(font());
  const QFontMetricsF metrics(font());
  const double line = metrics.height();
  const double top = height() - line - heat::kLegendHeight - 2;
  QImage bar(static_cast<int>(heat::kLegendWidth), 1, QImage::Format_RGB32);
  for (int x = 0; x < bar.width(); ++x) {
    const double share = (x + 0.5) / bar.width();
    bar.setPixel(x, 0, colors_.colorOf(static_cast<float>(colors_.valueAt(share))));
  }
  const QRectF place(map_.left(), top, heat::kLegendWidth, heat::kLegendHeight);
  painter->drawImage(place, bar);
  painter->setPen(QPen(tokens.line, 1));
  painter->setBrush(Qt::NoBrush);
  painter->drawRect(place);
  painter->setPen(tokens.dim);
  const QRectF words(place.left(), place.bottom() + 1, heat::kLegendWidth, line);
  painter->drawText(words, Qt::AlignLeft, number(colors_.low()));
  painter->drawText(words, Qt::AlignRight, number(colors_.high()));
  QStringList said;
  if (!value_name_.isEmpty()) said << value_name_;
  if (!colors_.scaleText().isEmpty()) said << colors_.scaleText();
  if (levels_.has_gaps()) said << tr("grey is not finite");
  painter->drawText(QPointF(place.right() + space::kGap, place.bottom()),
                    said.join(QStringLiteral(" · ")));
}

void Heatmap::drawSelection(QPainter* painter) const {
  if (!selected_) return;
  painter->save();
  painter->setClipRect(map_.adjusted(-1, -1, 1, 1));
  painter->setRenderHint(QPainter::Antialiasing, false);
  painter->setBrush(Qt::NoBrush);
  const QRectF cell = rectOf(*selected_);
  const Tokens& tokens = tokensOf(this);
  painter->setPen(QPen(tokens.warning, 1));
  painter->drawRect(QRectF(map_.left(), cell.top(), map_.width(), cell.height()));
  painter->setPen(QPen(tokens.warning, 2));
  painter->drawRect(cell);
  painter->restore();
}

void Heatmap::drawPointed(QPainter* painter) const {
  const Tokens& tokens = tokensOf(this);
  const QFont mono = monoFont(type::kCaption);
  const QFontMetricsF metrics(mono);
  const QString where =
      metrics.elidedText(rowLabel(pointed_->row), Qt::ElideRight, 2 * heat::kMostLabel) +
      QString::fromUtf8(" → ") +
      metrics.elidedText(columnLabel(pointed_->column), Qt::ElideRight, 2 * heat::kMostLabel);
  const QString place = tr("row %1, column %2").arg(pointed_->row).arg(pointed_->column);
  const QString value = number(levels_.level(0).at(pointed_->row, pointed_->column));
  const double line = kCardLine;
  const double width = std::max({metrics.horizontalAdvance(where), metrics.horizontalAdvance(place),
                                 metrics.horizontalAdvance(value)}) +
                       2 * space::kGap;
  QRectF card(pointer_.x() + space::kGap, pointer_.y() + space::kGap, width,
              3 * line + 2 * space::kTiny);
  if (card.right() > this->width()) card.moveRight(pointer_.x() - space::kGap);
  if (card.bottom() > height()) card.moveBottom(pointer_.y() - space::kGap);
  painter->setPen(QPen(tokens.line, 1));
  painter->setBrush(faded(tokens.card, 0.96));
  painter->drawRoundedRect(card, space::kControlRadius, space::kControlRadius);
  QRectF row(card.left() + space::kGap, card.top() + space::kTiny, width, line);
  painter->setFont(mono);
  painter->setPen(tokens.text);
  painter->drawText(row, Qt::AlignLeft | Qt::AlignVCenter, where);
  row.translate(0, line);
  painter->drawText(row, Qt::AlignLeft | Qt::AlignVCenter, value);
  row.translate(0, line);
  painter->setFont(font());
  painter->setPen(tokens.dim);
  painter->drawText(row, Qt::AlignLeft | Qt::AlignVCenter, place);
}

}  // namespace lab::gui
