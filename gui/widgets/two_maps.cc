#include "gui/widgets/two_maps.h"

#include <QHBoxLayout>
#include <algorithm>
#include <cmath>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

QWidget* under(QLabel* name, QWidget* widget) {
  auto* place = new QWidget(widget->parentWidget());
  auto* column = new QVBoxLayout(place);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kTiny);
  column->addWidget(name);
  column->addWidget(widget, 1);
  return place;
}

void fill(Heatmap* map, const TwoTables& tables, std::vector<float> values) {
  map->setLabels(tables.row_labels, tables.column_labels);
  map->setValueName(tables.quantity);
  map->setValues(tables.rows, tables.columns, std::move(values));
}

}  // namespace

TwoMaps::TwoMaps(QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kTiny);
  row_ = new QHBoxLayout;
  row_->setSpacing(space::kGap);
  first_ = new Heatmap(this);
  second_ = new Heatmap(this);
  name_ = makeLabel({}, "caption", this);
  other_name_ = makeLabel({}, "caption", this);
  row_->addWidget(under(name_, first_), 1);
  other_place_ = under(other_name_, second_);
  row_->addWidget(other_place_, 1);
  column->addLayout(row_, 1);
  apart_ = makeLabel({}, "caption", this);
  apart_->setWordWrap(true);
  column->addWidget(apart_);
  apart_->hide();
  for (Heatmap* from : {first_, second_}) {
    Heatmap* to = from == first_ ? second_ : first_;
    connect(from, &Heatmap::moved, to, [from, to] { to->moveLike(*from); });
  }
  setTitles({}, {});
}

void TwoMaps::setNames(const QString& rows, const QString& columns) {
  for (Heatmap* map : {first_, second_}) map->setNames(rows, columns);
}

void TwoMaps::setSquare(bool square) {
  square_ = square;
  for (Heatmap* map : {first_, second_}) map->setSquare(square);
}

void TwoMaps::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  const int beside = std::min(width() / 2, height()), below = std::min(width(), height() / 2);
  row_->setDirection(square_ && below > beside ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
}

void TwoMaps::setTitles(const QString& name, const QString& other_name) {
  const bool two = !other_name.isEmpty();
  name_->setText(name);
  name_->setVisible(two);
  other_name_->setText(other_name);
  other_place_->setVisible(two);
}

void TwoMaps::shareScale(ColorMap::Kind kind) {
  const HeatLevels &a = first_->values(), &b = second_->values();
  const double low = std::min(a.low(), b.low()), high = std::max(a.high(), b.high());
  // As a map by itself does it.
  const double from = kind == ColorMap::Kind::kSquareRoot ? std::min(0.0, low) : low;
  for (Heatmap* map : {first_, second_}) map->setScale(kind, from, high);
}

void TwoMaps::show(TwoTables tables) {
  const bool two = tables.other.size() == tables.values.size() && !tables.other.empty();
  apart_->setVisible(two);
  setTitles(tables.name, two && tables.both ? tables.other_name : QString());
  if (two) showDifference(tables);
  if (two && !tables.both) return;
  first_->setScale(tables.kind, tables.low, tables.high);
  second_->setScale(tables.kind, tables.low, tables.high);
  fill(first_, tables, std::move(tables.values));
  if (!two) return;
  fill(second_, tables, std::move(tables.other));
  if (!tables.low) shareScale(tables.kind);
}

// How far both are apart; and, unless both are shown, the difference itself.
void TwoMaps::showDifference(const TwoTables& tables) {
  std::vector<float> difference = tables.values;
  double sum = 0, count = 0;
  size_t most = 0;
  for (size_t i = 0; i < difference.size(); ++i) {
    difference[i] -= tables.other[i];
    if (!std::isfinite(difference[i])) continue;
    sum += std::abs(difference[i]);
    ++count;
    if (!(std::abs(difference[i]) <= std::abs(difference[most]))) most = i;
  }
  const auto columns = static_cast<size_t>(std::max(1, tables.columns));
  auto labelOf = [](const QStringList& labels, size_t i) {
    return labels.value(static_cast<qsizetype>(i), QString::number(i));
  };
  apart_->setText(count == 0 ? QString()
                             : tr("%1 and %2 are %3 apart on average, %4 at most: at %5, %6")
                                   .arg(tables.name, tables.other_name, number(sum / count),
                                        number(std::abs(difference[most])),
                                        labelOf(tables.row_labels, most / columns),
                                        labelOf(tables.column_labels, most % columns)));
  if (tables.both) return;
  TwoTables shown = tables;
  shown.quantity = tr("%1, %2 minus %3").arg(tables.quantity, tables.name, tables.other_name);
  first_->setScale(ColorMap::Kind::kAroundZero);
  fill(first_, shown, std::move(difference));
}

}  // namespace lab::gui
