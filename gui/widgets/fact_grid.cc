#include "gui/widgets/fact_grid.h"

#include <QGridLayout>

#include "gui/style/tokens.h"

namespace lab::gui {

FactGrid::FactGrid(QWidget* parent) : QWidget(parent) {
  grid_ = new QGridLayout(this);
  grid_->setContentsMargins(0, 0, 0, 0);
  grid_->setHorizontalSpacing(space::kPadding);
  grid_->setVerticalSpacing(space::kTiny);
  grid_->setColumnStretch(1, 1);
}

void FactGrid::show(const std::vector<Fact>& facts) {
  size_t row = 0;
  for (const Fact& fact : facts) {
    if (fact.value.isEmpty()) continue;
    if (row == rows_.size()) {
      auto* name = makeLabel({}, "dim", this);
      auto* value = makeLabel({}, "row", this);
      value->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
      value->setWordWrap(true);
      // A path or a sum has no place to break: it must not widen the page.
      value->setMinimumWidth(1);
      grid_->addWidget(name, static_cast<int>(row), 0, Qt::AlignTop);
      grid_->addWidget(value, static_cast<int>(row), 1, Qt::AlignTop);
      rows_.emplace_back(name, value);
    }
    auto [name, value] = rows_[row++];
    name->setText(fact.name);
    value->setText(fact.value);
    value->setAccessibleName(fact.name);
    setStyleProperty(value, "role",
                     fact.tone == Tone::kPlain ? QStringLiteral("row") : toneName(fact.tone));
    name->setVisible(true);
    value->setVisible(true);
  }
  for (; row < rows_.size(); ++row) {
    rows_[row].first->hide();
    rows_[row].second->hide();
  }
}

}  // namespace lab::gui
