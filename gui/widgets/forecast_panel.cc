#include "gui/widgets/forecast_panel.h"

#include <QHBoxLayout>
#include <algorithm>

#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr double kTight = 0.9;  // of the memory that is free: it may not fit

double shareOf(int64_t part, int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

QString none() { return QStringLiteral("–"); }

}  // namespace

ForecastPanel::ForecastPanel(QWidget* parent) : Card(tr("Forecast"), parent) {
  auto* column = body();
  verdict_ = makeLabel({}, "caption", this);
  head()->addWidget(verdict_);
  problems_ = makeLabel({}, "bad", this);
  problems_->setWordWrap(true);
  problems_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  problems_->hide();
  column->addWidget(problems_);
  parameters_ = addRow(tr("parameters"), column);
  step_tokens_ = addRow(tr("tokens a step"), column);
  steps_ = addRow(tr("steps"), column);
  tokens_ = addRow(tr("tokens in all"), column);
  column->addWidget(makeLabel(tr("Memory"), "strong", this));
  memory_ = new QVBoxLayout;
  memory_->setSpacing(space::kSmall);
  column->addLayout(memory_);
  peak_ = makeBar();
  peak_.name->setText(tr("peak"));
  column->addWidget(makeLabel(tr("Time"), "strong", this));
  one_run_ = addRow(tr("one run"), column);
  runs_ = addRow(tr("runs in the group"), column);
  all_ = addRow(tr("all of them"), column);
  disk_ = addRow(tr("checkpoints on disk"), column);
  basis_ = makeLabel({}, "caption", this);
  basis_->setWordWrap(true);
  column->addWidget(basis_);
  column->addStretch(1);
}

QLabel* ForecastPanel::addRow(const QString& name, QVBoxLayout* column) {
  auto* whole = new QWidget(this);
  auto* row = new QHBoxLayout(whole);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(makeLabel(name, "dim", whole));
  row->addStretch(1);
  auto* value = makeLabel(none(), "figure", whole);
  value->setAccessibleName(name);
  row->addWidget(value);
  column->addWidget(whole);
  return value;
}

ForecastPanel::Bar ForecastPanel::makeBar() {
  auto* column = new QVBoxLayout;
  column->setSpacing(3);
  Bar bar;
  bar.size = nullptr;
  auto* row = new QHBoxLayout;
  bar.name = makeLabel({}, "caption", this);
  row->addWidget(bar.name);
  row->addStretch(1);
  bar.size = makeLabel(none(), "figure", this);
  row->addWidget(bar.size);
  column->addLayout(row);
  bar.bar = new ShareBar(tr("share of the memory"), this);
  bar.bar->setProperty("role", QStringLiteral("thin"));
  column->addWidget(bar.bar);
  memory_->addLayout(column);
  return bar;
}

void ForecastPanel::show(const ConfigDesk& desk, const ConfigFormModel& form,
                         const v1::System* system, bool all_errors) {
  const v1::CheckReport& report = desk.report();
  const v1::Forecast& forecast = report.forecast();
  showVerdict(desk, form, all_errors);
  parameters_->setText(forecast.has_parameter_count() ? grouped(forecast.parameter_count())
                                                      : none());
  step_tokens_->setText(forecast.has_tokens_per_step() ? grouped(forecast.tokens_per_step())
                                                       : none());
  steps_->setText(forecast.has_total_steps() ? grouped(forecast.total_steps()) : none());
  const bool long_known = forecast.has_total_steps() && forecast.has_tokens_per_step();
  tokens_->setText(long_known ? count(static_cast<double>(forecast.total_steps()) *
                                      static_cast<double>(forecast.tokens_per_step()))
                              : none());
  showMemory(forecast, system);
  showTime(report);
}

void ForecastPanel::showVerdict(const ConfigDesk& desk, const ConfigFormModel& form,
                                bool all_errors) {
  QStringList problems, at_fields;
  for (const FormField& field : form.fields()) {
    if (!field.error.isEmpty()) at_fields << q(field.spec.name()) + tr(": ") + field.error;
  }
  for (const SweepRow& row : form.sweep()) {
    if (!row.error.isEmpty()) at_fields << tr("sweep of ") + row.field + tr(": ") + row.error;
  }
  const qsizetype wrong = form.errorsElsewhere().size() + at_fields.size();
  // The worker says it better once it has read the text, too.
  if (!form.trouble().isEmpty() && form.errorsElsewhere().isEmpty()) problems << form.trouble();
  if (!desk.status().ok()) problems << tr("Not checked: %1").arg(q(desk.status().message()));
  problems += form.errorsElsewhere();
  if (all_errors) problems += at_fields;
  const bool bad = !problems.isEmpty();
  problems += form.warningsElsewhere();
  problems_->setText(problems.join(QLatin1Char('\n')));
  problems_->setVisible(!problems.isEmpty());
  setTone(problems_, bad ? Tone::kBad : Tone::kWarning);
  if (!desk.current()) {
    verdict_->setText(desk.status().ok() ? tr("checking…") : QString());
    setStyleProperty(verdict_, "state", QString());
  } else if (wrong > 0) {
    verdict_->setText(tr("%1 to mend").arg(wrong));
    setStyleProperty(verdict_, "state", QStringLiteral("error"));
  } else {
    verdict_->setText(tr("ready"));
    setStyleProperty(verdict_, "state", QStringLiteral("good"));
  }
}

void ForecastPanel::showMemory(const v1::Forecast& forecast, const v1::System* system) {
  while (static_cast<int>(bars_.size()) < forecast.memory_size()) bars_.push_back(makeBar());
  for (size_t i = 0; i < bars_.size(); ++i) {
    const Bar& bar = bars_[i];
    const bool used = static_cast<int>(i) < forecast.memory_size();
    // Without a forecast the parts stay, unknown, so that nothing jumps while somebody types.
    const bool shown = used || forecast.memory_size() == 0;
    bar.name->setVisible(shown);
    bar.size->setVisible(shown);
    bar.bar->setVisible(shown);
    if (!used) {
      bar.size->setText(none());
      bar.bar->setShare(0);
      continue;
    }
    const v1::Forecast::Component& part = forecast.memory(static_cast<int>(i));
    bar.name->setText(q(part.name()));
    bar.size->setText(bytes(part.size_bytes()));
    bar.bar->setShare(shareOf(part.size_bytes(), forecast.memory_bytes()));
    bar.bar->setToolTip(q(part.formula()));
    bar.size->setToolTip(q(part.formula()));
  }
  const bool known = forecast.has_memory_bytes();
  const int64_t free = system != nullptr ? system->memory_available_bytes() : 0;
  peak_.bar->setShare(known ? shareOf(forecast.memory_bytes(), free) : 0);
  const bool tight =
      known && free > 0 &&
      static_cast<double>(forecast.memory_bytes()) > kTight * static_cast<double>(free);
  setStyleProperty(peak_.bar, "tone", tight ? QStringLiteral("bad") : QString());
  setStyleProperty(peak_.size, "state", tight ? QStringLiteral("error") : QString());
  if (!known) {
    peak_.size->setText(none());
  } else if (free > 0) {
    peak_.size->setText(tr("%1 of %2 free").arg(bytes(forecast.memory_bytes()), bytes(free)));
  } else {
    peak_.size->setText(bytes(forecast.memory_bytes()));
  }
}

void ForecastPanel::showTime(const v1::CheckReport& report) {
  const v1::Forecast& forecast = report.forecast();
  const int64_t runs = report.member_count();
  one_run_->setText(forecast.has_seconds() ? tr("about %1").arg(duration(forecast.seconds()))
                                           : none());
  all_->setText(forecast.has_seconds() && runs > 0
                    ? tr("about %1").arg(duration(forecast.seconds() * static_cast<double>(runs)))
                    : none());
  runs_->setText(grouped(runs));
  for (QLabel* label : {runs_, all_}) label->parentWidget()->setVisible(runs > 1);
  disk_->setText(forecast.has_disk_bytes() ? bytes(forecast.disk_bytes()) : none());
  basis_->setText(forecast.has_flops_per_second()
                      ? tr("By formula, at %1 operations/s measured on this machine.")
                            .arg(count(forecast.flops_per_second()))
                      : QString());
}

}  // namespace lab::gui
