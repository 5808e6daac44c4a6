#include "gui/widgets/residual_view.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPushButton>
#include <QTableView>

#include "gui/charts/heatmap.h"
#include "gui/charts/legend.h"
#include "gui/charts/word_chart.h"
#include "gui/models/probe_words.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/table.h"

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

bool sameText(const Inspection& a, const Inspection& b) {
  if (a.plan.tokens_size() != b.plan.tokens_size()) return false;
  for (int i = 0; i < a.plan.tokens_size(); ++i) {
    if (a.plan.tokens(i).id() != b.plan.tokens(i).id()) return false;
  }
  return true;
}

void setCurves(WordChart* chart, Legend* legend, std::vector<WordCurve> curves) {
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
  difference_ = makeButton(tr("difference"), "segment", card);
  difference_->setCheckable(true);
  difference_->setToolTip(tr("To the checkpoint that was shown before this one."));
  connect(difference_, &QPushButton::toggled, this, &ResidualView::showMap);
  card->head()->addWidget(difference_);
  map_ = new Heatmap(card);
  map_->setSquare(false);
  map_->setNames(tr("point"), tr("token"));
  card->body()->addWidget(map_, 1);
  return card;
}

QWidget* ResidualView::makeCharts() {
  auto* column = new QWidget(this);
  auto* layout = new QVBoxLayout(column);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(space::kGap);
  auto add = [&](const QString& title, const QString& x, const QString& y, Legend** legend) {
    auto* card = new Card(title, column);
    *legend = new Legend(card);
    card->body()->addWidget(*legend);
    auto* chart = new WordChart({}, card);
    chart->setAccessibleName(title);
    chart->setX(x, {});
    chart->setY(y, {});
    card->body()->addWidget(chart, 1);
    layout->addWidget(card, 1);
    return chart;
  };
  norms_ = add(tr("Norm along the model"), tr("point"), tr("norm"), &norms_legend_);
  added_ = add(tr("What is added"), tr("layer"), tr("norm"), &added_legend_);
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

void ResidualView::take(const Probe& probe) {
  Probe::Answer answer = probe.find(questionOf("residual"));
  if (answer == nullptr || answer == look_ || answer->Find("residual/norm") == nullptr) return;
  const int64_t step = probe.model().step(), job = probe.model().job_id();
  const bool comparable = look_ != nullptr && job == job_ && sameText(*look_, *answer);
  if (!comparable) before_.reset();
  if (comparable && step != step_) {
    before_ = look_;
    before_step_ = step_;
  }
  look_ = std::move(answer);
  job_ = job;
  step_ = step;
  const InspectedTensor& norm = *look_->Find("residual/norm");
  map_->setLabels(axisTexts(norm, 0), tokenTexts(look_->plan, norm, 1));
  showMap();
  showCharts();
  showMassive();
}

const InspectedTensor* ResidualView::valuesOf(const Inspection& look) const {
  const auto statistic = static_cast<size_t>(statistic_->currentIndex());
  return look.Find(std::string("residual/") + kStatistics[statistic]);
}

void ResidualView::showMap() {
  difference_->setEnabled(before_ != nullptr);
  const InspectedTensor* values = look_ == nullptr ? nullptr : valuesOf(*look_);
  if (values == nullptr) return;
  const int statistic = statistic_->currentIndex();
  const InspectedTensor* before = before_ == nullptr ? nullptr : valuesOf(*before_);
  const bool differ = difference_->isChecked() && before != nullptr &&
                      before->floats.size() == values->floats.size();
  std::vector<float> shown = values->floats;
  for (size_t i = 0; differ && i < shown.size(); ++i) shown[i] -= before->floats[i];
  const bool positive = !differ && (statistic == 0 || statistic == 2);
  map_->setScale(positive ? ColorMap::Kind::kSquareRoot : ColorMap::Kind::kAroundZero);
  map_->setValueName(
      differ ? tr("%1, step %2 less step %3")
                   .arg(statisticWords(statistic), grouped(step_), grouped(before_step_))
             : statisticWords(statistic));
  map_->setValues(static_cast<int>(values->Dim(0)), static_cast<int>(values->Dim(1)),
                  std::move(shown));
}

void ResidualView::showCharts() {
  const StreamFacts facts = streamFactsOf(*look_);
  const auto& series = tokensOf(this).series;
  const InspectedTensor& norm = *look_->Find("residual/norm");
  std::vector<double> first;
  const int64_t first_place = positionAt(norm, 1, 0);
  for (int64_t point = 0; point < norm.Dim(0); ++point) first.push_back(norm.Float({point, 0}));
  norms_->setX(tr("point"), facts.points);
  setCurves(norms_, norms_legend_,
            {{tr("mean of the tokens"), series[0], facts.norm},
             {first_place == 0 ? tr("first token") : tr("token %1").arg(first_place), series[1],
              std::move(first)}});
  added_->setX(tr("layer"), facts.layers);
  setCurves(added_, added_legend_,
            {{tr("by attention"), series[0], facts.attention},
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
  map_->setMinimumSize(map_->wholeSize());
  charts_->setFixedWidth(kStillCharts);
  showRows(massive_view_, kStillRows);
  massive_view_->setMaximumHeight(massive_view_->minimumHeight());
}

void ResidualView::changeEvent(QEvent* event) {
  ProbeView::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && look_ != nullptr) showCharts();
}

}  // namespace lab::gui
