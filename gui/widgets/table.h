#pragma once

// Tables as all pages show them: whole rows, no grid, reached by keyboard; a cell's word coloured
// where its model gives a tone. GUI thread.

#include <QHeaderView>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QTreeView>

namespace lab::gui {

// Colours a cell's text by the tone's name that the model gives under `role`.
class ToneDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  explicit ToneDelegate(int role, QObject* parent = nullptr)
      : QStyledItemDelegate(parent), role_(role) {}

 protected:
  void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override;

 private:
  int role_;
};

// What is typed into a cell is typed in its own height.
class CellDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option,
                        const QModelIndex& index) const override;
};

// `model` outlives the view. `name` is what a screen reader calls it. The column `wide` takes the
// room that is left.
QTableView* makeTable(QAbstractItemModel* model, const QString& name, int wide, QWidget* parent);
// Gives the view room for its rows, for at most `most` of them, and no scroll bar.
void showRows(QTableView* view, int most);
QTreeView* makeTree(QAbstractItemModel* model, const QString& name, int wide, QWidget* parent);

}  // namespace lab::gui
