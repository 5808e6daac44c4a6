#include "gui/models/words.h"

#include <atomic>
#include <cmath>

#include "core/base/strings.h"

namespace lab::gui {
namespace {

constexpr QChar kThinSpace(0x2009);

// Of the window; read on any thread.
std::atomic<ByteUnits> byte_units = ByteUnits::kDecimal;

QString tr(const char* text) { return QString::fromUtf8(text); }

// The first sentence of a message.
QString firstSentence(const std::string& message) {
  const QString text = q(message);
  const qsizetype end = text.indexOf(tr(". "));
  return end < 0 ? text : text.left(end);
}

std::optional<double> finiteLast(const v1::Job& job, std::string_view metric) {
  const v1::MetricSummary* summary = SummaryOf(job, metric);
  if (summary == nullptr || !std::isfinite(summary->last())) return std::nullopt;
  return summary->last();
}

}  // namespace

QString stateWord(v1::Job::State state) { return q(StateWord(state)); }

Tone stateTone(v1::Job::State state) {
  switch (state) {
    case v1::Job::RUNNING:
    case v1::Job::STOPPING:
      return Tone::kAccent;
    case v1::Job::SUCCEEDED:
      return Tone::kGood;
    case v1::Job::PAUSED:
    case v1::Job::HELD:
      return Tone::kWarning;
    case v1::Job::FAILED:
      return Tone::kBad;
    default:
      return Tone::kPlain;
  }
}

bool isActive(v1::Job::State state) {
  return state == v1::Job::QUEUED || state == v1::Job::HELD || state == v1::Job::RUNNING ||
         state == v1::Job::STOPPING || state == v1::Job::PAUSED;
}

QString grouped(int64_t count) {
  QString text = q(FormatGrouped(count));
  return text.replace(QLatin1Char(','), kThinSpace);
}

QString number(double value) { return q(FormatNumber(value)); }
QString duration(double seconds) { return q(FormatDuration(seconds)); }
QString count(double count) { return q(FormatCount(count)); }

void setByteUnits(ByteUnits units) { byte_units = units; }
ByteUnits byteUnits() { return byte_units; }

QString bytes(int64_t size_bytes) {
  return q(byteUnits() == ByteUnits::kBinary ? FormatBinaryBytes(size_bytes)
                                             : FormatBytes(size_bytes));
}

QString clock(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return {};
  const QDateTime moment =
      QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(UnixSeconds(time) * 1000));
  const bool today = moment.date() == QDate::currentDate();
  return moment.toString(today ? tr("HH:mm") : tr("d MMM HH:mm"));
}

QString unitText(const std::string& unit) { return unit == "nats" ? tr("nats/token") : q(unit); }

std::optional<double> aboveFloor(const v1::Job& job) {
  const std::optional<double> floor = finiteLast(job, "floor/loss");
  const std::optional<double> loss =
      finiteLast(job, SummaryOf(job, "val/loss") != nullptr ? "val/loss" : "train/loss");
  if (!floor || !loss) return std::nullopt;
  return *loss - *floor;
}

Verdict verdictOf(const v1::Job& job) {
  const QString at = tr(" at step ") + grouped(job.progress().step());
  switch (job.state()) {
    case v1::Job::FAILED:
      if (job.error().reason() == "LOSS_NOT_FINITE") return {tr("diverged") + at, Tone::kBad};
      return {firstSentence(job.error().message()), Tone::kBad};
    case v1::Job::CANCELLED:
      return {tr("cancelled") + at, Tone::kWarning};
    case v1::Job::PAUSED:
      return {tr("paused") + at, Tone::kWarning};
    case v1::Job::HELD:
      if (job.has_error()) return {firstSentence(job.error().message()), Tone::kWarning};
      return {tr("held"), Tone::kWarning};
    case v1::Job::QUEUED:
      return {tr("queued"), Tone::kPlain};
    default:
      break;
  }
  if (!job.ending().empty()) return {firstSentence(job.ending()), Tone::kWarning};
  if (const std::optional<double> above = aboveFloor(job)) {
    if (*above < 0) return {number(-*above) + tr(" nats/token below the floor"), Tone::kWarning};
    return {number(*above) + tr(" nats/token above the floor"), Tone::kGood};
  }
  for (const char* metric : {"val/loss", "train/loss"}) {
    if (const v1::MetricSummary* loss = SummaryOf(job, metric)) {
      return {tr(metric) + QLatin1Char(' ') + number(loss->last()) + QLatin1Char(' ') +
                  unitText(loss->unit()),
              Tone::kPlain};
    }
  }
  return {stateWord(job.state()), Tone::kPlain};
}

}  // namespace lab::gui
