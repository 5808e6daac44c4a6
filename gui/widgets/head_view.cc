#include "gui/widgets/head_view.h"

#include <QHBoxLayout>
#include <QStackedWidget>
#include <QThreadPool>
#include <cmath>
#include <utility>

#include "gui/charts/heatmap.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/attention_lines.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/fact_grid.h"
#include "gui/widgets/table.h"
#include "gui/widgets/two_maps.h"

namespace lab::gui {
namespace {

constexpr int kSide = 240;
constexpr int kRowHeight = 20;
constexpr int64_t kMostAtOnce = 1 << 18;  // cells that are made ready within a frame

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
  maps_ = new TwoMaps(views_);
  maps_->setNames(tr("query"), tr("key"));
  lines_ = new AttentionLines(views_);
  views_->addWidget(maps_);
  views_->addWidget(lines_);
  for (Heatmap* map : {maps_->first(), maps_->second()}) {
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

void HeadView::show(const HeadPicture& picture) {
  const bool same = picture_.map && picture.sameNumbers(picture_);
  picture_ = picture;
  if (same && background_.busy()) return;
  if (same && ready_) {
    showWords();
    showScale();
    return faces_->showContent();
  }
  ready_ = false;
  const int64_t cells = int64_t{picture.map->queries} * picture.map->keys;
  if (cells <= kMostAtOnce) {
    background_.drop();
    return take(readyHead(picture_));
  }
  background_.run([picture] { return readyHead(picture); },
                  [this](ReadyHead ready) { take(std::move(ready)); });
}

void HeadView::take(ReadyHead ready) {
  const int query = rows_->query();
  ready_ = true;
  selecting_ = true;  // new tables forget what was selected
  auto old = std::make_shared<ReadyHead>();
  old->map = std::exchange(map_, ready.map);
  old->levels = maps_->first()->setLevels(std::move(ready.levels));
  old->beside = maps_->second()->setLevels(std::move(ready.beside));
  lines_->setMap(map_, picture_.labels, ready.most);
  rows_->show(map_, picture_.labels, std::move(ready.row_sums), std::move(ready.column_sums));
  showWords();
  showScale();
  selecting_ = false;
  faces_->showContent();
  selectQuery(query < map_->queries ? query : -1);
  // To give so much memory back takes as long as a frame.
  QThreadPool::globalInstance()->start([old = std::move(old)]() mutable { old.reset(); });
}

void HeadView::showWords() {
  title()->setText(picture_.title);
  facts_->show(picture_.facts);
  const bool two = picture_.beside && picture_.both;
  maps_->setTitles(picture_.name, two ? picture_.beside_name : QString());
  for (Heatmap* map : {maps_->first(), maps_->second()}) {
    map->setLabels(picture_.labels, picture_.labels);
    map->setValueName(picture_.differs()
                          ? tr("%1 minus %2").arg(picture_.name, picture_.beside_name)
                          : picture_.value_name);
  }
}

void HeadView::showScale() {
  const ColorMap::Kind kind = picture_.kind();
  lines_->setSigned(kind == ColorMap::Kind::kAroundZero);
  if (picture_.beside && picture_.both) return maps_->shareScale(kind);
  maps_->first()->setScale(kind);
}

void HeadView::showWaiting(const QString& title, const std::vector<Fact>& facts) {
  background_.drop();
  ready_ = false;
  this->title()->setText(title);
  facts_->show(facts);
  faces_->showLoading();
}

void HeadView::showError(const QString& title, const absl::Status& status,
                         std::function<void()> retry) {
  background_.drop();
  ready_ = false;
  this->title()->setText(title);
  faces_->showError(tr("This head's pattern could not be read"), status, std::move(retry));
}

bool HeadView::failed() const { return faces_->face() == Faces::Face::kError; }

void HeadView::selectQuery(int query) {
  if (selecting_) return;
  selecting_ = true;
  rows_->setQuery(query);
  for (Heatmap* map : {maps_->first(), maps_->second()}) {
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
  return views_->currentIndex() == 1 ? lines_->exportPng(path) : maps_->first()->exportPng(path);
}

std::string HeadView::csv() const {
  std::string text = "query,query_token,key,key_token,value\n";
  if (!map_) return text;
  std::vector<std::string> tokens;
  for (const QString& label : picture_.labels) tokens.push_back(CsvCell(utf8(label)));
  const QRectF cells = maps_->first()->cells();
  for (int query = static_cast<int>(cells.top()); query < cells.bottom(); ++query) {
    for (int key = static_cast<int>(cells.left()); key < cells.right(); ++key) {
      const float value = map_->at(query, key);
      text += std::to_string(query) + "," + tokens[static_cast<size_t>(query)] + "," +
              std::to_string(key) + "," + tokens[static_cast<size_t>(key)] + "," +
              (std::isfinite(value) ? QString::number(value, 'g', 9).toStdString() : "NaN") + "\n";
    }
  }
  return text;
}

}  // namespace lab::gui
