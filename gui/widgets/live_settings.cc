#include "gui/widgets/live_settings.h"

#include <QHBoxLayout>

#include "gui/style/tokens.h"
#include "gui/widgets/config_form.h"
#include "gui/widgets/field_editor.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kWidth = 680;
constexpr int kColumns = 3;

}  // namespace

LiveSettings::LiveSettings(RunConfig* config, const v1::JobType& type, QWidget* parent)
    : QDialog(parent), config_(config), fields_(config->liveFields(type)) {
  setWindowTitle(tr("Change a setting"));
  setAttribute(Qt::WA_DeleteOnClose);
  resize(kWidth, 0);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(space::kWide, space::kPadding, space::kWide, space::kPadding);
  column->setSpacing(space::kGap);
  column->addWidget(makeLabel(
      tr("These act from the next step on; the run keeps a mark of what changed and when."), "dim",
      this));
  auto* grid = new FieldGrid(this, kColumns);
  for (size_t i = 0; i < fields_.size(); ++i) {
    // Fields of several groups stand together here.
    fields_[i].label = q(fields_[i].spec.name());
    auto* editor = new FieldEditor(fields_[i], grid);
    editors_.push_back(editor);
    grid->add(editor);
    const auto take = [this, i](const QString& value) {
      fields_[i].value = value;
      fields_[i].error.clear();
      editors_[i]->show(fields_[i]);
      showButton();
    };
    connect(editor, &FieldEditor::edited, this, take);
    connect(editor, &FieldEditor::restoreAsked, this,
            [this, i, take] { take(fields_[i].fallback); });
  }
  column->addWidget(grid);
  trouble_ = makeLabel({}, "bad", this);
  trouble_->setWordWrap(true);
  trouble_->hide();
  column->addWidget(trouble_);
  column->addStretch(1);
  auto* buttons = new QHBoxLayout;
  buttons->addStretch(1);
  auto* close = makeButton(tr("Close"), "", this);
  close->setAutoDefault(false);
  connect(close, &QPushButton::clicked, this, &QDialog::reject);
  buttons->addWidget(close);
  change_ = makeButton(tr("Change"), "primary", this);
  change_->setDefault(true);
  connect(change_, &QPushButton::clicked, this, &LiveSettings::send);
  buttons->addWidget(change_);
  column->addLayout(buttons);
  connect(config, &RunConfig::accepted, this, &QDialog::accept);
  connect(config, &RunConfig::refused, this, &LiveSettings::showRefusal);
  showButton();
}

FieldEditor* LiveSettings::editor(std::string_view field) const {
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i].spec.name() == field) return editors_[i];
  }
  return nullptr;
}

void LiveSettings::send() {
  std::vector<FormField> changed;
  for (const FormField& field : fields_) {
    if (field.changed()) changed.push_back(field);
  }
  trouble_->hide();
  change_->setEnabled(false);
  config_->set(changed);
}

void LiveSettings::showRefusal(const v1::CheckReport& report, const QString& why) {
  bool placed = false;
  for (const v1::FieldError& error : report.errors()) {
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i].spec.name() != error.field()) continue;
      fields_[i].error = q(error.message());
      editors_[i]->show(fields_[i]);
      placed = true;
    }
  }
  trouble_->setText(why);
  trouble_->setVisible(!placed);
  showButton();
}

void LiveSettings::showButton() {
  bool any = false;
  for (const FormField& field : fields_) any = any || field.changed();
  change_->setEnabled(any);
}

}  // namespace lab::gui
