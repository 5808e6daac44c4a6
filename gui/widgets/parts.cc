#include "gui/widgets/parts.h"

#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QStyle>
#include <algorithm>

#include "gui/style/theme.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr int kWholeBar = 1000;
constexpr int kLeastBar = 4;  // of what is not nothing

}  // namespace

QLabel* makeLabel(const QString& text, const char* role, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  label->setProperty("role", QString::fromLatin1(role));
  label->setTextFormat(Qt::PlainText);
  return label;
}

QPushButton* makeButton(const QString& text, const char* role, QWidget* parent) {
  auto* button = new QPushButton(text, parent);
  button->setProperty("role", QString::fromLatin1(role));
  button->setCursor(Qt::PointingHandCursor);
  return button;
}

void setStyleProperty(QWidget* widget, const char* name, const QString& value) {
  if (widget->property(name).toString() == value) return;
  widget->setProperty(name, value);
  widget->style()->unpolish(widget);
  widget->style()->polish(widget);
}

void setTone(QLabel* label, Tone tone) {
  setStyleProperty(label, "role", tone == Tone::kPlain ? QStringLiteral("dim") : toneName(tone));
}

void setElided(QLabel* label, const QString& text, int width) {
  const QString shown = label->fontMetrics().elidedText(text, Qt::ElideRight, width);
  label->setText(shown);
  // Never read as markup: names come from outside.
  label->setToolTip(shown == text ? QString()
                                  : QStringLiteral("<span>%1</span>").arg(text.toHtmlEscaped()));
}

QPlainTextEdit* makeMonoText(const QString& accessible_name, int pixels, QWidget* parent) {
  auto* text = new QPlainTextEdit(parent);
  text->setReadOnly(true);
  text->setFont(monoFont(pixels));
  text->setLineWrapMode(QPlainTextEdit::NoWrap);
  text->setAccessibleName(accessible_name);
  return text;
}

ShareBar::ShareBar(const QString& accessible_name, QWidget* parent) : QProgressBar(parent) {
  setRange(0, kWholeBar);
  setTextVisible(false);
  setAccessibleName(accessible_name);
}

void ShareBar::setShare(double share) {
  setRange(0, kWholeBar);
  const bool some = share > 0;  // not for NaN
  setValue(
      some ? std::clamp(static_cast<int>(kWholeBar * std::min(share, 1.0)), kLeastBar, kWholeBar)
           : 0);
}

void ShareBar::setUnknown() { setRange(0, 0); }

Chip::Chip(QWidget* parent) : QLabel(parent) {
  setProperty("role", QStringLiteral("chip"));
  setTextFormat(Qt::PlainText);
  setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Maximum);
}

void Chip::show(const QString& text, Tone tone) {
  setText(text);
  setStyleProperty(this, "tone", toneName(tone));
}

Card::Card(const QString& title, QWidget* parent) : QFrame(parent) {
  setProperty("role", QStringLiteral("card"));
  body_ = new QVBoxLayout(this);
  body_->setContentsMargins(space::kPadding, space::kPadding - 2, space::kPadding,
                            space::kPadding - 2);
  body_->setSpacing(space::kSmall);
  if (title.isEmpty()) return;
  head_ = new QHBoxLayout;
  head_->setSpacing(space::kSmall);
  title_ = makeLabel(title, "card-title", this);
  head_->addWidget(title_);
  head_->addStretch(1);
  body_->addLayout(head_);
}

void clearLayout(QLayout* layout) {
  while (QLayoutItem* item = layout->takeAt(0)) {
    if (QLayout* inner = item->layout()) clearLayout(inner);
    if (QWidget* widget = item->widget()) widget->deleteLater();
    delete item;
  }
}

}  // namespace lab::gui
