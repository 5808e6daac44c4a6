#pragma once

// Paints the cells of a JobTreeModel: the state as a chip, progress as a bar beside its words, a
// result in the colour of what it means. GUI thread.

#include <QStyledItemDelegate>

namespace lab::gui {

class JobDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option,
                        const QModelIndex& index) const override;
};

}  // namespace lab::gui
