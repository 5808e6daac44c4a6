#include "gui/widgets/table.h"

#include <QLineEdit>
#include <algorithm>

#include "gui/models/words.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

void dress(QAbstractItemView* view, const QString& name) {
  view->setProperty("role", QStringLiteral("table"));
  view->setAccessibleName(name);
  view->setSelectionBehavior(QAbstractItemView::SelectRows);
  view->setEditTriggers(QAbstractItemView::NoEditTriggers);
  view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  view->setFrameShape(QFrame::NoFrame);
  view->setTabKeyNavigation(false);
}

void dress(QHeaderView* header, int wide) {
  header->setSectionResizeMode(QHeaderView::ResizeToContents);
  header->setSectionResizeMode(wide, QHeaderView::Stretch);
  header->setHighlightSections(false);
  header->setStretchLastSection(false);
}

}  // namespace

void ToneDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const {
  QStyledItemDelegate::initStyleOption(option, index);
  const QString tone = index.data(role_).toString();
  const Tokens& tokens = tokensOf(option->widget);
  const std::pair<Tone, QColor> colours[] = {{Tone::kAccent, tokens.accent},
                                             {Tone::kGood, tokens.good},
                                             {Tone::kWarning, tokens.warning},
                                             {Tone::kBad, tokens.bad}};
  for (const auto& [name, colour] : colours) {
    if (tone != toneName(name)) continue;
    option->palette.setColor(QPalette::Text, colour);
    option->palette.setColor(QPalette::HighlightedText, colour);
  }
}

QWidget* CellDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem&,
                                    const QModelIndex&) const {
  auto* editor = new QLineEdit(parent);
  editor->setProperty("role", QStringLiteral("cell"));
  return editor;
}

QTableView* makeTable(QAbstractItemModel* model, const QString& name, int wide, QWidget* parent) {
  auto* view = new QTableView(parent);
  view->setModel(model);
  dress(view, name);
  dress(view->horizontalHeader(), wide);
  view->setShowGrid(false);
  view->setWordWrap(false);
  view->verticalHeader()->hide();
  view->verticalHeader()->setDefaultSectionSize(space::kControl);
  return view;
}

void showRows(QTableView* view, int most) {
  const int rows = std::min(most, view->model()->rowCount());
  view->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  const int height = view->horizontalHeader()->sizeHint().height() + 2 * view->frameWidth() +
                     rows * view->verticalHeader()->defaultSectionSize();
  view->setMaximumHeight(std::max(height, view->maximumHeight()));
  view->setMinimumHeight(height);
}

QTreeView* makeTree(QAbstractItemModel* model, const QString& name, int wide, QWidget* parent) {
  auto* view = new QTreeView(parent);
  view->setModel(model);
  dress(view, name);
  dress(view->header(), wide);
  view->setUniformRowHeights(true);
  view->setAllColumnsShowFocus(true);
  return view;
}

}  // namespace lab::gui
