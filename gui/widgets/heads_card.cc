#include "gui/widgets/heads_card.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <algorithm>
#include <cmath>

#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/head_grid.h"

namespace lab::gui {
namespace {

constexpr int kFieldHeight = 24;

enum Which { kAll, kThroughLayers, kOfLayer };

}  // namespace

HeadsCard::HeadsCard(QWidget* parent) : Card(tr("All heads"), parent) {
  which_ = new Choice(this);
  which_->setAccessibleName(tr("which heads"));
  which_->addItems({tr("every head"), tr("this head in every layer"), tr("heads of this layer")});
  connect(which_, &QComboBox::activated, this, &HeadsCard::fillGrid);
  sort_ = new Choice(this);
  sort_->setAccessibleName(tr("sorted by"));
  sort_->setToolTip(tr("The order of the heads: the greatest score first"));
  sort_->addItem(tr("in place"));
  connect(sort_, &QComboBox::activated, this, &HeadsCard::fillGrid);
  head()->addWidget(which_);
  head()->addWidget(sort_);
  for (QComboBox* box : {which_, sort_}) {
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    box->setFixedHeight(kFieldHeight + 4);
  }
  search_ = new QLineEdit(this);
  search_->setPlaceholderText(tr("Find: induction > 0.4, layer 1, or 1.3"));
  search_->setAccessibleName(tr("find heads"));
  search_->setClearButtonEnabled(true);
  connect(search_, &QLineEdit::textChanged, this, &HeadsCard::fillGrid);
  body()->addWidget(search_);
  grid_ = new HeadGrid(this);
  grid_->setTeller([this](HeadId id) {
    QStringList lines{tr("layer %1, head %2").arg(id.layer).arg(id.head)};
    for (const Fact& fact : factsOf(id)) lines << fact.name + QStringLiteral("  ") + fact.value;
    return lines;
  });
  connect(grid_, &HeadGrid::chosen, this, [this](HeadId id) {
    current_ = id;
    Q_EMIT chosen(id);
  });
  body()->addWidget(grid_, 1);
  foot_ = makeLabel({}, "caption", this);
  foot_->setWordWrap(true);
  body()->addWidget(foot_);
}

void HeadsCard::show(std::shared_ptr<const AttentionData> data,
                     std::shared_ptr<const AttentionData> other, Sink sink, bool log) {
  if (data != data_ || other != other_ || scores_.empty()) {
    scores_ = data->scores;
    if (other) {
      for (HeadScore& score : differenceScores(*data, *other)) scores_.push_back(std::move(score));
    }
  }
  data_ = std::move(data);
  other_ = std::move(other);
  sink_ = sink;
  log_ = log;
  fillSorts();
  fillGrid();
}

void HeadsCard::fillSorts() {
  QStringList names{tr("in place")};
  for (const HeadScore& score : scores_) names << score.name;
  QStringList known;
  for (int i = 0; i < sort_->count(); ++i) known << sort_->itemText(i);
  if (names == known) return;
  const QString before = sort_->currentText();
  sort_->clear();
  sort_->addItems(names);
  for (int i = 1; i < sort_->count(); ++i) {
    sort_->setItemData(i, scoreMeaning(sort_->itemText(i)), Qt::ToolTipRole);
  }
  sort_->setCurrentIndex(std::max<int>(0, static_cast<int>(names.indexOf(before))));
}

std::vector<HeadId> HeadsCard::among() const {
  return only_.empty() ? allHeads(data_->layers, data_->heads) : only_;
}

absl::Status HeadsCard::showOnly(std::vector<HeadId> ids, const QString& score) {
  const int by = score.isEmpty() ? 0 : sort_->findText(score, Qt::MatchFixedString);
  if (by < 0) return absl::InvalidArgumentError("there is no score " + utf8(score));
  only_ = std::move(ids);
  sort_->setCurrentIndex(by);
  fillGrid();
  return absl::OkStatus();
}

// The heads to show, in order; says in the foot what was not understood.
std::vector<HeadId> HeadsCard::wanted() {
  std::vector<HeadId> ids = among();
  if (which_->currentIndex() == kThroughLayers) {
    std::erase_if(ids, [this](HeadId id) { return id.head != std::max(0, current_.head); });
  } else if (which_->currentIndex() == kOfLayer) {
    std::erase_if(ids, [this](HeadId id) { return id.layer != current_.layer; });
  }
  const absl::StatusOr<std::vector<HeadId>> found = foundHeads(ids, search_->text(), scores_);
  if (found.ok()) {
    ids = *found;
    showFoot(ids.size());
  } else {
    foot_->setText(q(found.status().message()));
  }
  setStyleProperty(foot_, "state", found.ok() ? QString() : QStringLiteral("error"));
  const int by = sort_->currentIndex();
  if (by > 0) ids = sortedHeads(std::move(ids), scores_[static_cast<size_t>(by) - 1]);
  return ids;
}

void HeadsCard::fillGrid() {
  if (!data_) return;
  const std::vector<HeadId> ids = wanted();
  const int by = sort_->currentIndex();
  const HeadScore* score = by > 0 ? &scores_[static_cast<size_t>(by) - 1] : nullptr;
  const bool in_place =
      by == 0 && which_->currentIndex() == kAll && ids.size() == among().size() && !ids.empty();
  const auto in_layer = std::count_if(ids.begin(), ids.end(),
                                      [&](HeadId id) { return id.layer == ids.front().layer; });
  std::vector<GridHead> heads;
  for (HeadId id : ids) {
    heads.push_back(smallMap(id));
    if (!in_place) {
      const QString name = headName(id);
      heads.back().caption =
          score == nullptr ? name : name + QStringLiteral("  ") + scoreText(*score, id);
    }
  }
  grid_->setKind(other_ ? ColorMap::Kind::kAroundZero
                 : log_ ? ColorMap::Kind::kLogarithm
                        : ColorMap::Kind::kSquareRoot);
  grid_->setHeads(std::move(heads), in_place ? static_cast<int>(in_layer) : 0);
  grid_->setCurrent(current_);
}

GridHead HeadsCard::smallMap(HeadId id) const {
  const HeadThumb& thumb = data_->thumb(id);
  if (thumb.rows == 0) return {id, {}, {}};
  AttentionMap map = shownThumb(thumb, sink_);
  if (other_ && other_->thumb(id).rows > 0) {
    map = differenceOf(map, shownThumb(other_->thumb(id), sink_));
  }
  return {id, std::move(map), {}};
}

void HeadsCard::showFoot(size_t shown) {
  const auto all = static_cast<size_t>(data_->layers * data_->heads);
  QStringList words;
  if (shown == 0) words << tr("No head fits.");
  if (shown > 0 && shown < all) words << tr("%1 of %2 heads.").arg(shown).arg(all);
  const int stride = data_->thumbs.empty() ? 1 : std::max(1, data_->thumbs.front().stride);
  const int length = data_->length();
  words
      << (stride == 1
              ? tr("Each map: %1 × %1 tokens, query down, key across.").arg(length)
              : tr("Each map: one in %1 of %2 queries down, the strongest of each %1 keys across.")
                    .arg(stride)
                    .arg(grouped(length)));
  if (other_) words << tr("Blue is more than in the other, red less.");
  foot_->setText(words.join(QLatin1Char(' ')));
}

void HeadsCard::makeStill() {
  for (QComboBox* one : {which_, sort_}) one->hide();
  if (sort_->currentIndex() > 0)
    title()->setText(tr("Heads, most %1 first").arg(sort_->currentText()));
  grid_->makeStill();
  const auto [least, most] = grid_->strongest();
  const QString range = least < most
                            ? tr("from 0 to its own greatest, which lies between %1 and %2")
                                  .arg(number(least), number(most))
                            : tr("from 0 to %1").arg(number(most));
  QStringList words = {foot_->text(), tr("Colours go %1, %2.")
                                          .arg(range, log_ ? tr("on a logarithmic scale")
                                                           : tr("on a square-root scale"))};
  if (sort_->currentIndex() == 0) words.prepend(tr("Layers down, heads across."));
  foot_->setText(words.join(QLatin1Char(' ')));
}

void HeadsCard::setCurrent(HeadId id) {
  const bool other = !(id == current_);
  current_ = id;
  grid_->setCurrent(id);
  // What is shown goes by the chosen head.
  if (other && which_->currentIndex() != kAll && !grid_->hasFocus()) fillGrid();
}

// Of a layer's heads together: how far they are from the other model's.
std::vector<Fact> HeadsCard::layerFactsOf(int layer) const {
  if (!other_) return {};
  double sum = 0, most = 0;
  if (scores_.size() < data_->scores.size() + 2) return {};
  const HeadScore* scores = &scores_[data_->scores.size()];
  for (int head = 0; head < data_->heads; ++head) {
    sum += scores[0].of({layer, head});
    most = std::max(most, scores[1].of({layer, head}));
  }
  return {{scores[0].name, number(sum / data_->heads)}, {scores[1].name, number(most)}};
}

std::vector<Fact> HeadsCard::factsOf(HeadId id) const {
  std::vector<Fact> facts;
  if (!data_) return facts;
  if (id.head == kMeanHead) return layerFactsOf(id.layer);
  for (const HeadScore& score : scores_) facts.push_back({score.name, scoreText(score, id)});
  return facts;
}

std::string HeadsCard::csv() const {
  std::string text = "layer,head";
  for (const HeadScore& score : scores_) text += "," + CsvCell(utf8(score.name));
  text += "\n";
  for (HeadId id : data_ ? allHeads(data_->layers, data_->heads) : std::vector<HeadId>()) {
    text += std::to_string(id.layer) + "," + std::to_string(id.head);
    for (const HeadScore& score : scores_) {
      const double value = score.of(id);
      text += "," + (std::isnan(value) ? "NaN" : QString::number(value, 'g', 9).toStdString());
    }
    text += "\n";
  }
  return text;
}

}  // namespace lab::gui
