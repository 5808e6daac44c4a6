#include "gui/pictures/patterns_view.h"

#include <QGridLayout>
#include <cmath>

#include "core/base/strings.h"
#include "gui/charts/heatmap.h"
#include "gui/models/attention_words.h"
#include "gui/models/probe_words.h"
#include "gui/style/tokens.h"
#include "gui/widgets/head_picture.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kLeastWidth = 648, kLeastHeight = 690;  // of one alone
constexpr int kMostTogether = 2400;                   // pixels of maps beside each other

// "entropy 0.92 nats · sink 0.31", of the head that is chosen as the layer'th's head'th.
QString scoreWords(const std::vector<HeadScore>& scores, HeadId place) {
  QStringList words;
  for (const HeadScore& score : scores)
    words << score.name + QLatin1Char(' ') + scoreText(score, place);
  return words.join(QStringLiteral(" · "));
}

}  // namespace

PatternsView::PatternsView(bool weighted, QWidget* parent)
    : ProbeView(parent), weighted_(weighted), grid_(new QGridLayout(this)) {
  grid_->setContentsMargins(0, 0, 0, 0);
  grid_->setSpacing(space::kGap);
}

v1::InspectRequest PatternsView::patternsQuestion() const {
  return questionOf(weighted_ ? "value_weighted" : "attn.hook_pattern");
}

v1::InspectRequest PatternsView::scoresQuestion() const {
  v1::InspectRequest question = questionOf("heads");
  question.clear_positions();
  return question;
}

// Whether the patterns are too many is known with the scores.
std::vector<v1::InspectRequest> PatternsView::questions(const Probe& probe) const {
  std::vector<v1::InspectRequest> questions = {scoresQuestion()};
  if (probe.find(questions[0]) != nullptr && trouble_.ok()) questions.push_back(patternsQuestion());
  return questions;
}

void PatternsView::take(const Probe& probe, const ProbeBeside&) {
  const Probe::Answer scored = probe.find(scoresQuestion());
  if (filled_ || scored == nullptr) return;
  if (const size_t count = scored->tensors.front().size(); count > kMostHeads) {
    trouble_ = absl::InvalidArgumentError(
        StrCat(count, " heads are too many to be drawn large (", kMostHeads,
               "): choose by layers and heads, or draw the view heads"));
    return;
  }
  const Probe::Answer patterns = probe.find(patternsQuestion());
  if (patterns == nullptr) return;
  filled_ = true;
  AttentionData data;
  data.subject = {probe.reference(), probe.text(), weighted_};
  data.tokens.assign(patterns->plan.tokens().begin(), patterns->plan.tokens().end());
  const int heads = static_cast<int>(probe.model().head_count());
  const InspectedTensor& first = patterns->tensors.front();
  QStringList queries;
  const QStringList labels = tokenLabels(data);
  for (int64_t i = 0; i < first.Dim(1); ++i) queries << labels.value(positionAt(first, 1, i));
  const auto count = static_cast<double>(patterns->tensors.size()) * double(first.Dim(0));
  // A layer's heads stand beside each other if there are several layers.
  const int columns = patterns->tensors.size() > 1 ? static_cast<int>(first.Dim(0))
                                                   : static_cast<int>(std::ceil(std::sqrt(count)));
  const std::vector<HeadScore> scores = headScoresOf(*scored);
  int at = 0;
  eachPattern(*patterns, [&](HeadId id, int rows, int keys, const float* values) {
    HeadPicture picture = headPictureOf(data, nullptr);
    picture.log = wantsLog(data.length());
    auto* card = new Card(headTitle(id, heads), this);
    auto* shown = new Heatmap(card);
    shown->setNames(tr("query"), tr("key"));
    shown->setValueName(picture.value_name);
    shown->setScale(picture.kind());
    shown->setValues(rows, keys, {values, values + static_cast<std::ptrdiff_t>(rows) * keys});
    shown->setLabels(queries, labels);
    card->body()->addWidget(shown, 1);
    const int in_layer = static_cast<int>(first.Dim(0));
    auto* words = makeLabel(scoreWords(scores, {at / in_layer, at % in_layer}), "caption", card);
    words->setWordWrap(true);
    card->body()->addWidget(words);
    grid_->addWidget(card, at / columns, at % columns);
    ++at;
  });
}

void PatternsView::makeStill() {
  const auto maps = findChildren<Heatmap*>();
  for (Heatmap* map : maps) {
    // Together no larger than one alone may be.
    QSize size = map->wholeSize();
    const int most = kMostTogether / grid_->columnCount();
    const bool square = map->values().rows() == map->values().columns();
    if (maps.size() == 1 && square) size = size.expandedTo({kLeastWidth, kLeastHeight});
    if (maps.size() > 1) size = size.boundedTo({most, most});
    map->setMinimumSize(size);
  }
}

}  // namespace lab::gui
