#include "gui/pages/attention_page.h"

#include <QHBoxLayout>
#include <QMenu>
#include <algorithm>

#include "gui/models/attention_words.h"
#include "gui/style/tokens.h"
#include "gui/widgets/attention_exports.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/head_picture.h"
#include "gui/widgets/head_view.h"
#include "gui/widgets/heads_card.h"
#include "gui/widgets/subject_card.h"

namespace lab::gui {
namespace {

constexpr int kOptionWidth = 200;

}  // namespace

AttentionPage::AttentionPage(Lab* lab)
    : LookPage(lab, tr("Attention"), q(std::string(kDefaultText))),
      now_(&lab->session, &shelf_),
      other_(&lab->session, &shelf_) {
  makeOptions();
  makeActions();
  setViews(makeViews());
  for (Attention* one : {&now_, &other_}) {
    connect(one, &Attention::changed, this, &AttentionPage::showAnswer);
    connect(one, &Attention::progressed, this, &AttentionPage::showFacts);
  }
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
  subject()->addOption(sink_);
  subject()->addOption(weighted_);
}

void AttentionPage::makeActions() {
  auto* save = makeButton(tr("Export"), "", this);
  exports_ = new QMenu(save);
  save->setMenu(exports_);
  actions()->addWidget(save);
  addLookButton();
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
  mean_->setCheckable(true);
  view_->options()->addWidget(mean_);
  connect(mean_, &QPushButton::toggled, this, &AttentionPage::showHead);
  return views;
}

AttentionSubject AttentionPage::subjectOf(const QString& reference) const {
  return {utf8(reference), utf8(subject()->text()), weighted_->isChecked()};
}

void AttentionPage::lookAt(const QString& reference, bool fresh) {
  now_.look(subjectOf(reference), fresh);
}

void AttentionPage::lookBeside(const QString& reference, bool fresh) {
  if (reference.isEmpty()) return other_.clear();
  other_.want(chosenHead());
  other_.look(subjectOf(reference), fresh);
}

void AttentionPage::stopLooking() {
  now_.stop();
  other_.stop();
}

void AttentionPage::release() {
  now_.release();
  other_.release();
}

bool AttentionPage::settled() const { return LookPage::settled() && !view_->busy(); }

bool AttentionPage::failed() const {
  return LookPage::failed() || (faces()->face() == Faces::Face::kContent && view_->failed());
}

std::shared_ptr<const AttentionData> AttentionPage::beside() const {
  const auto other = other_.data();
  const auto data = now_.data();
  return data && other && compares() && comparable(*data, *other).ok() ? other : nullptr;
}

HeadId AttentionPage::chosenHead() const {
  return {head_.layer, mean_->isChecked() ? kMeanHead : head_.head};
}

void AttentionPage::showAnswer() {
  showBusy();
  showFacts();
  showFace();
  if (faces()->face() != Faces::Face::kContent) return;
  // Two that belong together are shown together.
  if (compares() && busy() && now_.data()->whole) return;
  showHeads();
  showHead();
}

void AttentionPage::showFace() {
  if (now_.data()) return faces()->showContent();
  if (!now_.status().ok()) {
    return faces()->showError(tr("The model could not be looked into"), now_.status(),
                              [this] { look(); });
  }
  now_.busy() ? faces()->showLoading() : showNothingYet();
}

void AttentionPage::showFacts() {
  setFacts(attentionFacts(now_, other_, compares()));
  subject()->setTrouble(compares() ? besideTrouble(now_, other_) : QString());
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
  HeadPicture picture = headPictureOf(*data, other.get());
  picture.title = title;
  picture.facts = heads_->factsOf(id);
  picture.map = map;
  picture.beside = other_map;
  picture.sink = sinkOf(sink_->currentIndex());
  picture.log = isLog(sink_->currentIndex());
  picture.both = subject()->both();
  view_->show(picture);
}

}  // namespace lab::gui
