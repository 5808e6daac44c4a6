#include "gui/pages/attention_page.h"

#include <QHBoxLayout>
#include <QHideEvent>
#include <QMenu>
#include <QShortcut>
#include <algorithm>

#include "gui/models/attention_words.h"
#include "gui/style/tokens.h"
#include "gui/widgets/attention_exports.h"
#include "gui/widgets/attention_subject.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/head_picture.h"
#include "gui/widgets/head_view.h"
#include "gui/widgets/heads_card.h"
#include "gui/widgets/run_steps.h"

namespace lab::gui {
namespace {

constexpr int kOptionWidth = 200;

}  // namespace

AttentionPage::AttentionPage(Lab* lab)
    : Page(lab), now_(&lab->session, &shelf_), other_(&lab->session, &shelf_) {
  makeHead(tr("Attention"));
  subject_ = new AttentionSubjectCard(lab, q(std::string(kDefaultText)), this);
  connect(subject_, &AttentionSubjectCard::entered, this, &AttentionPage::look);
  connect(subject_, &AttentionSubjectCard::otherEntered, this, &AttentionPage::lookBeside);
  connect(subject_, &AttentionSubjectCard::referenceChanged, this,
          [this] { steps_->setReference(subject_->reference()); });
  body()->addWidget(subject_);
  makeOptions();
  makeActions();
  faces_ = new Faces(makeViews(), this);
  body()->addWidget(faces_, 1);
  steps_ = new RunSteps(lab, this);
  connect(steps_, &RunSteps::chosen, this, [this](const QString& reference) {
    subject_->setReference(reference);
    look();
  });
  connect(steps_, &RunSteps::samplesWanted, this, [this](qint64 job, qint64 step) {
    Q_EMIT go({QStringLiteral("pretrain"), job, QStringLiteral("step:%1").arg(step)});
  });
  steps_->setReference(subject_->reference());
  body()->addWidget(steps_);
  for (Attention* one : {&now_, &other_}) {
    connect(one, &Attention::changed, this, &AttentionPage::showAnswer);
    connect(one, &Attention::progressed, this, &AttentionPage::showFacts);
  }
  connect(&lab->checkpoints, &CheckpointStore::changed, this, [this] {
    begin();
    showFace();
  });
  showFace();
}

void AttentionPage::makeOptions() {
  sink_ = new Choice(this);
  sink_->setAccessibleName(tr("first token"));
  sink_->setToolTip(
      tr("Heads with nothing to say rest on the first token. Hidden it makes room for "
         "the others; renormalised, they are shares of what is left."));
  sink_->setMinimumWidth(kOptionWidth);
  sink_->addItems({tr("first token shown"), tr("first token hidden"),
                   tr("first token renormalised"), tr("logarithmic colours")});
  connect(sink_, &QComboBox::activated, this, [this] {
    own_colours_ = true;
    showAnswer();
  });
  weighted_ = makeButton(tr("Weighted by values"), "", this);
  weighted_->setCheckable(true);
  weighted_->setToolTip(
      tr("Each key by the length of the value that is read there: a key may be "
         "looked at and give nothing."));
  connect(weighted_, &QPushButton::clicked, this, &AttentionPage::look);
  beside_ = new Choice(this);
  beside_->setAccessibleName(tr("compared with"));
  beside_->addItems(
      {tr("by itself"), tr("difference to the step before"), tr("difference to another model")});
  connect(beside_, &QComboBox::activated, this, &AttentionPage::lookBeside);
  subject_->addBelow(beside_);
  subject_->addBeside(sink_);
  subject_->addBeside(weighted_);
}

void AttentionPage::makeActions() {
  auto* save = makeButton(tr("Export"), "", this);
  exports_ = new QMenu(save);
  save->setMenu(exports_);
  look_ = makeButton(tr("Look"), "primary", this);
  look_->setToolTip(tr("Ctrl+Return; Esc stops"));
  connect(look_, &QPushButton::clicked, this, [this] { busy() ? stop() : look(); });
  for (QPushButton* one : {save, look_}) actions()->addWidget(one);
  for (auto key : {Qt::Key_Return, Qt::Key_Enter}) {
    auto* go = new QShortcut(QKeySequence(Qt::CTRL | key), this);
    go->setContext(Qt::WidgetWithChildrenShortcut);
    connect(go, &QShortcut::activated, this, &AttentionPage::look);
  }
  auto* end = new QShortcut(QKeySequence(Qt::Key_Escape), this);
  end->setContext(Qt::WidgetWithChildrenShortcut);
  connect(end, &QShortcut::activated, this, &AttentionPage::stop);
}

QWidget* AttentionPage::makeViews() {
  auto* views = new QWidget(this);
  auto* row = new QHBoxLayout(views);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kGap);
  heads_ = new HeadsCard(views);
  view_ = new HeadView(views);
  addAttentionExports(exports_, heads_, view_,
                      [this](const QString& words) { Q_EMIT said(words); });
  row->addWidget(heads_, 2);
  row->addWidget(view_, 3);
  connect(heads_, &HeadsCard::chosen, this, [this](HeadId id) {
    head_ = id;
    showHead();
  });
  mean_ = makeButton(tr("Mean of heads"), "segment", view_);
  mean_->setToolTip(tr("Of all heads of the layer"));
  both_ = makeButton(tr("Side by side"), "segment", view_);
  both_->setToolTip(tr("Both patterns in place of their difference"));
  for (QPushButton* one : {mean_, both_}) {
    one->setCheckable(true);
    view_->options()->addWidget(one);
    connect(one, &QPushButton::toggled, this, &AttentionPage::showHead);
  }
  both_->hide();
  return views;
}

void AttentionPage::visit(const Route& route) {
  lab().checkpoints.refresh();
  QString reference = route.argument;
  if (reference.isEmpty() && route.job > 0) reference = QString::number(route.job);
  if (!reference.isEmpty()) {
    subject_->setReference(reference);
    begun_ = false;
  }
  begin();
  showFace();
}

// Looks by itself once, as soon as there is a model.
void AttentionPage::begin() {
  const bool known = lab().checkpoints.loaded() || !lab().checkpoints.status().ok();
  if (begun_ || !isVisible() || !known || subject_->reference().isEmpty()) return;
  look();
}

AttentionSubject AttentionPage::subjectOf(const QString& reference) const {
  return {utf8(reference), utf8(subject_->text()), weighted_->isChecked()};
}

void AttentionPage::look() {
  const QString reference = subject_->reference();
  if (reference.isEmpty()) {
    subject_->focusReference();
    return Q_EMIT said(tr("Choose a model first"));
  }
  begun_ = true;
  now_.look(subjectOf(reference), isNewest(lab(), reference));
  lookBeside();
}

void AttentionPage::lookBeside() {
  const int beside = beside_->currentIndex();
  subject_->setTwo(beside == kOtherModel);
  QString reference;
  if (beside == kOtherModel) {
    reference = subject_->otherReference();
  } else if (beside == kStepBefore) {
    reference = steps_->before();
  }
  both_->setVisible(beside != kAlone);
  if (reference.isEmpty()) return other_.clear();
  other_.want(chosenHead());
  other_.look(subjectOf(reference), isNewest(lab(), reference));
}

void AttentionPage::stop() {
  steps_->setPlaying(false);
  now_.stop();
  other_.stop();
  showAnswer();
}

bool AttentionPage::settled() const {
  const bool begins = !begun_ && isVisible() && !subject_->reference().isEmpty();
  return failed() || (lab().checkpoints.loaded() && !begins && !busy());
}

bool AttentionPage::failed() const {
  return faces_->face() == Faces::Face::kError ||
         (faces_->face() == Faces::Face::kContent && view_->failed());
}

std::shared_ptr<const AttentionData> AttentionPage::beside() const {
  const auto other = other_.data();
  const auto data = now_.data();
  return data && other && beside_->currentIndex() != kAlone && comparable(*data, *other) ? other
                                                                                         : nullptr;
}

HeadId AttentionPage::chosenHead() const {
  return {head_.layer, mean_->isChecked() ? kMeanHead : head_.head};
}

void AttentionPage::showAnswer() {
  steps_->setBusy(busy());
  look_->setText(busy() ? tr("Stop") : tr("Look"));
  showFacts();
  showFace();
  if (faces_->face() != Faces::Face::kContent) return;
  // Two that belong together are shown together.
  if (beside_->currentIndex() != kAlone && busy() && now_.data()->whole) return;
  showHeads();
  showHead();
}

void AttentionPage::showFace() {
  if (now_.data()) return faces_->showContent();
  if (!now_.status().ok()) {
    return faces_->showError(tr("The model could not be looked into"), now_.status(),
                             [this] { look(); });
  }
  const CheckpointStore& known = lab().checkpoints;
  if (now_.busy()) return faces_->showLoading();
  if (!known.loaded() && !known.status().ok()) {
    return faces_->showError(tr("The checkpoints could not be listed"), known.status(),
                             [this] { lab().jobs.refresh(); });
  }
  if (!known.loaded()) return faces_->showLoading();
  if (known.all().empty() && subject_->reference().isEmpty()) {
    return faces_->showEmpty(tr("No job has a checkpoint yet. Start a run, or type the path of a "
                                "model's folder above."),
                             tr("New run"), [this] { Q_EMIT go({QStringLiteral("pretrain")}); });
  }
  faces_->showEmpty(tr("Choose a model, write a text and press Look (Ctrl+Return)."));
}

void AttentionPage::showFacts() {
  setFacts(attentionFacts(now_, other_, beside_->currentIndex() != kAlone, beside() != nullptr));
}

void AttentionPage::showHeads() {
  const auto data = now_.data();
  head_ = {std::min(head_.layer, data->layers - 1), std::min(head_.head, data->heads - 1)};
  // Spread over many keys the shares are small: an even scale shows none of them.
  if (!own_colours_) {
    sink_->setCurrentIndex(wantsLog(data->length()) ? kLogarithmicChoice : 0);
  }
  heads_->show(data, beside(), sinkOf(sink_->currentIndex()), isLog(sink_->currentIndex()));
  heads_->setCurrent(head_);
}

void AttentionPage::showHead() {
  const auto data = now_.data();
  if (!data || data->layers == 0) return;
  const HeadId id = chosenHead();
  heads_->setCurrent(head_);
  const auto other = beside();
  now_.want(id);
  if (other) other_.want(id);
  const QString title = headTitle(id, data->heads);
  for (Attention* one : {&now_, &other_}) {
    if (one == &other_ && !other) continue;
    if (!one->mapStatus().ok()) {
      return view_->showError(title, one->mapStatus(), [one] { one->wantAgain(); });
    }
  }
  const auto map = now_.map(id);
  const auto other_map = other ? other_.map(id) : nullptr;
  if (!map || (other && !other_map)) return view_->showWaiting(title, heads_->factsOf(id));
  HeadPictureSettings settings;
  settings.title = title;
  settings.facts = heads_->factsOf(id);
  settings.sink = sinkOf(sink_->currentIndex());
  settings.log = isLog(sink_->currentIndex());
  settings.both = both_->isChecked();
  view_->show(headPictureOf(*data, map, other.get(), other_map, settings));
}

void AttentionPage::hideEvent(QHideEvent* event) {
  Page::hideEvent(event);
  if (event->spontaneous()) return;
  steps_->setPlaying(false);
  // The models' memory is wanted elsewhere.
  now_.release();
  other_.release();
}

void AttentionPage::showEvent(QShowEvent* event) {
  Page::showEvent(event);
  if (!event->spontaneous()) begin();
}

}  // namespace lab::gui
