#include "gui/widgets/lens_view.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QScrollBar>
#include <QStyledItemDelegate>
#include <QTableView>
#include <cmath>

#include "gui/charts/color_map.h"
#include "gui/models/probe_words.h"
#include "gui/models/words.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/likely_tokens.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/table.h"

namespace lab::gui {
namespace {

constexpr int kTop = LikelyTokens::kRows;
constexpr int kColumnWidth = 72, kRowHeight = 24;
constexpr int kStillColumns = 20, kMostStill = 12000;
constexpr double kDeep = 0.55;  // a shade on which the card's colour reads better than the text's

// A cell is its word on its shade; bold where it is the text's next token.
class LensDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const Tokens& tokens = tokensOf(option.widget);
    const double shade = index.data(LensGrid::kShade).toDouble();
    const bool known = std::isfinite(shade);
    const QColor& deep = shade < 0 ? tokens.bad : tokens.accent;
    const QColor ground = known ? mixed(tokens.card, deep, std::abs(shade)) : tokens.grid;
    painter->save();
    painter->fillRect(option.rect.adjusted(0, 0, -1, -1), ground);
    QFont font = monoFont(type::kCaption);
    font.setBold(index.data(LensGrid::kHit).toBool());
    font.setUnderline(index.data(LensGrid::kOther).toBool());
    painter->setFont(font);
    painter->setPen(known && std::abs(shade) > kDeep ? tokens.card : tokens.text);
    const QRect room = option.rect.adjusted(space::kTiny, 0, -space::kTiny, 0);
    painter->drawText(
        room, Qt::AlignLeft | Qt::AlignVCenter,
        QFontMetrics(font).elidedText(index.data().toString(), Qt::ElideRight, room.width()));
    if (option.state & QStyle::State_Selected) {
      painter->setPen(QPen(tokens.warning, 2));
      painter->drawRect(option.rect.adjusted(1, 1, -2, -2));
    }
    painter->restore();
  }
};

}  // namespace

LensView::LensView(QWidget* parent) : ProbeView(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kGap);
  auto* card = new Card(tr("What each point would say next"), this);
  depth_ = makeLabel({}, "dim", card);
  card->head()->addWidget(depth_);
  measure_ = new Choice(card);
  measure_->setAccessibleName(tr("shade"));
  measure_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  measure_->addItems({tr("probability"), tr("rank of the text's next"), tr("entropy"),
                      tr("divergence from the end")});
  connect(measure_, &QComboBox::currentIndexChanged, this, &LensView::showMeasure);
  card->head()->addWidget(measure_);
  auto* pair = new QWidget(card);
  auto* tables = new QHBoxLayout(pair);
  tables->setContentsMargins(0, 0, 0, 0);
  tables->setSpacing(space::kGap);
  view_ = makeGrid(&grid_, pair);
  beside_view_ = makeGrid(&beside_grid_, pair);
  beside_view_->hide();
  for (QTableView* view : {view_, beside_view_}) {
    view->setMouseTracking(true);
    tables->addWidget(view, 1);
  }
  card->body()->addWidget(pair, 1);
  legend_ = makeLabel({}, "caption", card);
  card->body()->addWidget(legend_);
  column->addWidget(card, 1);
  cell_ = new LikelyTokens(this);
  column->addWidget(cell_);
  connect(view_, &QTableView::entered, this, &LensView::showCell);
  connect(view_->selectionModel(), &QItemSelectionModel::currentChanged, this,
          [this](const QModelIndex& current) { showCell(current); });
  connect(view_, &QTableView::activated, this, [this](const QModelIndex& index) {
    Q_EMIT partsWanted(grid_.cell(index.row(), index.column()).position);
  });
  // Both are one table: they move together, and a cell of one is that cell of the other.
  connect(beside_view_, &QTableView::entered, this,
          [this](const QModelIndex& index) { showCell(grid_.index(index.row(), index.column())); });
  for (auto bar : {&QTableView::horizontalScrollBar, &QTableView::verticalScrollBar}) {
    QScrollBar *own = (view_->*bar)(), *other = (beside_view_->*bar)();
    connect(own, &QScrollBar::valueChanged, other, &QScrollBar::setValue);
    connect(other, &QScrollBar::valueChanged, own, &QScrollBar::setValue);
  }
  showMeasure();
  showCell({});
}

QTableView* LensView::makeGrid(LensGrid* grid, QWidget* parent) {
  auto* view = new QTableView(parent);
  view->setModel(grid);
  view->setProperty("role", QStringLiteral("table"));
  view->setAccessibleName(tr("lens: points down, tokens across"));
  view->setItemDelegate(new LensDelegate(view));
  view->setShowGrid(false);
  view->setSelectionMode(QAbstractItemView::SingleSelection);
  view->setTabKeyNavigation(false);
  view->setFrameShape(QFrame::NoFrame);
  view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  view->horizontalHeader()->setDefaultSectionSize(kColumnWidth);
  view->horizontalHeader()->setFont(monoFont(type::kCaption));
  view->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  view->verticalHeader()->setDefaultSectionSize(kRowHeight);
  view->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  return view;
}

// The table outlives the grid, and says so.
LensView::~LensView() { view_->selectionModel()->disconnect(this); }

v1::InspectRequest LensView::lensQuestion() const {
  v1::InspectRequest question = questionOf("lens");
  question.set_top(kTop);
  return question;
}

std::vector<v1::InspectRequest> LensView::questions(const Probe&) const { return {lensQuestion()}; }

void LensView::take(const Probe& probe, const ProbeBeside& beside) {
  Probe::Answer answer = probe.find(lensQuestion()), other = beside.find(lensQuestion());
  if (answer == nullptr || answer->Find("lens/top_ids") == nullptr) return;
  const bool both = other != nullptr && beside.both;
  const bool same = answer.get() == grid_.look() &&
                    (both ? grid_.other() == nullptr && other.get() == beside_grid_.look()
                          : other.get() == grid_.other() && beside_grid_.look() == nullptr);
  if (same) return;
  name_ = q(probe.reference());
  other_name_ = other != nullptr ? beside.name() : QString();
  // The cell that was gone to is gone to again: steps are compared there.
  const int row = view_->currentIndex().row(), column = view_->currentIndex().column();
  grid_.show(std::move(answer), both ? nullptr : other);
  beside_grid_.show(both ? std::move(other) : nullptr);
  beside_view_->setVisible(both);
  showDepth();
  showMeasure();
  if (row < 0) return showCell({});
  const QModelIndex again =
      grid_.index(std::min(row, grid_.rowCount() - 1), std::min(column, grid_.columnCount() - 1));
  view_->setCurrentIndex(again);
  showCell(again);
}

// A long text goes on below, as text does.
void LensView::makeStill() {
  cell_->hide();
  QWidget* tables = view_->parentWidget();
  for (QWidget* one : {tables, static_cast<QWidget*>(view_)}) one->hide();
  auto* body = static_cast<QVBoxLayout*>(tables->parentWidget()->layout());
  int place = body->indexOf(tables);
  const int columns = grid_.columnCount();
  int first = 0;
  for (int height = 0; first < columns && height < kMostStill; first += kStillColumns) {
    const int end = std::min(first + kStillColumns, columns);
    if (first > 0) body->insertSpacing(place++, space::kGap);
    if (columns > kStillColumns) {
      const QString words = tr("after tokens %1 to %2");
      body->insertWidget(
          place++,
          makeLabel(words.arg(grid_.cell(0, first).position).arg(grid_.cell(0, end - 1).position),
                    "caption", this));
    }
    QTableView* band = makeGrid(&grid_, tables->parentWidget());
    for (int i = 0; i < columns; ++i) band->setColumnHidden(i, i < first || i >= end);
    showRows(band, grid_.rowCount());
    band->setMaximumHeight(band->minimumHeight());
    const int names = band->verticalHeader()->sizeHint().width();
    band->setFixedWidth(names + (end - first) * kColumnWidth + space::kTiny);
    body->insertWidget(place++, band);
    height += band->height();
  }
  if (first >= columns) return;
  legend_->setText(tr("%1 of %2 tokens; the others are left out  ·  %3")
                       .arg(grouped(first), grouped(columns), legend_->text()));
}

void LensView::showDepth() {
  // Without the last layer it is not the end that is shown last.
  std::optional<double> depth;
  if (selection().layers_size() == 0) depth = lensDepth(*grid_.look());
  const Inspection* beside = grid_.other() != nullptr ? grid_.other() : beside_grid_.look();
  const std::optional<double> other = beside != nullptr ? lensDepth(*beside) : std::nullopt;
  QString words;
  if (depth) {
    words = tr("what the end says is on top from point %1 of %2, on average")
                .arg(number(*depth))
                .arg(grid_.rowCount() - 1);
  }
  if (depth && other) words += tr("; in %1 from %2").arg(other_name_, number(*other));
  depth_->setText(words);
}

// What a deep shade means, where there is one model.
QString LensView::depthWords() const {
  switch (grid_.measure()) {
    case LensGrid::Measure::kProbability:
      return tr("deeper: likelier, up to 1");
    case LensGrid::Measure::kNextRank:
      return tr("deepest: the text's next token is on top, rank 0; half as deep at rank 1");
    case LensGrid::Measure::kEntropy:
      return tr("deeper: less certain, square-root scale up to the greatest");
    case LensGrid::Measure::kKl:
      return tr("deeper: further from what the end says, square-root scale up to the greatest");
  }
  return {};
}

void LensView::showMeasure() {
  const auto measure = static_cast<LensGrid::Measure>(measure_->currentIndex());
  for (LensGrid* grid : {&grid_, &beside_grid_}) grid->setMeasure(measure);
  QStringList words = {depthWords()};
  if (grid_.other() != nullptr) {
    words = {tr("blue: more of it in %1, red: in %2").arg(name_, other_name_),
             tr("underlined: the other says another token")};
  } else if (beside_grid_.look() != nullptr) {
    words.prepend(tr("left: %1, right: %2").arg(name_, other_name_));
  }
  words << tr("bold: the text's next token");
  legend_->setText(words.join(QStringLiteral("  ·  ")));
}

void LensView::showCell(const QModelIndex& index) {
  if (!index.isValid()) {
    return cell_->show({},
                       tr("Point at a cell, or go to one with the arrow keys; Return takes its "
                          "token's logit apart."),
                       {});
  }
  const LensGrid::Cell cell = grid_.cell(index.row(), index.column());
  QStringList words = {tr("%1, after token %2").arg(pointWords(cell.point)).arg(cell.position)};
  if (cell.next_rank >= 0) {
    words << tr("the text's next, %1, has rank %2 and probability %3")
                 .arg(quotedToken(cell.next), grouped(cell.next_rank),
                      number(cell.next_probability));
  }
  words << tr("entropy %1 nats").arg(number(cell.entropy));
  words << tr("%1 nats from the end").arg(number(cell.kl));
  if (grid_.other() != nullptr) {
    const LensGrid::Cell there = grid_.otherCell(index.row(), index.column());
    if (!there.top.empty()) {
      words << tr("%1 says %2, probability %3; entropy %4, %5 from the end")
                   .arg(other_name_, quotedToken(there.top[0].text),
                        number(there.top[0].probability), number(there.entropy), number(there.kl));
    }
  }
  std::vector<LikelyToken> top;
  for (const LensGrid::Likely& one : cell.top) {
    const bool next = cell.next_rank >= 0 && one.text == cell.next;
    top.push_back({one.text, one.probability, next ? tr("the text's next") : QString()});
  }
  const v1::InspectToken& token = grid_.look()->plan.tokens(static_cast<int>(cell.position));
  cell_->show(token.text(), words.join(QStringLiteral("  ·  ")), top);
}

}  // namespace lab::gui
