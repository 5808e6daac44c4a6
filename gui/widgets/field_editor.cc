#include "gui/widgets/field_editor.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QStringListModel>

#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/parts.h"
#include "proto/client/field_words.h"

namespace lab::gui {
namespace {

bool isBool(const FormField& field) { return field.spec.type() == "bool"; }

// A value of a choice as people read it.
QString shown(const FormField& field, const QString& value) {
  if (!isBool(field)) return value;
  if (value == QStringLiteral("true")) return FieldEditor::tr("yes");
  if (value == QStringLiteral("false")) return FieldEditor::tr("no");
  return value;
}

QStringList choicesOf(const FormField& field) {
  if (isBool(field)) return {QStringLiteral("true"), QStringLiteral("false")};
  QStringList choices;
  for (const std::string& choice : field.spec.choices()) choices << q(choice);
  return choices;
}

QString rangeOf(const v1::Field& spec) {
  if (spec.has_min() && spec.has_max()) {
    return FieldEditor::tr("%1 to %2").arg(number(spec.min()), number(spec.max()));
  }
  if (spec.has_min()) {
    return (spec.above_min() ? FieldEditor::tr("above %1") : FieldEditor::tr("at least %1"))
        .arg(number(spec.min()));
  }
  return spec.has_max() ? FieldEditor::tr("at most %1").arg(number(spec.max())) : QString();
}

// All that is known of a field: its name in YAML, help, range, whether it may change later.
QString tipOf(const FormField& field) {
  QStringList lines = {q(field.spec.name())};
  if (!field.spec.help().empty()) lines << q(field.spec.help());
  const QString range = rangeOf(field.spec);
  if (!range.isEmpty()) lines << range;
  if (field.spec.auto_()) lines << FieldEditor::tr("auto is allowed");
  if (field.spec.live()) lines << FieldEditor::tr("may be changed while the job runs");
  return lines.join(QLatin1Char('\n'));
}

}  // namespace

FieldEditor::FieldEditor(const FormField& field, QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(3);
  auto* top = new QHBoxLayout;
  top->setSpacing(space::kTiny);
  label_ = makeLabel(field.label, "field", this);
  top->addWidget(label_);
  top->addStretch(1);
  restore_ = makeButton(tr("default"), "inline", this);
  restore_->setToolTip(
      tr("Put back the default: %1").arg(field.fallback.isEmpty() ? tr("unset") : field.fallback));
  restore_->setAccessibleName(tr("put back the default of %1").arg(field.label));
  restore_->setAutoDefault(false);  // Return in a dialog is not for this
  restore_->hide();
  connect(restore_, &QPushButton::clicked, this, &FieldEditor::restoreAsked);
  top->addWidget(restore_);
  unit_ = makeLabel(q(field.spec.unit()), "caption", this);
  unit_->setVisible(!field.spec.unit().empty());
  top->addWidget(unit_);
  column->addLayout(top);
  auto* row = new QHBoxLayout;
  row->setSpacing(space::kTiny);
  makeControl(field, row);
  column->addLayout(row);
  line_ = makeLabel({}, "caption", this);
  line_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  line_->setMinimumHeight(line_->fontMetrics().height());
  column->addWidget(line_);
  column->addStretch(1);
  label_->setBuddy(control());
  control()->setToolTip(tipOf(field));
  control()->setAccessibleName(field.label);
  control()->setAccessibleDescription(q(field.spec.help()));
  show(field);
}

QWidget* FieldEditor::control() const {
  if (edit_ != nullptr) return edit_;
  return combo_;
}

void FieldEditor::makeControl(const FormField& field, QHBoxLayout* row) {
  // Of a list the choices are those of its items.
  if (isBool(field) || (field.spec.choices_size() > 0 && field.spec.type() != "list")) {
    combo_ = new Choice(this);
    connect(combo_, &QComboBox::activated, this,
            [this](int index) { Q_EMIT edited(combo_->itemData(index).toString()); });
    row->addWidget(combo_, 1);
    return;
  }
  edit_ = new QLineEdit(this);
  connect(edit_, &QLineEdit::textEdited, this, &FieldEditor::edited);
  row->addWidget(edit_, 1);
  tip_ = tipOf(field);
  if (NamesCorpus(field.spec)) makeCompleter(row);
  if (!field.spec.path()) return;
  browse_ = makeButton(tr("…"), "", this);
  browse_->setAutoDefault(false);
  browse_->setToolTip(tr("Choose a file of this machine"));
  browse_->setAccessibleName(tr("choose a file for %1").arg(field.label));
  connect(browse_, &QPushButton::clicked, this, &FieldEditor::browse);
  row->addWidget(browse_);
}

void FieldEditor::makeCompleter(QHBoxLayout* row) {
  names_ = new QStringListModel(this);
  auto* completer = new QCompleter(names_, this);
  completer->setCaseSensitivity(Qt::CaseInsensitive);
  completer->setFilterMode(Qt::MatchContains);
  completer->popup()->setProperty("role", QStringLiteral("popup"));
  edit_->setCompleter(completer);
  connect(completer, qOverload<const QString&>(&QCompleter::activated), this, &FieldEditor::edited);
  list_ = makeButton(QString(QChar(0x25BE)), "", this);
  list_->setAutoDefault(false);
  list_->setToolTip(tr("The corpora that labd knows"));
  list_->setAccessibleName(tr("registered corpora"));
  list_->hide();
  connect(list_, &QPushButton::clicked, this, [this, completer] {
    edit_->setFocus();
    completer->setCompletionPrefix({});
    completer->complete();
  });
  row->addWidget(list_);
}

void FieldEditor::setOffers(const FieldOffers& offers) {
  if (names_ != nullptr) {
    if (names_->stringList() != offers.corpora) names_->setStringList(offers.corpora);
    list_->setVisible(!offers.corpora.isEmpty());
  }
  if (browse_ == nullptr) return;
  // A dialog would show files that labd cannot see.
  const bool far = !offers.machine.isEmpty();
  browse_->setVisible(!far);
  hint_ = far ? (names_ != nullptr ? tr("a name, or a path on %1") : tr("a path on %1"))
                    .arg(offers.machine)
              : QString();
  edit_->setToolTip(far ? tip_ + QLatin1Char('\n') + tr("files are those of %1").arg(offers.machine)
                        : tip_);
  showPlaceholder();
}

void FieldEditor::showPlaceholder() {
  edit_->setPlaceholderText(hint_.isEmpty()       ? fallback_
                            : fallback_.isEmpty() ? hint_
                                                  : tr("%1; or %2").arg(fallback_, hint_));
}

void FieldEditor::browse() {
  const QString file = QFileDialog::getOpenFileName(this, label_->text(), edit_->text());
  if (file.isEmpty()) return;
  edit_->setText(file);
  Q_EMIT edited(file);
}

void FieldEditor::showCombo(const FormField& field) {
  QStringList values = choicesOf(field);
  if (field.spec.optional() || field.fallback.isEmpty()) values.prepend(QString());
  if (!values.contains(field.value)) values << field.value;
  combo_->clear();
  for (const QString& value : values) {
    QString text = shown(field, value);
    if (value.isEmpty()) {
      text = field.resolved.isEmpty() ? tr("by default")
                                      : tr("%1, by default").arg(shown(field, field.resolved));
    }
    combo_->addItem(text, value);
  }
  combo_->setCurrentIndex(static_cast<int>(values.indexOf(field.value)));
}

void FieldEditor::show(const FormField& field) {
  if (combo_ != nullptr) {
    showCombo(field);
  } else {
    // Setting the same text again would move the cursor.
    if (edit_->text() != field.value) edit_->setText(field.value);
    fallback_ = field.resolved.isEmpty() ? field.fallback : field.resolved;
    showPlaceholder();
  }
  const bool changed = field.changed();
  const QString state = !field.error.isEmpty()  ? QStringLiteral("error")
                        : changed               ? QStringLiteral("changed")
                        : field.value.isEmpty() ? QStringLiteral("unset")
                                                : QString();
  setStyleProperty(control(), "state", state);
  setStyleProperty(label_, "state", changed ? QStringLiteral("changed") : QString());
  restore_->setVisible(changed);
  const bool plain = field.error.isEmpty() && field.warning.isEmpty();
  line_text_ = !field.error.isEmpty()     ? field.error
               : !field.warning.isEmpty() ? field.warning
                                          : q(field.spec.help());
  setStyleProperty(line_, "state",
                   plain                   ? QString()
                   : field.error.isEmpty() ? QStringLiteral("warning")
                                           : QStringLiteral("error"));
  line_->setWordWrap(!plain);
  showLine();
}

void FieldEditor::showLine() {
  // Help is one line, since its field's tool tip has all of it; an error is said in full.
  if (line_->wordWrap()) {
    line_->setText(line_text_);
    line_->setToolTip({});
  } else {
    setElided(line_, line_text_, width());
  }
}

void FieldEditor::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  showLine();
}

}  // namespace lab::gui
