#include "gui/widgets/attention_subject.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPlainTextEdit>

#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/reference_box.h"

namespace lab::gui {
namespace {

constexpr int kTextHeight = 62;
constexpr int kModelWidth = 250;

}  // namespace

AttentionSubjectCard::AttentionSubjectCard(Lab* lab, const QString& text, QWidget* parent)
    : Card({}, parent) {
  auto* row = new QHBoxLayout;
  row->setSpacing(space::kGap);
  auto* models = new QVBoxLayout;
  models->setSpacing(space::kTiny);
  reference_ = new ReferenceBox(lab, {}, this);
  other_ = new ReferenceBox(lab, {}, this);
  other_->setAccessibleName(tr("other model"));
  other_->hide();
  for (ReferenceBox* box : {reference_, other_}) box->setFixedWidth(kModelWidth);
  below_ = new QVBoxLayout;
  below_->setSpacing(space::kTiny);
  models->addWidget(reference_);
  models->addLayout(below_);
  models->addWidget(other_);
  models->addStretch(1);
  connect(reference_, &ReferenceBox::chosen, this, &AttentionSubjectCard::entered);
  connect(reference_, &ReferenceBox::referenceChanged, this,
          &AttentionSubjectCard::referenceChanged);
  connect(other_, &ReferenceBox::chosen, this, &AttentionSubjectCard::otherEntered);
  row->addLayout(models);
  text_ = new QPlainTextEdit(this);
  text_->setFont(monoFont(type::kBody));
  text_->setFixedHeight(kTextHeight);
  text_->setTabChangesFocus(true);
  text_->setAccessibleName(tr("text"));
  text_->setPlainText(text);
  text_->installEventFilter(this);
  row->addWidget(text_, 1);
  beside_ = new QVBoxLayout;
  beside_->setSpacing(space::kTiny);
  row->addLayout(beside_);
  body()->addLayout(row);
}

void AttentionSubjectCard::addBelow(QWidget* option) {
  option->setFixedWidth(kModelWidth);
  below_->addWidget(option);
}
void AttentionSubjectCard::addBeside(QWidget* option) {
  beside_->addWidget(option, 0, Qt::AlignTop);
}
QString AttentionSubjectCard::reference() const { return reference_->reference(); }
void AttentionSubjectCard::setReference(const QString& to) { reference_->setReference(to); }
QString AttentionSubjectCard::text() const { return text_->toPlainText(); }
QString AttentionSubjectCard::otherReference() const { return other_->reference(); }
void AttentionSubjectCard::focusReference() { reference_->setFocus(); }

void AttentionSubjectCard::setTwo(bool two) {
  other_->setVisible(two);
  if (two) other_->choosePeerOf(reference());
}

bool AttentionSubjectCard::eventFilter(QObject* object, QEvent* event) {
  // Where a line's end is typed, the one with Ctrl is not.
  if (object == text_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    if (enter && (key->modifiers() & Qt::ControlModifier)) {
      Q_EMIT entered();
      return true;
    }
  }
  return Card::eventFilter(object, event);
}

}  // namespace lab::gui
