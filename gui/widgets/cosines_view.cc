#include "gui/widgets/cosines_view.h"

#include <QHBoxLayout>
#include <QSignalBlocker>

#include "gui/models/probe_words.h"
#include "gui/models/words.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/two_maps.h"

namespace lab::gui {

CosinesView::CosinesView(QWidget* parent) : ProbeView(parent) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kGap);
  auto add = [&](const QString& title, const QString& name, int stretch, TwoMaps** map) {
    auto* card = new Card(title, this);
    *map = new TwoMaps(card);
    (*map)->setNames(name, name);
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

void CosinesView::take(const Probe& probe, const ProbeBeside& beside) {
  const std::string prefix = std::string(quantity()) + "/";
  const bool anew = beside.both != both_;
  both_ = beside.both;
  name_ = q(probe.reference());
  Probe::Answer points = probe.find(pointsQuestion()), other = beside.find(pointsQuestion());
  if (points != nullptr && (anew || points != points_look_ || other != other_points_) &&
      points->Find(prefix + "points") != nullptr) {
    points_look_ = std::move(points);
    other_points_ = std::move(other);
    fillPoints();
    showPoints(beside);
  }
  if (point_->count() == 0) return;
  const QString point = point_->currentData().toString();
  Probe::Answer tokens = probe.find(tokensQuestion(point));
  other = beside.find(tokensQuestion(point));
  if (tokens == nullptr || tokens->Find(prefix + "tokens") == nullptr) return;
  if (!anew && tokens == tokens_look_ && other == other_tokens_ && point == shown_) return;
  tokens_look_ = std::move(tokens);
  other_tokens_ = std::move(other);
  shown_ = point;
  showTokens(beside);
}

TwoTables CosinesView::tablesOf(const ProbeBeside& beside) const {
  TwoTables tables;
  tables.quantity = tr("cosine");
  tables.name = name_;
  tables.other_name = beside.name();
  tables.both = beside.both;
  tables.low = -1;
  tables.high = 1;
  return tables;
}

void CosinesView::showPoints(const ProbeBeside& beside) {
  const std::string name = std::string(quantity()) + "/points";
  const InspectedTensor& cosines = *points_look_->Find(name);
  TwoTables tables = tablesOf(beside);
  tables.rows = static_cast<int>(cosines.Dim(0));
  tables.columns = static_cast<int>(cosines.Dim(1));
  tables.row_labels = axisTexts(cosines, 0);
  tables.column_labels = axisTexts(cosines, 1);
  tables.values = cosines.floats;
  if (other_points_ != nullptr) tables.other = other_points_->Find(name)->floats;
  points_->show(std::move(tables));
}

void CosinesView::showTokens(const ProbeBeside& beside) {
  const std::string name = std::string(quantity()) + "/tokens";
  const InspectedTensor& cosines = *tokens_look_->Find(name);
  const auto place = axisTexts(cosines, 0).indexOf(shown_);
  if (place < 0) return;
  const auto size = cosines.Dim(1) * cosines.Dim(2);
  auto part = [&](const InspectedTensor& all) {
    const auto first = all.floats.begin() + place * size;
    return std::vector<float>(first, first + size);
  };
  TwoTables tables = tablesOf(beside);
  tables.rows = static_cast<int>(cosines.Dim(1));
  tables.columns = static_cast<int>(cosines.Dim(2));
  tables.row_labels = tokenTexts(tokens_look_->plan, cosines, 1);
  tables.column_labels = tokenTexts(tokens_look_->plan);
  tables.values = part(cosines);
  if (other_tokens_ != nullptr) tables.other = part(*other_tokens_->Find(name));
  tokens_->show(std::move(tables));
}

void CosinesView::setCentred(bool centred) { centred_->setChecked(centred); }

void CosinesView::makeStill() {
  for (TwoMaps* maps : {tokens_, points_}) {
    maps->first()->setMinimumSize(maps->first()->wholeSize());
  }
  // Beside many tokens the few points stay small.
  points_->setMaximumHeight(2 * points_->first()->minimumHeight());
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
