#include "gui/widgets/job_delegate.h"

#include <QLineEdit>
#include <QPainter>

#include "gui/models/job_tree_model.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr int kRowHeight = 30;
constexpr int kChipHeight = 19;
constexpr int kBarWidth = 56;
constexpr int kBarHeight = 6;

QColor groundOf(Tone tone, const Tokens& tokens) {
  if (tone == Tone::kPlain) return tokens.grid;
  if (tone == Tone::kAccent) return tokens.accent_ground;
  return mixed(tokens.card, inkOf(tone, tokens), 0.12);
}

void paintChip(QPainter* painter, const QRect& cell, const QString& text, Tone tone,
               const Tokens& tokens) {
  QFont font = painter->font();
  font.setPixelSize(type::kCaption);
  font.setWeight(QFont::DemiBold);
  painter->setFont(font);
  const int width = std::min(cell.width(), QFontMetrics(font).horizontalAdvance(text) + 18);
  const QRect chip(cell.left(), cell.center().y() - kChipHeight / 2, width, kChipHeight);
  painter->setPen(Qt::NoPen);
  painter->setBrush(groundOf(tone, tokens));
  painter->drawRoundedRect(chip, kChipHeight / 2.0, kChipHeight / 2.0);
  painter->setPen(inkOf(tone, tokens));
  painter->drawText(chip, Qt::AlignCenter, text);
}

// Returns what is left of the cell for words.
QRect paintBar(QPainter* painter, const QRect& cell, double fraction, Tone tone,
               const Tokens& tokens) {
  const QRectF bar(cell.left(), cell.center().y() - kBarHeight / 2.0 + 1, kBarWidth, kBarHeight);
  painter->setPen(Qt::NoPen);
  painter->setBrush(tokens.line);
  painter->drawRoundedRect(bar, kBarHeight / 2.0, kBarHeight / 2.0);
  if (fraction > 0) {
    QRectF done = bar;
    done.setWidth(std::max<double>(kBarHeight, bar.width() * std::min(1.0, fraction)));
    painter->setBrush(tone == Tone::kPlain ? tokens.faint : inkOf(tone, tokens));
    painter->drawRoundedRect(done, kBarHeight / 2.0, kBarHeight / 2.0);
  }
  return cell.adjusted(kBarWidth + space::kSmall, 0, 0, 0);
}

}  // namespace

void JobDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                        const QModelIndex& index) const {
  QStyleOptionViewItem cell = option;
  initStyleOption(&cell, index);
  const QString& text = cell.text;
  const Tokens& tokens = tokensOf(option.widget);
  if (option.state & QStyle::State_Selected) painter->fillRect(option.rect, tokens.accent_ground);
  const auto tone = static_cast<Tone>(index.data(JobTreeModel::kTone).toInt());
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  QRect inside = option.rect.adjusted(space::kSmall, 0, -space::kSmall, 0);
  QFont font = cell.font;
  font.setPixelSize(type::kRow);
  const int column = index.column();
  if (column == JobTreeModel::kName) font.setWeight(QFont::DemiBold);
  painter->setFont(font);
  if (column == JobTreeModel::kState) {
    paintChip(painter, inside, text, tone, tokens);
    painter->restore();
    return;
  }
  QColor ink = column == JobTreeModel::kName ? tokens.text : tokens.dim;
  if (column == JobTreeModel::kResult) ink = inkOf(tone, tokens);
  if (const QVariant fraction = index.data(JobTreeModel::kFraction); fraction.isValid()) {
    const QModelIndex state = index.siblingAtColumn(JobTreeModel::kState);
    inside = paintBar(painter, inside, fraction.toDouble(),
                      static_cast<Tone>(state.data(JobTreeModel::kTone).toInt()), tokens);
  }
  painter->setPen(ink);
  painter->drawText(inside, static_cast<int>(cell.displayAlignment),
                    QFontMetrics(font).elidedText(text, Qt::ElideRight, inside.width()));
  painter->restore();
}

QSize JobDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  return {QStyledItemDelegate::sizeHint(option, index).width(), kRowHeight};
}

QWidget* JobDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem&,
                                   const QModelIndex& index) const {
  auto* editor = new QLineEdit(parent);
  editor->setProperty("role", QStringLiteral("cell"));
  if (index.column() == JobTreeModel::kTags) {
    editor->setPlaceholderText(tr("words, with blanks between"));
  }
  return editor;
}

}  // namespace lab::gui
