#include "gui/widgets/forecast_dialog.h"

#include <QHBoxLayout>
#include <QPlainTextEdit>

#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

std::vector<Fact> factsOf(const v1::Forecast& forecast) {
  auto counted = [](bool known, int64_t value) { return known ? grouped(value) : QString(); };
  const bool all = forecast.has_total_steps() && forecast.has_tokens_per_step();
  return {
      {ForecastDialog::tr("Parameters"),
       forecast.has_parameter_count() ? count(static_cast<double>(forecast.parameter_count()))
                                      : QString()},
      {ForecastDialog::tr("Steps"), counted(forecast.has_total_steps(), forecast.total_steps())},
      {ForecastDialog::tr("Tokens a step"),
       counted(forecast.has_tokens_per_step(), forecast.tokens_per_step())},
      {ForecastDialog::tr("Tokens in all"),
       all ? count(static_cast<double>(forecast.total_steps() * forecast.tokens_per_step()))
           : QString()},
      {ForecastDialog::tr("Time, about"), forecast.has_seconds()
                                              ? duration(forecast.seconds())
                                              : ForecastDialog::tr("not yet measured here")},
      {ForecastDialog::tr("Memory"),
       forecast.has_memory_bytes() ? bytes(forecast.memory_bytes()) : QString()},
      {ForecastDialog::tr("Disk at most"),
       forecast.has_disk_bytes() ? bytes(forecast.disk_bytes()) : QString()},
  };
}

}  // namespace

ForecastDialog::ForecastDialog(Lab* lab, v1::ConfigText config, QWidget* parent)
    : QDialog(parent), lab_(lab), config_(std::move(config)) {
  setWindowTitle(tr("What will happen"));
  resize(680, 520);
  auto* column = new QVBoxLayout(this);
  auto* content = new QWidget(this);
  auto* inside = new QVBoxLayout(content);
  inside->setSpacing(space::kGap);
  auto* words = makeLabel(
      tr("labd starts a worker, which makes the text, learns its vocabulary, and trains. The loss "
         "begins at ln(vocabulary) and falls towards the floor; samples go from noise to "
         "sentences. You can pause, change the learning rate or close this window meanwhile: the "
         "run goes on."),
      "dim", content);
  words->setWordWrap(true);
  inside->addWidget(words);
  facts_ = new FactGrid(FactGrid::Flow::kColumns, content);
  inside->addWidget(facts_);
  memory_ = makeLabel({}, "dim", content);
  memory_->setWordWrap(true);
  inside->addWidget(memory_);
  yaml_ = makeMonoText(tr("Config"), type::kCaption, content);
  inside->addWidget(yaml_, 1);
  faces_ = new Faces(content, this);
  column->addWidget(faces_, 1);
  auto* buttons = new QHBoxLayout;
  buttons->addStretch(1);
  auto* close = makeButton(tr("Close"), "", this);
  connect(close, &QPushButton::clicked, this, &QDialog::accept);
  buttons->addWidget(close);
  column->addLayout(buttons);
  ask();
}

void ForecastDialog::ask() {
  faces_->showLoading();
  lab_->actions.check(this, config_, [this](const absl::StatusOr<v1::CheckReport>& report) {
    if (report.ok()) {
      show(*report);
    } else {
      faces_->showError(tr("The run could not be forecast"), report.status(), [this] { ask(); });
    }
  });
}

void ForecastDialog::show(const v1::CheckReport& report) {
  facts_->show(factsOf(report.forecast()));
  QStringList parts;
  for (const v1::Forecast::Component& part : report.forecast().memory()) {
    parts << tr("%1 %2").arg(q(part.name()), bytes(part.size_bytes()));
  }
  memory_->setText(parts.isEmpty() ? QString() : tr("Memory: %1.").arg(parts.join(tr(", "))));
  yaml_->setPlainText(q(config_.text()));
  faces_->showContent();
}

}  // namespace lab::gui
