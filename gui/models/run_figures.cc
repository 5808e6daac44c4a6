#include "gui/models/run_figures.h"

#include <algorithm>
#include <cmath>

namespace lab::gui {
namespace {

constexpr size_t kRecent = 100;  // steps that "of the last" speaks of
constexpr size_t kMostFigures = 6;

QString tr(const char* text) { return QString::fromUtf8(text); }

std::optional<double> lastOf(const Series* series) {
  if (series == nullptr || series->empty()) return std::nullopt;
  return series->values().back();
}

Figure make(const char* name, const std::optional<double>& value, const QString& unit = {}) {
  Figure figure{tr(name), value ? number(*value) : tr("–"), value ? unit : QString(), {}};
  if (!value) figure.note = tr("not measured yet");
  return figure;
}

// "1.21 GB" as value and unit.
void setBytes(Figure* figure, double size) {
  const QString text = bytes(static_cast<int64_t>(size));
  figure->value = text.section(QLatin1Char(' '), 0, 0);
  figure->unit = text.section(QLatin1Char(' '), 1);
}

Figure trainLoss(const Run& run) {
  const std::optional<double> loss = lastOf(run.series("train/loss"));
  Figure figure = make("train loss", loss, tr("nats/token"));
  const std::optional<double> floor = lastOf(run.series("floor/loss"));
  if (!loss) return figure;
  if (!std::isfinite(*loss)) {
    figure.note = tr("not a number: the run diverged");
    figure.tone = Tone::kBad;
  } else if (floor && std::isfinite(*floor)) {
    const double above = *loss - *floor;
    figure.note = above >= 0 ? number(above) + tr(" above the floor")
                             : number(-above) + tr(" below the floor");
    figure.tone = above >= 0 ? Tone::kGood : Tone::kWarning;
  }
  return figure;
}

Figure validation(const Run& run) {
  const Series* series = run.series("val/loss");
  Figure figure = make("validation", lastOf(series), tr("nats/token"));
  if (series == nullptr || series->empty()) return figure;
  size_t best = 0;
  for (size_t i = 1; i < series->size(); ++i) {
    const double value = series->values()[i], known = series->values()[best];
    if (value < known || (!std::isfinite(known) && std::isfinite(value))) best = i;
  }
  if (!std::isfinite(series->values()[best])) {
    figure.tone = Tone::kBad;
    figure.note = tr("never a number");
  } else if (best + 1 == series->size()) {
    figure.note = tr("best, at step ") + grouped(series->steps()[best]);
  } else {
    figure.note = tr("best %1 at step %2")
                      .arg(number(series->values()[best]), grouped(series->steps()[best]));
    figure.tone = Tone::kWarning;
  }
  return figure;
}

Figure throughput(const Run& run) {
  const std::optional<double> rate = lastOf(run.series("train/tokens_per_second"));
  Figure figure = make("tokens/s", rate);
  if (rate && std::isfinite(*rate)) figure.value = grouped(std::llround(*rate));
  const std::optional<double> seconds = lastOf(run.series("train/step_seconds"));
  if (seconds) figure.note = tr("%1 s a step").arg(number(*seconds));
  return figure;
}

Figure learningRate(const Run& run, const RunConfig* config) {
  Figure figure = make("learning rate", lastOf(run.series("train/learning_rate")));
  if (config != nullptr) {
    const QString shape = config->value(tr("schedule.shape"));
    const QString peak = config->value(tr("optim.learning_rate"));
    if (!shape.isEmpty() && !peak.isEmpty()) figure.note = tr("%1, peak %2").arg(shape, peak);
  }
  for (const v1::Mark& mark : run.marks()) {
    if (mark.kind() != "set" || !q(mark.text()).contains(tr("learning_rate"))) continue;
    figure.note = tr("set by hand at ") + grouped(mark.step());
    figure.tone = Tone::kWarning;
  }
  return figure;
}

Figure gradientNorm(const Run& run, const RunConfig* config) {
  const Series* series = run.series("train/grad_norm");
  Figure figure = make("gradient norm", lastOf(series));
  if (series == nullptr || series->empty() || config == nullptr) return figure;
  const double limit = config->value(tr("train.clip_norm")).toDouble();
  if (limit <= 0) return figure;
  const size_t count = std::min(kRecent, series->size());
  const auto clipped =
      std::count_if(series->values().end() - static_cast<std::ptrdiff_t>(count),
                    series->values().end(), [limit](double norm) { return !(norm <= limit); });
  figure.note = tr("clipped %1 of the last %2").arg(clipped).arg(count);
  return figure;
}

Figure memory(const Run& run, const RunConfig* config) {
  const std::optional<double> size = lastOf(run.series("memory/allocated_bytes"));
  Figure figure = make("memory", size);
  if (size && std::isfinite(*size)) setBytes(&figure, *size);
  if (size && config != nullptr && config->forecast().has_memory_bytes()) {
    figure.note = tr("forecast %1").arg(bytes(config->forecast().memory_bytes()));
  }
  return figure;
}

}  // namespace

std::vector<Figure> figuresOf(const Run& run, const RunConfig* config) {
  const bool trains = run.series("train/loss") != nullptr || run.job().type() == "pretrain" ||
                      run.all_series().empty();
  if (trains) {
    return {trainLoss(run),
            validation(run),
            throughput(run),
            learningRate(run, config),
            gradientNorm(run, config),
            memory(run, config)};
  }
  std::vector<Figure> figures;
  for (const auto& [name, series] : run.all_series()) {
    if (figures.size() == kMostFigures) break;
    Figure figure = make(name.c_str(), lastOf(&series), unitText(series.unit()));
    if (!series.empty()) figure.note = tr("at step ") + grouped(series.steps().back());
    if (series.unit() == "bytes" && lastOf(&series)) setBytes(&figure, *lastOf(&series));
    figures.push_back(std::move(figure));
  }
  return figures;
}

QString factsOf(const v1::Job& job, const RunConfig* config) {
  QStringList facts = {tr("job %1").arg(job.id())};
  if (config != nullptr && config->forecast().has_parameter_count()) {
    facts << tr("%1 parameters")
                 .arg(count(static_cast<double>(config->forecast().parameter_count())));
  }
  if (!job.group().empty()) facts << tr("in %1").arg(q(job.group()));
  facts << (job.member().empty() ? tr("seed %1").arg(job.seed()) : q(job.member()));
  const QString started = clock(job.start_time()), ended = clock(job.end_time());
  if (!started.isEmpty()) facts << tr("started %1").arg(started);
  if (!ended.isEmpty()) facts << tr("ended %1").arg(ended);
  if (job.attempt() > 1) facts << tr("attempt %1").arg(job.attempt());
  return facts.join(tr("  ·  "));
}

QString placeOf(const v1::Progress& progress) {
  if (progress.total_steps() > 0) {
    return tr("step %1 of %2").arg(grouped(progress.step()), grouped(progress.total_steps()));
  }
  if (progress.step() > 0) return tr("step ") + grouped(progress.step());
  return q(progress.phase());
}

}  // namespace lab::gui
