#include "gui/widgets/pca_view.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <array>

#include "gui/charts/legend.h"
#include "gui/charts/scatter_chart.h"
#include "gui/models/probe_words.h"
#include "gui/models/words.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr std::array<std::pair<int, int>, 3> kAxes = {{{0, 1}, {0, 2}, {1, 2}}};
constexpr int kStillWidth = 960, kStillHeight = 640;
constexpr int kShades = 12;  // of what is coloured along a line: each is a series of the chart

QColor shadeOf(double place, const Tokens& tokens) {
  const int shade = static_cast<int>(place * (kShades - 1) + 0.5);
  return mixed(tokens.series[1], tokens.series[0], static_cast<double>(shade) / (kShades - 1));
}

Legend::Entry entryOf(const QString& label, const QColor& color) {
  Legend::Entry entry;
  entry.style.label = label;
  entry.style.color = color;
  return entry;
}

}  // namespace

PcaView::PcaView(QWidget* parent) : ProbeView(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  auto* card = new Card(tr("Principal components"), this);
  space_ = addChoice(card, card->head(), tr("space"),
                     {tr("one space for all points"), tr("each point in its own")});
  point_ = addChoice(card, card->head(), tr("point"), {});
  axes_ = addChoice(card, card->head(), tr("components"),
                    {tr("1 and 2"), tr("1 and 3"), tr("2 and 3")});
  colour_ = addChoice(card, card->head(), tr("colour"),
                      {tr("by position"), tr("by point"), tr("by token")});
  chart_ = new ScatterChart({}, card);
  card->body()->addWidget(chart_, 1);
  words_ = makeLabel({}, "caption", card);
  legend_ = new Legend(card);
  auto* foot = new QHBoxLayout;
  foot->addWidget(legend_, 1);
  foot->addWidget(words_);
  card->body()->addLayout(foot);
  column->addWidget(card, 1);
}

QComboBox* PcaView::addChoice(QWidget* card, QHBoxLayout* row, const QString& name,
                              const QStringList& words) {
  auto* choice = new Choice(card);
  choice->setAccessibleName(name);
  choice->setToolTip(name);
  choice->addItems(words);
  choice->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  connect(choice, &QComboBox::activated, this, &PcaView::showDots);
  row->addWidget(choice);
  return choice;
}

std::vector<v1::InspectRequest> PcaView::questions(const Probe&) const {
  return {questionOf("pca")};
}

void PcaView::take(const Probe& probe, const ProbeBeside& beside) {
  Probe::Answer answer = probe.find(questionOf("pca"));
  const bool compares = beside.wanted;
  if (answer == nullptr || (answer == look_ && compares == beside_) ||
      answer->Find("pca/places") == nullptr) {
    return;
  }
  beside_ = compares;
  look_ = std::move(answer);
  fillPoints();
  showDots();
}

void PcaView::fillPoints() {
  QStringList points = {tr("all points")};
  for (const QString& point : axisTexts(*look_->Find("pca/places"), 0)) {
    points << pointWords(point);
  }
  QStringList known;
  for (int i = 0; i < point_->count(); ++i) known << point_->itemText(i);
  if (known == points) return;
  const QSignalBlocker quiet(point_);
  point_->clear();
  point_->addItems(points);
}

PcaWish PcaView::wish() const {
  PcaWish wish;
  wish.joint = space_->currentIndex() == 0;
  wish.point = point_->currentIndex() - 1;
  // Places in different spaces cannot stand in one picture.
  if (!wish.joint && wish.point < 0) wish.point = point_->count() - 2;
  const auto& axes = kAxes[static_cast<size_t>(axes_->currentIndex())];
  wish.x = axes.first;
  wish.y = axes.second;
  wish.colour = static_cast<PcaColour>(colour_->currentIndex());
  return wish;
}

void PcaView::showDots() {
  if (look_ == nullptr) return;
  const PcaWish wish = this->wish();
  {
    const QSignalBlocker quiet(point_);
    point_->setCurrentIndex(wish.point + 1);
  }
  const PcaDots dots = pcaDotsOf(*look_, wish);
  const Tokens& tokens = tokensOf(this);
  const QStringList texts = tokenTexts(look_->plan);
  const QStringList points = axisTexts(*look_->Find("pca/places"), 0);
  std::vector<ScatterPoint> shown;
  for (const PcaDot& dot : dots.dots) {
    ScatterPoint& one = shown.emplace_back();
    one.x = dot.x;
    one.y = dot.y;
    if (wish.colour != PcaColour::kToken) {
      one.color = shadeOf(dot.place, tokens);
    } else {
      one.color = dot.group < 0 ? tokens.faint : tokens.series[static_cast<size_t>(dot.group)];
    }
    one.text =
        QStringLiteral("%1 %2, %3")
            .arg(QString::number(dot.position), texts.value(static_cast<qsizetype>(dot.position)),
                 pointWords(points.value(dot.point)));
  }
  auto title = [](int component, double share) {
    return tr("component %1, %2 % of the variance")
        .arg(component + 1)
        .arg(QString::number(100 * share, 'f', 1));
  };
  chart_->setX(title(wish.x, dots.x_share), {});
  chart_->setY(title(wish.y, dots.y_share), {});
  chart_->setPoints(std::move(shown));
  showLegend(dots, wish);
  QStringList words = {wish.point < 0 ? tr("a dot for each token at each point")
                                      : tr("a dot for each token")};
  if (beside_) words << tr("two models have no axes in common: nothing is subtracted");
  if (dots.left_out > 0) {
    words << tr("%1 tokens are left out, evenly: %2 dots are enough to see")
                 .arg(grouped(dots.left_out), grouped(kMostDots));
  }
  words_->setText(words.join(QStringLiteral("  ·  ")));
}

void PcaView::showLegend(const PcaDots& dots, const PcaWish& wish) {
  const Tokens& tokens = tokensOf(this);
  std::vector<Legend::Entry> entries;
  if (wish.colour == PcaColour::kToken) {
    for (size_t i = 0; i < dots.groups.size(); ++i) {
      entries.push_back(entryOf(quotedToken(dots.groups[i]), tokens.series[i]));
    }
    entries.push_back(
        entryOf(dots.groups.empty() ? tr("no token comes twice") : tr("others"), tokens.faint));
  } else {
    const bool points = wish.colour == PcaColour::kPoint;
    entries.push_back(entryOf(points ? tr("first point") : tr("first token"), shadeOf(0, tokens)));
    entries.push_back(entryOf(points ? tr("last point") : tr("last token"), shadeOf(1, tokens)));
  }
  for (size_t i = 0; i < entries.size(); ++i) entries[i].id = static_cast<CurveId>(i + 1);
  legend_->setEntries(std::move(entries));
}

void PcaView::makeStill() { chart_->setMinimumSize(kStillWidth, kStillHeight); }

void PcaView::changeEvent(QEvent* event) {
  ProbeView::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && look_ != nullptr) showDots();
}

}  // namespace lab::gui
