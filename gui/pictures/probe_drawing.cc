#include "gui/pictures/probe_drawing.h"

#include <QVBoxLayout>
#include <utility>

#include "gui/models/words.h"
#include "gui/widgets/probe_view.h"

namespace lab::gui {

QString modelFacts(const v1::OpenResponse& model, int64_t tokens) {
  QStringList facts;
  facts << (model.job_id() > 0
                ? QObject::tr("job %1 at step %2").arg(model.job_id()).arg(grouped(model.step()))
                : q(model.path()));
  facts << QObject::tr("%1 layers × %2 heads, %3 wide")
               .arg(model.layer_count())
               .arg(model.head_count())
               .arg(model.width());
  facts << QObject::tr("%1 tokens").arg(grouped(tokens));
  return facts.join(QStringLiteral("  ·  "));
}

ProbeDrawing::ProbeDrawing(Lab* lab, const PictureWish& wish, ProbeView* view)
    : wish_(wish), probe_(&lab->session), view_(view) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(view_);
  view_->setSelection(wish_.selection);
  connect(&probe_, &Probe::changed, this, &ProbeDrawing::ask);
}

void ProbeDrawing::begin() { probe_.setSubject(wish_.reference, wish_.text); }

// What was answered may lead to further questions.
void ProbeDrawing::ask() {
  view_->take(probe_, {});
  if (!probe_.busy() && !probe_.failed()) probe_.want(view_->questions(probe_));
}

bool ProbeDrawing::ready() const {
  return !probe_.busy() && !probe_.failed() && probe_.complete() && view_->filled();
}

absl::Status ProbeDrawing::status() const {
  return probe_.failed() ? probe_.status() : view_->trouble();
}

QString ProbeDrawing::facts() const {
  const Probe::Answer answer = probe_.find(view_->questions(probe_).front());
  return modelFacts(probe_.model(), answer->plan.tokens_size());
}

void ProbeDrawing::makeStill() { view_->makeStill(); }

}  // namespace lab::gui
