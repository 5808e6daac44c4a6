#include "gui/models/attention_words.h"

#include <QCoreApplication>

#include "gui/models/two_models.h"
#include "gui/models/words.h"
#include "proto/client/token_text.h"

namespace lab::gui {
namespace {

constexpr int kManyTokens = 512;

QString tr(const char* text) { return QCoreApplication::translate("Attention", text); }

}  // namespace

QStringList tokenLabels(const AttentionData& data) {
  QStringList labels;
  for (const v1::InspectToken& token : data.tokens) {
    QString label = q(VisibleText(token.text()));
    // A space alone is seen by its sign.
    labels << label.replace(QLatin1Char(' '), QChar(0x2423));
  }
  return labels;
}

QString headTitle(HeadId id, int heads) {
  if (id.head == kMeanHead) return tr("Layer %1, mean of %2 heads").arg(id.layer).arg(heads);
  return tr("Layer %1, head %2").arg(id.layer).arg(id.head);
}

Sink sinkOf(int choice) {
  return choice == kLogarithmicChoice ? Sink::kShow : static_cast<Sink>(choice);
}

bool isLog(int choice) { return choice == kLogarithmicChoice; }

bool wantsLog(int length) { return length > kManyTokens; }

QString besideTrouble(const Attention& now, const Attention& other) {
  if (!now.data() || now.busy() || other.busy()) return {};
  if (!other.status().ok()) return tr("no difference: %1").arg(q(other.status().message()));
  if (!other.data()) return tr("no difference: nothing is before the first checkpoint");
  const absl::Status fits = comparable(*now.data(), *other.data());
  return fits.ok() ? QString() : tr("no difference: %1").arg(q(fits.message()));
}

QString attentionFacts(const Attention& now, const Attention& other, bool compares) {
  QStringList words;
  if (const auto data = now.data()) {
    const v1::OpenResponse& model = data->model;
    if (model.job_id() > 0) {
      words << tr("job %1 at step %2").arg(model.job_id()).arg(grouped(model.step()));
    }
    words << shapeWords(model);
    words << tr("%1 tokens").arg(grouped(data->length()));
    if (data->whole) words << tr("computed exactly, in %1").arg(duration(data->seconds));
  }
  if (now.busy() || other.busy()) {
    const int64_t expected = now.expected() + (other.busy() ? other.expected() : 0);
    const int64_t received = now.received() + (other.busy() ? other.received() : 0);
    words << (expected > 0 ? tr("reading, %1 of %2").arg(bytes(received), bytes(expected))
                           : tr("opening the model"));
  } else if (compares && other.data()) {
    words << tr("beside %1").arg(q(other.data()->subject.reference));
  }
  return words.join(QStringLiteral("  ·  "));
}

}  // namespace lab::gui
