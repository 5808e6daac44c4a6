#include "gui/widgets/subject_card.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPlainTextEdit>
#include <algorithm>

#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/reference_box.h"

namespace lab::gui {
namespace {

constexpr int kTextHeight = 62;
constexpr int kModelWidth = 250;

}  // namespace

SubjectCard::SubjectCard(Lab* lab, const QString& text, QWidget* parent) : Card({}, parent) {
  auto* row = new QHBoxLayout;
  row->setSpacing(space::kGap);
  row->addWidget(makeModels(lab));
  text_ = new QPlainTextEdit(this);
  text_->setFont(monoFont(type::kBody));
  text_->setFixedHeight(kTextHeight);
  text_->setTabChangesFocus(true);
  text_->setAccessibleName(tr("text"));
  text_->setPlaceholderText(tr("The text to look at."));
  text_->setPlainText(text);
  text_->installEventFilter(this);
  trouble_ = makeLabel({}, "warning", this);
  trouble_->setWordWrap(true);
  trouble_->hide();
  auto* middle = new QVBoxLayout;
  middle->setSpacing(space::kTiny);
  middle->addWidget(text_);
  middle->addWidget(trouble_);
  middle->addStretch(1);
  row->addLayout(middle, 1);
  options_ = new QVBoxLayout;
  options_->setSpacing(space::kTiny);
  both_ = makeButton(tr("Side by side"), "segment", this);
  both_->setCheckable(true);
  both_->setToolTip(tr("Both models' values in place of their difference"));
  connect(both_, &QPushButton::toggled, this, &SubjectCard::bothChanged);
  options_->addWidget(both_, 0, Qt::AlignTop);
  options_->addStretch(1);
  row->addLayout(options_);
  body()->addLayout(row);
  showBeside();
}

QWidget* SubjectCard::makeModels(Lab* lab) {
  auto* models = new QWidget(this);
  auto* column = new QVBoxLayout(models);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kTiny);
  reference_ = new ReferenceBox(lab, {}, models);
  other_ = new ReferenceBox(lab, {}, models);
  other_->setAccessibleName(tr("other model"));
  beside_ = new Choice(models);
  beside_->setAccessibleName(tr("compared with"));
  beside_->addItems(
      {tr("by itself"), tr("difference to the step before"), tr("difference to another model")});
  for (QComboBox* box : std::initializer_list<QComboBox*>{reference_, beside_, other_}) {
    box->setFixedWidth(kModelWidth);
    column->addWidget(box);
  }
  column->addStretch(1);
  connect(reference_, &ReferenceBox::chosen, this, &SubjectCard::entered);
  connect(reference_, &ReferenceBox::referenceChanged, this, &SubjectCard::referenceChanged);
  connect(beside_, &QComboBox::activated, this, [this] {
    showBeside();
    Q_EMIT besideEntered();
  });
  connect(other_, &ReferenceBox::chosen, this, &SubjectCard::besideEntered);
  return models;
}

void SubjectCard::showBeside() {
  other_->setVisible(beside() == Beside::kOtherModel);
  both_->setVisible(beside() != Beside::kNothing);
  if (beside() == Beside::kOtherModel) other_->choosePeerOf(reference());
}

void SubjectCard::addOption(QWidget* option) {
  // Last is the choice that is not always there.
  options_->insertWidget(std::max(0, options_->count() - 2), option, 0, Qt::AlignTop);
}

QString SubjectCard::reference() const { return reference_->reference(); }
void SubjectCard::setReference(const QString& to) { reference_->setReference(to); }
QString SubjectCard::about() const { return reference_->about(); }
QString SubjectCard::text() const { return text_->toPlainText(); }
SubjectCard::Beside SubjectCard::beside() const {
  return static_cast<Beside>(beside_->currentIndex());
}
QString SubjectCard::otherReference() const { return other_->reference(); }
bool SubjectCard::both() const { return both_->isChecked(); }
void SubjectCard::setTrouble(const QString& trouble) {
  trouble_->setText(trouble);
  trouble_->setVisible(!trouble.isEmpty());
}
void SubjectCard::focusReference() { reference_->setFocus(); }
void SubjectCard::focusText() { text_->setFocus(); }

bool SubjectCard::eventFilter(QObject* object, QEvent* event) {
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
