#include "gui/widgets/cosines_view.h"

#include <QHBoxLayout>
#include <QSignalBlocker>

#include "gui/charts/heatmap.h"
#include "gui/models/probe_words.h"
#include "gui/models/words.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/parts.h"

namespace lab::gui {

CosinesView::CosinesView(QWidget* parent) : ProbeView(parent) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kGap);
  auto add = [&](const QString& title, const QString& name, int stretch, Heatmap** map) {
    auto* card = new Card(title, this);
    *map = new Heatmap(card);
    (*map)->setNames(name, name);
    (*map)->setValueName(tr("cosine"));
    (*map)->setScale(ColorMap::Kind::kAroundZero, -1, 1);
    card->body()->addWidget(*map, 1);
    row->addWidget(card, stretch);
    return card;
  };
  Card* left = add(tr("Tokens at one point"), tr("token"), 3, &tokens_);
  centred_ = makeButton(tr("mean removed"), "segment", left);
  centred_->setCheckable(true);
  centred_->setToolTip(
      tr("What all tokens have in common is taken off: it makes everything look "
         "alike."));
  connect(centred_, &QPushButton::toggled, this, &ProbeView::asksAnew);
  left->head()->addWidget(centred_);
  point_ = new Choice(left);
  point_->setAccessibleName(tr("point"));
  point_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  connect(point_, &QComboBox::activated, this, &ProbeView::asksAnew);
  left->head()->addWidget(point_);
  add(tr("Points, mean of the tokens"), tr("point"), 2, &points_);
}

const char* CosinesView::quantity() const {
  return centred_->isChecked() ? "centred_cosines" : "cosines";
}

// One row of tokens only: what is wanted are the points.
v1::InspectRequest CosinesView::pointsQuestion() const {
  v1::InspectRequest question = questionOf(quantity());
  question.clear_positions();
  question.add_positions(0);
  return question;
}

// Of one layer: the maps of all would be large.
v1::InspectRequest CosinesView::tokensQuestion(const QString& point) const {
  v1::InspectRequest question = questionOf(quantity());
  question.clear_layers();
  question.add_layers(point.section(QLatin1Char('.'), 0, 0).toLongLong());
  return question;
}

std::vector<v1::InspectRequest> CosinesView::questions(const Probe& probe) const {
  std::vector<v1::InspectRequest> questions = {pointsQuestion()};
  if (probe.find(questions[0]) == nullptr || point_->count() == 0) return questions;
  questions.push_back(tokensQuestion(point_->currentData().toString()));
  return questions;
}

void CosinesView::take(const Probe& probe) {
  const std::string prefix = std::string(quantity()) + "/";
  Probe::Answer points = probe.find(pointsQuestion());
  if (points != nullptr && points != points_look_ && points->Find(prefix + "points") != nullptr) {
    points_look_ = std::move(points);
    fillPoints();
    const InspectedTensor& cosines = *points_look_->Find(prefix + "points");
    points_->setLabels(axisTexts(cosines, 0), axisTexts(cosines, 1));
    points_->setValues(static_cast<int>(cosines.Dim(0)), static_cast<int>(cosines.Dim(1)),
                       cosines.floats);
  }
  if (point_->count() == 0) return;
  const QString point = point_->currentData().toString();
  Probe::Answer tokens = probe.find(tokensQuestion(point));
  if (tokens == nullptr || tokens->Find(prefix + "tokens") == nullptr) return;
  if (tokens == tokens_look_ && point == shown_) return;
  const InspectedTensor& cosines = *tokens->Find(prefix + "tokens");
  const auto place = axisTexts(cosines, 0).indexOf(point);
  if (place < 0) return;
  tokens_look_ = std::move(tokens);
  shown_ = point;
  const auto size = cosines.Dim(1) * cosines.Dim(2);
  const auto first = cosines.floats.begin() + place * size;
  tokens_->setLabels(tokenTexts(tokens_look_->plan, cosines, 1), tokenTexts(tokens_look_->plan));
  tokens_->setValues(static_cast<int>(cosines.Dim(1)), static_cast<int>(cosines.Dim(2)),
                     std::vector<float>(first, first + size));
}

void CosinesView::setCentred(bool centred) { centred_->setChecked(centred); }

void CosinesView::makeStill() {
  for (Heatmap* map : {tokens_, points_}) map->setMinimumSize(map->wholeSize());
  // Beside many tokens the few points stay small.
  points_->setMaximumHeight(2 * points_->minimumHeight());
  static_cast<QVBoxLayout*>(points_->parentWidget()->layout())->addStretch();
}

void CosinesView::fillPoints() {
  const QStringList points = axisTexts(*points_look_->Find(std::string(quantity()) + "/points"), 0);
  QStringList known;
  for (int i = 0; i < point_->count(); ++i) known << point_->itemData(i).toString();
  if (known == points) return;
  const QSignalBlocker quiet(point_);
  point_->clear();
  for (const QString& point : points) point_->addItem(pointWords(point), point);
  point_->setCurrentIndex(point_->count() - 1);
}

}  // namespace lab::gui
