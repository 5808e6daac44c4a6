#include "gui/widgets/facts_grid.h"

#include <QGridLayout>
#include <algorithm>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kColumnWidth = 300;

}  // namespace

void FactsGrid::setFacts(const Facts& facts) {
  Facts shown;
  std::copy_if(facts.begin(), facts.end(), std::back_inserter(shown),
               [](const auto& fact) { return !fact.second.isEmpty(); });
  while (cells_.size() > shown.size()) {
    delete cells_.back().first;
    delete cells_.back().second;
    cells_.pop_back();
    columns_ = 0;
  }
  while (cells_.size() < shown.size()) {
    QLabel* value = makeLabel({}, "strong", this);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    cells_.push_back({makeLabel({}, "dim", this), value});
    columns_ = 0;
  }
  for (size_t i = 0; i < shown.size(); ++i) {
    cells_[i].first->setText(shown[i].first);
    setElided(cells_[i].second, shown[i].second, kColumnWidth - 90);
  }
  arrange();
}

void FactsGrid::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  arrange();
}

void FactsGrid::arrange() {
  const int columns = std::max(1, width() / kColumnWidth);
  if (columns == columns_) return;
  columns_ = columns;
  delete layout();
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(space::kGap);
  grid->setVerticalSpacing(space::kTiny);
  // Down each column, then the next: what belongs together stays together.
  const int rows = (static_cast<int>(cells_.size()) + columns - 1) / columns;
  for (int i = 0; i < static_cast<int>(cells_.size()); ++i) {
    const int column = 2 * (i / std::max(1, rows));
    grid->addWidget(cells_[static_cast<size_t>(i)].first, i % rows, column);
    grid->addWidget(cells_[static_cast<size_t>(i)].second, i % rows, column + 1);
  }
  for (int column = 0; column < columns; ++column) grid->setColumnStretch(2 * column + 1, 1);
  grid->setRowStretch(rows, 1);
  for (const auto& [name, value] : cells_) {
    name->show();
    value->show();
  }
}

}  // namespace lab::gui
