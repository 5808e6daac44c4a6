#include "gui/widgets/first_run_card.h"

#include <QHBoxLayout>

#include "gui/style/tokens.h"
#include "gui/widgets/forecast_dialog.h"

namespace lab::gui {
namespace {

constexpr char kPreset[] = "first_run";

}  // namespace

FirstRunCard::FirstRunCard(Lab* lab, QWidget* parent)
    : Card(tr("First time here?"), parent), lab_(lab) {
  auto* text = makeLabel(
      tr("Train a small GPT on generated stories. It takes a few minutes on this machine and ends "
         "with sentences you can read. The corpus has a known entropy, so you see how close to "
         "perfect it gets."),
      "dim", this);
  text->setWordWrap(true);
  body()->addWidget(text);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(space::kSmall);
  start_ = makeButton(tr("Start the first run"), "", this);
  connect(start_, &QPushButton::clicked, this, &FirstRunCard::start);
  foretell_ = makeButton(tr("What will happen"), "", this);
  connect(foretell_, &QPushButton::clicked, this, &FirstRunCard::foretell);
  buttons->addWidget(start_);
  buttons->addWidget(foretell_);
  buttons->addStretch(1);
  body()->addLayout(buttons);
  auto enable = [this] {
    const bool known = lab_->catalog.preset(kPreset) != nullptr;
    start_->setEnabled(known);
    foretell_->setEnabled(known);
  };
  connect(&lab->catalog, &CatalogModel::changed, this, enable);
  enable();
}

void FirstRunCard::setPrimary(bool primary) {
  setStyleProperty(start_, "role", primary ? QStringLiteral("primary") : QString());
}

v1::ConfigText FirstRunCard::config() const {
  v1::ConfigText config;
  if (const v1::Preset* preset = lab_->catalog.preset(kPreset)) config.set_text(preset->text());
  config.set_file(kPreset);
  return config;
}

void FirstRunCard::start() {
  start_->setEnabled(false);
  v1::CreateJobRequest request;
  *request.mutable_config() = config();
  QPointer<FirstRunCard> guard(this);
  lab_->actions.submit(std::move(request),
                       [guard](const absl::StatusOr<v1::CreateJobResponse>& answer) {
                         if (!guard) return;
                         guard->start_->setEnabled(true);
                         if (answer.ok()) Q_EMIT guard->started(answer->job_ids(0));
                       });
}

void FirstRunCard::foretell() {
  auto* dialog = new ForecastDialog(lab_, config(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

}  // namespace lab::gui
