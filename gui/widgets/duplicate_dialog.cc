#include "gui/widgets/duplicate_dialog.h"

#include <QCheckBox>
#include <QCompleter>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLineEdit>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kWidth = 460;

}  // namespace

DuplicateDialog::DuplicateDialog(Lab* lab, const v1::Job& job, QWidget* parent)
    : QDialog(parent), lab_(lab), job_(job) {
  setWindowTitle(tr("Duplicate job %1").arg(job.id()));
  setMinimumWidth(kWidth);
  auto* column = new QVBoxLayout(this);
  column->setSpacing(space::kGap);
  auto* what =
      makeLabel(tr("Queues %1 once more, with this change. Without one it is the same run again.")
                    .arg(q(job.name())),
                "dim", this);
  what->setWordWrap(true);
  column->addWidget(what);
  auto* form = new QGridLayout;
  form->setVerticalSpacing(space::kSmall);
  auto addRow = [&](const QString& label, const QString& placeholder) {
    auto* edit = new QLineEdit(this);
    edit->setPlaceholderText(placeholder);
    auto* words = makeLabel(label, "strong", this);
    words->setBuddy(edit);
    form->addWidget(words, form->rowCount(), 0);
    form->addWidget(edit, form->rowCount() - 1, 1);
    return edit;
  };
  field_ = addRow(tr("&Setting"), QStringLiteral("optim.learning_rate"));
  value_ = addRow(tr("&Value"), {});
  name_ = addRow(tr("&Name"), q(job.name()));
  column->addLayout(form);
  help_ = makeLabel({}, "dim", this);
  help_->setWordWrap(true);
  help_->setMinimumHeight(2 * help_->fontMetrics().lineSpacing());
  help_->setAlignment(Qt::AlignTop);
  column->addWidget(help_);

  QStringList names;
  if (const v1::JobType* type = lab->catalog.type(job.type())) {
    for (const v1::Field& each : type->fields()) names << q(each.name());
  }
  auto* completer = new QCompleter(names, this);
  completer->setFilterMode(Qt::MatchContains);
  completer->setCaseSensitivity(Qt::CaseInsensitive);
  field_->setCompleter(completer);
  connect(field_, &QLineEdit::textChanged, this, &DuplicateDialog::showField);

  hold_ = new QCheckBox(tr("&Hold it until it is released"), this);
  column->addWidget(hold_);
  auto* buttons = new QHBoxLayout;
  buttons->addStretch(1);
  auto* close = makeButton(tr("Close"), "", this);
  connect(close, &QPushButton::clicked, this, &QDialog::reject);
  buttons->addWidget(close);
  queue_ = makeButton(tr("Queue run"), "primary", this);
  queue_->setDefault(true);
  connect(queue_, &QPushButton::clicked, this, &DuplicateDialog::queue);
  buttons->addWidget(queue_);
  column->addLayout(buttons);
}

const v1::Field* DuplicateDialog::field() const {
  const v1::JobType* type = lab_->catalog.type(job_.type());
  if (type == nullptr) return nullptr;
  for (const v1::Field& each : type->fields()) {
    if (each.name() == utf8(field_->text().trimmed())) return &each;
  }
  return nullptr;
}

void DuplicateDialog::showField() {
  setTone(help_, Tone::kPlain);
  const v1::Field* known = field();
  if (known == nullptr) {
    help_->clear();
    value_->setPlaceholderText({});
    return;
  }
  QString help = q(known->help());
  if (!known->unit().empty()) help = tr("%1 (%2)").arg(help, q(known->unit()));
  if (!known->choices().empty()) {
    QStringList choices;
    for (const std::string& choice : known->choices()) choices << q(choice);
    help += tr(" One of: %1.").arg(choices.join(tr(", ")));
  }
  help_->setText(help);
  value_->setPlaceholderText(known->default_value().empty()
                                 ? QString()
                                 : tr("%1 by default").arg(q(known->default_value())));
}

void DuplicateDialog::queue() {
  v1::DuplicateJobRequest request;
  request.set_job_id(job_.id());
  request.set_hold(hold_->isChecked());
  request.set_name(utf8(name_->text().trimmed()));
  const QString field = field_->text().trimmed();
  const QString value = value_->text().trimmed();
  if (field.isEmpty() != value.isEmpty()) {
    refused(absl::InvalidArgumentError(field.isEmpty() ? "which setting has this value?"
                                                       : "which value?"));
    (field.isEmpty() ? field_ : value_)->setFocus();
    return;
  }
  if (!field.isEmpty()) request.add_overrides(utf8(field + QLatin1Char('=') + value));
  queue_->setEnabled(false);
  QPointer<DuplicateDialog> guard(this);
  lab_->actions.duplicate(std::move(request),
                          [guard](const absl::StatusOr<v1::CreateJobResponse>& answer) {
                            if (!guard) return;
                            guard->queue_->setEnabled(true);
                            if (answer.ok()) {
                              guard->accept();
                            } else {
                              guard->refused(answer.status());
                            }
                          });
}

void DuplicateDialog::refused(const absl::Status& status) {
  help_->setText(q(status.message()));
  setTone(help_, Tone::kBad);
}

}  // namespace lab::gui
