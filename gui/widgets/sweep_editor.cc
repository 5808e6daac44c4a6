#include "gui/widgets/sweep_editor.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <algorithm>

#include "gui/models/config_form_model.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"

namespace lab::gui {

SweepEditor::SweepEditor(ConfigFormModel* model, QWidget* parent)
    : Card(tr("Sweep"), parent), model_(model) {
  head()->insertWidget(1, makeLabel(tr("one run for each combination of the values"), "dim", this));
  auto* more = makeButton(tr("Add a field"), "fold", this);
  connect(more, &QPushButton::clicked, this, &SweepEditor::addRow);
  head()->addWidget(more);
  column_ = new QVBoxLayout;
  column_->setSpacing(space::kSmall);
  body()->addLayout(column_);
  connect(model, &ConfigFormModel::sweepChanged, this, &SweepEditor::build);
  connect(model, &ConfigFormModel::judged, this, &SweepEditor::showErrors);
  build();
}

void SweepEditor::addRow() {
  rows_.push_back(makeRow());
  setVisible(true);
  give();
  const bool chosen = rows_.back().field->currentIndex() >= 0;
  (chosen ? static_cast<QWidget*>(rows_.back().values) : rows_.back().field)->setFocus();
}

void SweepEditor::build() {
  clearLayout(column_);
  rows_.clear();
  for (const SweepRow& row : model_->sweep()) {
    rows_.push_back(makeRow());
    QComboBox* field = rows_.back().field;
    if (field->findText(row.field) < 0) field->addItem(row.field);
    field->setCurrentText(row.field);
    rows_.back().values->setText(row.values);
  }
  setVisible(!rows_.empty());
  showErrors();
}

SweepEditor::Row SweepEditor::makeRow() {
  Row row;
  row.whole = new QWidget(this);
  auto* column = new QVBoxLayout(row.whole);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(3);
  auto* line = new QHBoxLayout;
  line->setSpacing(space::kSmall);
  row.field = new Choice(row.whole);
  row.field->setAccessibleName(tr("field of the sweep"));
  int best = -1;
  for (const FormField& field : model_->fields()) {
    if (field.of_queue || field.spec.name() == "name" || field.spec.name() == "seeds") continue;
    row.field->addItem(q(field.spec.name()));
    if (best < 0 && field.spec.type() == "float" && field.spec.live()) {
      best = row.field->count() - 1;
    }
  }
  // What may change while a job runs is what people sweep most often.
  row.field->setPlaceholderText(tr("choose a field"));
  row.field->setCurrentIndex(best);
  line->addWidget(row.field, 2);
  row.values = new QLineEdit(row.whole);
  row.values->setPlaceholderText(tr("values between commas: 1e-3, 3e-3, 1e-2"));
  row.values->setAccessibleName(tr("values of the sweep"));
  line->addWidget(row.values, 3);
  auto* remove = makeButton(tr("Remove"), "link", row.whole);
  line->addWidget(remove);
  column->addLayout(line);
  row.error = makeLabel({}, "caption", row.whole);
  row.error->setWordWrap(true);
  setStyleProperty(row.error, "state", QStringLiteral("error"));
  row.error->hide();
  column->addWidget(row.error);
  column_->addWidget(row.whole);
  connect(row.field, &QComboBox::activated, this, &SweepEditor::give);
  connect(row.values, &QLineEdit::textEdited, this, &SweepEditor::give);
  connect(remove, &QPushButton::clicked, this, [this, whole = row.whole] {
    std::erase_if(rows_, [whole](const Row& known) { return known.whole == whole; });
    whole->deleteLater();
    setVisible(!rows_.empty());
    give();
  });
  return row;
}

void SweepEditor::showErrors() {
  const std::vector<SweepRow>& sweep = model_->sweep();
  for (size_t i = 0; i < std::min(rows_.size(), sweep.size()); ++i) {
    const QString& error = sweep[i].error;
    rows_[i].error->setText(error);
    rows_[i].error->setVisible(!error.isEmpty());
    setStyleProperty(rows_[i].values, "state",
                     error.isEmpty() ? QString() : QStringLiteral("error"));
  }
}

void SweepEditor::give() {
  std::vector<SweepRow> sweep;
  for (const Row& row : rows_) sweep.push_back({row.field->currentText(), row.values->text(), {}});
  model_->setSweep(std::move(sweep));
}

}  // namespace lab::gui
