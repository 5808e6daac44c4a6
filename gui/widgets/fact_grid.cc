#include "gui/widgets/fact_grid.h"

#include <QGridLayout>
#include <algorithm>

#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr int kColumnWidth = 300;
constexpr int kNameWidth = 90;

}  // namespace

FactGrid::FactGrid(Flow flow, QWidget* parent) : QWidget(parent), flow_(flow) {}

void FactGrid::show(const std::vector<Fact>& facts) {
  std::vector<const Fact*> shown;
  for (const Fact& fact : facts) {
    if (!fact.value.isEmpty()) shown.push_back(&fact);
  }
  setCount(shown.size());
  for (size_t i = 0; i < shown.size(); ++i) {
    auto [name, value] = cells_[i];
    name->setText(shown[i]->name);
    value->setAccessibleName(shown[i]->name);
    if (flow_ == Flow::kList) {
      value->setText(shown[i]->value);
    } else {
      setElided(value, shown[i]->value, kColumnWidth - kNameWidth);
    }
    const QString plain = flow_ == Flow::kList ? QStringLiteral("row") : QStringLiteral("strong");
    setStyleProperty(value, "role",
                     shown[i]->tone == Tone::kPlain ? plain : toneName(shown[i]->tone));
  }
  arrange();
}

void FactGrid::setCount(size_t count) {
  if (cells_.size() != count) columns_ = 0;
  while (cells_.size() > count) {
    delete cells_.back().first;
    delete cells_.back().second;
    cells_.pop_back();
  }
  while (cells_.size() < count) {
    QLabel* value = makeLabel({}, "row", this);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    if (flow_ == Flow::kList) {
      value->setWordWrap(true);
      // A path or a sum has no place to break: it must not widen the page.
      value->setMinimumWidth(1);
    }
    cells_.emplace_back(makeLabel({}, "dim", this), value);
  }
}

void FactGrid::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  arrange();
}

void FactGrid::arrange() {
  const int columns = flow_ == Flow::kList ? 1 : std::max(1, width() / kColumnWidth);
  if (columns == columns_) return;
  columns_ = columns;
  delete layout();
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(flow_ == Flow::kList ? space::kPadding : space::kGap);
  grid->setVerticalSpacing(space::kTiny);
  // Down each column, then the next: what belongs together stays together.
  const int count = static_cast<int>(cells_.size());
  const int rows = std::max(1, (count + columns - 1) / columns);
  for (int i = 0; i < count; ++i) {
    const auto [name, value] = cells_[static_cast<size_t>(i)];
    const int column = 2 * (i / rows);
    grid->addWidget(name, i % rows, column, Qt::AlignTop);
    grid->addWidget(value, i % rows, column + 1, Qt::AlignTop);
    name->show();
    value->show();
  }
  for (int column = 0; column < columns; ++column) grid->setColumnStretch(2 * column + 1, 1);
  grid->setRowStretch(rows, 1);
}

}  // namespace lab::gui
