#include "gui/widgets/residual_view.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QTableView>

#include "gui/charts/legend.h"
#include "gui/charts/word_chart.h"
#include "gui/models/probe_words.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/table.h"
#include "gui/widgets/two_maps.h"

namespace lab::gui {
namespace {

constexpr const char* kStatistics[] = {"norm", "mean", "std", "min", "max"};
constexpr double kOutlier = 3;  // times the others' median, from which a norm is worth a warning
constexpr int kMassiveHeight = 130;
constexpr int kStillCharts = 420, kStillRows = 12;

QString statisticWords(int statistic) {
  switch (statistic) {
    case 0:
      return ResidualView::tr("norm");
    case 1:
      return ResidualView::tr("mean");
    case 2:
      return ResidualView::tr("standard deviation");
    case 3:
      return ResidualView::tr("least channel");
    default:
      return ResidualView::tr("greatest channel");
  }
}

}  // namespace

ResidualView::ResidualView(QWidget* parent) : ProbeView(parent) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kGap);
  auto* left = new QVBoxLayout;
  left->setSpacing(space::kGap);
  left->addWidget(makeMap(), 1);
  left->addWidget(makeMassive());
  row->addLayout(left, 3);
  charts_ = makeCharts();
  row->addWidget(charts_, 2);
}

QWidget* ResidualView::makeMap() {
  auto* card = new Card(tr("Stream"), this);
  statistic_ = new Choice(card);
  statistic_->setAccessibleName(tr("statistic"));
  statistic_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  for (int i = 0; i < static_cast<int>(std::size(kStatistics)); ++i) {
    statistic_->addItem(statisticWords(i));
  }
  connect(statistic_, &QComboBox::currentIndexChanged, this, &ResidualView::showMap);
  card->head()->addWidget(statistic_);
  maps_ = new TwoMaps(card);
  maps_->setSquare(false);
  maps_->setNames(tr("point"), tr("token"));
  card->body()->addWidget(maps_, 1);
  return card;
}

void ResidualView::Chart::show(std::vector<WordCurve> curves) {
  std::vector<Legend::Entry> entries;
  for (const WordCurve& curve : curves) {
    Legend::Entry& entry = entries.emplace_back();
    entry.id = static_cast<CurveId>(entries.size());
    entry.style.label = curve.label;
    entry.style.color = curve.color;
  }
  legend->setEntries(std::move(entries));
  chart->setCurves(std::move(curves));
}

ResidualView::Chart ResidualView::addChart(QBoxLayout* layout, const QString& title,
                                           const QString& x, const QString& y) {
  auto* card = new Card(title, layout->parentWidget());
  Chart made{card, new WordChart({}, card), new Legend(card)};
  card->body()->addWidget(made.legend);
  made.chart->setAccessibleName(title);
  made.chart->setX(x, {});
  made.chart->setY(y, {});
  card->body()->addWidget(made.chart, 1);
  layout->addWidget(card, 1);
  return made;
}

QWidget* ResidualView::makeCharts() {
  auto* column = new QWidget(this);
  auto* layout = new QVBoxLayout(column);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(space::kGap);
  norms_ = addChart(layout, tr("Norm along the model"), tr("point"), tr("norm"));
  apart_ = addChart(layout, tr("Difference along the model"), tr("point"), {});
  added_ = addChart(layout, tr("What is added"), tr("layer"), tr("norm"));
  apart_.card->hide();
  return column;
}

QWidget* ResidualView::makeMassive() {
  auto* card = new Card(tr("What stands out"), this);
  outlier_ = makeLabel({}, "dim", card);
  outlier_->setWordWrap(true);
  card->body()->addWidget(outlier_);
  none_ =
      makeLabel(tr("No massive activations: no channel lies above 100 and above 1,000 times the "
                   "median magnitude of its point."),
                "dim", card);
  none_->setWordWrap(true);
  card->body()->addWidget(none_);
  massive_view_ = makeTable(&massive_, tr("massive activations"), MassiveTable::kToken, card);
  massive_view_->setFixedHeight(kMassiveHeight);
  card->body()->addWidget(massive_view_);
  return card;
}

std::vector<v1::InspectRequest> ResidualView::questions(const Probe&) const {
  return {questionOf("residual")};
}

void ResidualView::take(const Probe& probe, const ProbeBeside& beside) {
  const v1::InspectRequest question = questionOf("residual");
  Probe::Answer answer = probe.find(question), other = beside.find(question);
  if (answer == nullptr || answer->Find("residual/norm") == nullptr) return;
  if (answer == look_ && other == other_ && beside.both == both_) return;
  look_ = std::move(answer);
  other_ = std::move(other);
  both_ = beside.both;
  name_ = q(probe.reference());
  other_name_ = beside.name();
  showMap();
  showCharts();
  showMassive();
}

const InspectedTensor* ResidualView::valuesOf(const Inspection& look) const {
  const auto statistic = static_cast<size_t>(statistic_->currentIndex());
  return look.Find(std::string("residual/") + kStatistics[statistic]);
}

void ResidualView::showMap() {
  const InspectedTensor* values = look_ == nullptr ? nullptr : valuesOf(*look_);
  if (values == nullptr) return;
  const int statistic = statistic_->currentIndex();
  const InspectedTensor* other = other_ == nullptr ? nullptr : valuesOf(*other_);
  TwoTables tables;
  tables.rows = static_cast<int>(values->Dim(0));
  tables.columns = static_cast<int>(values->Dim(1));
  tables.row_labels = axisTexts(*values, 0);
  tables.column_labels = tokenTexts(look_->plan, *values, 1);
  tables.quantity = statisticWords(statistic);
  tables.values = values->floats;
  if (other != nullptr) tables.other = other->floats;
  tables.name = name_;
  tables.other_name = other_name_;
  tables.both = both_;
  const bool positive = statistic == 0 || statistic == 2;
  tables.kind = positive ? ColorMap::Kind::kSquareRoot : ColorMap::Kind::kAroundZero;
  maps_->show(std::move(tables));
  apart_.card->setVisible(other != nullptr);
  if (other == nullptr) return;
  const auto& series = tokensOf(this).series;
  PointDifferences apart = pointDifferences(*values, *other);
  apart_.chart->setX(tr("point"), axisTexts(*values, 0));
  apart_.chart->setY(statisticWords(statistic), {});
  apart_.show({{tr("mean of the tokens"), series[0], std::move(apart.mean)},
               {tr("most of them"), series[1], std::move(apart.most)}});
}

void ResidualView::showCharts() {
  const StreamFacts facts = streamFactsOf(*look_);
  const auto& series = tokensOf(this).series;
  norms_.chart->setX(tr("point"), facts.points);
  added_.chart->setX(tr("layer"), facts.layers);
  if (other_ != nullptr) {
    const StreamFacts other = streamFactsOf(*other_);
    norms_.show({{tr("mean of the tokens, %1").arg(name_), series[0], facts.norm},
                 {other_name_, series[1], other.norm}});
    added_.show({{tr("by attention, %1").arg(name_), series[0], facts.attention},
                 {other_name_, series[1], other.attention},
                 {tr("by feed-forward, %1").arg(name_), series[2], facts.mlp},
                 {other_name_, series[3], other.mlp}});
    return;
  }
  const InspectedTensor& norm = *look_->Find("residual/norm");
  std::vector<double> first;
  const int64_t first_place = positionAt(norm, 1, 0);
  for (int64_t point = 0; point < norm.Dim(0); ++point) first.push_back(norm.Float({point, 0}));
  norms_.show({{tr("mean of the tokens"), series[0], facts.norm},
               {first_place == 0 ? tr("first token") : tr("token %1").arg(first_place), series[1],
                std::move(first)}});
  added_.show({{tr("by attention"), series[0], facts.attention},
               {tr("by feed-forward"), series[1], facts.mlp}});
}

void ResidualView::showMassive() {
  const StreamFacts facts = streamFactsOf(*look_);
  massive_.show(*look_);
  const bool any = massive_.rowCount() > 0;
  massive_view_->setVisible(any);
  none_->setVisible(!any);
  if (!facts.outlier) {
    outlier_->setText(tr("One token alone cannot stand out among others."));
    setTone(outlier_, Tone::kPlain);
    return;
  }
  outlier_->setText(tr("The first token's norm is %1 times the others' median at %2, where that is "
                       "most.")
                        .arg(number(*facts.outlier), pointWords(facts.outlier_point)));
  setTone(outlier_, *facts.outlier >= kOutlier ? Tone::kWarning : Tone::kPlain);
}

void ResidualView::makeStill() {
  maps_->first()->setMinimumSize(maps_->first()->wholeSize());
  charts_->setFixedWidth(kStillCharts);
  showRows(massive_view_, kStillRows);
  massive_view_->setMaximumHeight(massive_view_->minimumHeight());
}

void ResidualView::changeEvent(QEvent* event) {
  ProbeView::changeEvent(event);
  if (event->type() != QEvent::PaletteChange || look_ == nullptr) return;
  showMap();
  showCharts();
}

}  // namespace lab::gui
