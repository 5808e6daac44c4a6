#include "gui/widgets/head_view.h"

#include <QHBoxLayout>
#include <QStackedWidget>
#include <cmath>

#include "gui/charts/heatmap.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/attention_lines.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/fact_grid.h"
#include "gui/widgets/table.h"

namespace lab::gui {
namespace {

constexpr int kSide = 240;
constexpr int kRowHeight = 20;

QWidget* under(QLabel* name, QWidget* widget) {
  auto* place = new QWidget(widget->parentWidget());
  auto* column = new QVBoxLayout(place);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kTiny);
  column->addWidget(name);
  column->addWidget(widget, 1);
  return place;
}

}  // namespace

HeadView::HeadView(QWidget* parent) : Card(tr("Head"), parent), rows_(new TokenRows(this)) {
  options_ = new QHBoxLayout;
  options_->setSpacing(space::kTiny);
  head()->addLayout(options_);
  as_map_ = makeButton(tr("Map"), "segment", this);
  as_lines_ = makeButton(tr("Lines"), "segment", this);
  for (QPushButton* button : {as_map_, as_lines_}) {
    button->setCheckable(true);
    options_->addWidget(button);
  }
  connect(as_map_, &QPushButton::clicked, this, [this] { setLines(false); });
  connect(as_lines_, &QPushButton::clicked, this, [this] { setLines(true); });
  auto* row = new QHBoxLayout;
  row->setSpacing(space::kGap);
  views_ = new QStackedWidget(this);
  auto* maps = new QWidget(views_);
  auto* both = new QHBoxLayout(maps);
  both->setContentsMargins(0, 0, 0, 0);
  map_ = new Heatmap(maps);
  beside_ = new Heatmap(maps);
  name_ = makeLabel({}, "caption", maps);
  beside_name_ = makeLabel({}, "caption", maps);
  both->addWidget(under(name_, map_), 1);
  beside_place_ = under(beside_name_, beside_);
  both->addWidget(beside_place_, 1);
  lines_ = new AttentionLines(views_);
  views_->addWidget(maps);
  views_->addWidget(lines_);
  for (Heatmap* map : {map_, beside_}) {
    map->setNames(tr("query"), tr("key"));
    connect(map, &Heatmap::selectionChanged, this,
            [this](std::optional<Heatmap::Cell> cell) { selectQuery(cell ? cell->row : -1); });
  }
  connect(lines_, &AttentionLines::selectionChanged, this, &HeadView::selectQuery);
  faces_ = new Faces(views_, this);
  row->addWidget(faces_, 1);
  row->addWidget(makeSide());
  body()->addLayout(row, 1);
  setLines(false);
}

QWidget* HeadView::makeSide() {
  auto* side = new QWidget(this);
  side->setFixedWidth(kSide);
  auto* column = new QVBoxLayout(side);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kSmall);
  facts_ = new FactGrid(FactGrid::Flow::kList, side);
  facts_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
  column->addWidget(facts_);
  row_ = makeLabel({}, "caption", side);
  row_->setWordWrap(true);
  column->addWidget(row_);
  table_ = makeTable(rows_, tr("tokens"), TokenRows::kToken, side);
  table_->setFont(monoFont(type::kCaption));
  table_->verticalHeader()->setDefaultSectionSize(kRowHeight);
  table_->verticalHeader()->setMinimumSectionSize(kRowHeight);
  // Measuring every row of a long text takes too long.
  table_->horizontalHeader()->setResizeContentsPrecision(40);
  table_->setToolTip(tr("A row makes its token the query."));
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& index) {
            if (index.isValid()) selectQuery(index.row());
          });
  column->addWidget(table_, 1);
  return side;
}

void HeadView::setLines(bool lines) {
  as_map_->setChecked(!lines);
  as_lines_->setChecked(lines);
  views_->setCurrentIndex(lines ? 1 : 0);
}

void HeadView::fill(Heatmap* map, const std::shared_ptr<const AttentionMap>& values,
                    const HeadPicture& picture) {
  map->setLabels(picture.labels, picture.labels);
  map->setValueName(picture.value_name);
  map->setScale(picture.kind);
  map->setValues(values->queries, values->keys, values->values);
}

void HeadView::show(const HeadPicture& picture) {
  const int query = rows_->query();
  const bool same_map = picture.map == picture_.map && picture.kind == picture_.kind;
  const bool same_beside = picture.beside == picture_.beside && picture.kind == picture_.kind;
  const bool same_labels = picture.labels == picture_.labels;
  picture_ = picture;
  title()->setText(picture.title);
  facts_->show(picture.facts);
  name_->setText(picture.map_name);
  beside_name_->setText(picture.beside_name);
  name_->setVisible(picture.beside != nullptr);
  beside_place_->setVisible(picture.beside != nullptr);
  selecting_ = true;  // new tables forget what was selected
  if (!same_map || !same_labels) {
    fill(map_, picture.map, picture);
    lines_->setSigned(picture.kind == ColorMap::Kind::kAroundZero);
    lines_->setMap(picture.map, picture.labels);
    rows_->show(picture.map, picture.labels);
  }
  if (picture.beside && (!same_beside || !same_labels)) fill(beside_, picture.beside, picture);
  selecting_ = false;
  faces_->showContent();
  selectQuery(query < picture.map->queries ? query : -1);
}

void HeadView::showWaiting(const QString& title, const std::vector<Fact>& facts) {
  this->title()->setText(title);
  facts_->show(facts);
  faces_->showLoading();
}

void HeadView::showError(const QString& title, const absl::Status& status,
                         std::function<void()> retry) {
  this->title()->setText(title);
  faces_->showError(tr("This head's pattern could not be read"), status, std::move(retry));
}

bool HeadView::failed() const { return faces_->face() == Faces::Face::kError; }

void HeadView::selectQuery(int query) {
  if (selecting_) return;
  selecting_ = true;
  rows_->setQuery(query);
  for (Heatmap* map : {map_, beside_}) {
    const std::optional<Heatmap::Cell> cell = map->selected();
    if (query < 0) {
      map->select(std::nullopt);
    } else if (!cell || cell->row != query) {
      map->select(Heatmap::Cell{query, query});
    }
  }
  lines_->select(query);
  selecting_ = false;
  showRow();
}

void HeadView::showRow() {
  const int query = rows_->query();
  if (query < 0) {
    row_->setText(tr("Select a query: its row is shown here."));
    return;
  }
  row_->setText(tr("query %1 “%2”, row sum %3")
                    .arg(query)
                    .arg(picture_.labels.value(query), number(rows_->rowSum())));
}

absl::Status HeadView::exportPng(const QString& path) {
  return views_->currentIndex() == 1 ? lines_->exportPng(path) : map_->exportPng(path);
}

std::string HeadView::csv() const {
  std::string text = "query,query_token,key,key_token,value\n";
  if (!picture_.map) return text;
  std::vector<std::string> tokens;
  for (const QString& label : picture_.labels) tokens.push_back(CsvCell(utf8(label)));
  const QRectF cells = map_->cells();
  for (int query = static_cast<int>(cells.top()); query < cells.bottom(); ++query) {
    for (int key = static_cast<int>(cells.left()); key < cells.right(); ++key) {
      const float value = picture_.map->at(query, key);
      text += std::to_string(query) + "," + tokens[static_cast<size_t>(query)] + "," +
              std::to_string(key) + "," + tokens[static_cast<size_t>(key)] + "," +
              (std::isfinite(value) ? QString::number(value, 'g', 9).toStdString() : "NaN") + "\n";
    }
  }
  return text;
}

}  // namespace lab::gui
