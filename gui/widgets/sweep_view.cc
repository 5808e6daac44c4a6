#include "gui/widgets/sweep_view.h"

#include <QButtonGroup>
#include <QEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QMessageBox>
#include <QStandardItemModel>
#include <algorithm>
#include <limits>

#include "gui/charts/scatter_chart.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/table.h"

namespace lab::gui {
namespace {

constexpr int kLettersOfSetting = 28;

}  // namespace

SweepView::SweepView(const Comparison* comparison, ColorBook* colors, QWidget* parent)
    : QWidget(parent), comparison_(comparison), colors_(colors) {
  auto* content = new QWidget(this);
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kGap);
  column->addWidget(makeChart(), 5);
  column->addWidget(makeTable(), 3);
  faces_ = new Faces(content, this);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->addWidget(faces_);
}

QWidget* SweepView::makeChart() {
  auto* card = new Card(tr("Setting against result"), this);
  setting_ = new Choice(card);
  setting_->setAccessibleName(tr("setting"));
  setting_->setMinimumContentsLength(kLettersOfSetting);
  connect(setting_, &QComboBox::activated, this, &SweepView::choose);
  // Beside the title; what a click changes stands at the right.
  card->head()->insertWidget(1, setting_);
  card->head()->insertSpacing(1, space::kGap);
  auto* group = new QButtonGroup(card);
  auto segment = [&](const QString& text, SweepResult result) {
    auto* button = makeButton(text, "segment", card);
    button->setCheckable(true);
    button->setChecked(result == result_);
    group->addButton(button);
    connect(button, &QPushButton::clicked, this, [this, result] {
      result_ = result;
      showChosen();
    });
    card->head()->addWidget(button);
    return button;
  };
  last_ = segment(tr("end"), SweepResult::kLast);
  best_ = segment(tr("best"), SweepResult::kBest);
  log_button_ = makeButton(tr("log x"), "segment", card);
  log_button_->setCheckable(true);
  connect(log_button_, &QPushButton::clicked, this, [this](bool on) {
    log_ = on;
    showChosen();
  });
  card->head()->addWidget(log_button_);
  auto* save = makeButton(tr("export"), "link", card);
  save->setToolTip(tr("Save the picture (PNG); Export table has the numbers"));
  connect(save, &QPushButton::clicked, this, &SweepView::askForExport);
  card->head()->addWidget(save);
  chart_ = new ScatterChart({}, card);
  connect(chart_, &ScatterChart::clicked, this, [this](int index) {
    table_view_->selectRow(sorted_.mapFromSource(table_.index(index, 0)).row());
    table_view_->scrollTo(table_view_->currentIndex());
  });
  card->body()->addWidget(chart_, 1);
  return card;
}

QWidget* SweepView::makeTable() {
  auto* card = new Card({}, this);
  sorted_.setSourceModel(&table_);
  sorted_.setSortRole(SweepTable::kSort);
  table_view_ = lab::gui::makeTable(&sorted_, tr("runs of the sweep"), SweepTable::kRun, card);
  table_view_->setItemDelegate(new ToneDelegate(SweepTable::kTone, table_view_));
  table_view_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_view_->setSortingEnabled(true);
  table_view_->sortByColumn(SweepTable::kSetting, Qt::AscendingOrder);
  connect(table_view_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& now) {
            chart_->setMarked(now.isValid() ? sorted_.mapToSource(now).row() : -1);
          });
  connect(table_view_, &QTableView::activated, this, [this](const QModelIndex& at) {
    const auto row = static_cast<size_t>(sorted_.mapToSource(at).row());
    if (row < comparison_->curves().size()) Q_EMIT opened(comparison_->curves()[row].job);
  });
  card->body()->addWidget(table_view_, 1);
  return card;
}

void SweepView::askForExport() {
  const QString path = QFileDialog::getSaveFileName(
      this, tr("Save the picture"), QStringLiteral("sweep.png"), QStringLiteral("*.png"));
  if (path.isEmpty()) return;
  const absl::Status status = chart_->exportPng(path);
  if (!status.ok()) QMessageBox::warning(this, tr("Not saved"), q(status.message()));
}

void SweepView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && !axes_.empty()) showChosen();
}

void SweepView::take() {
  axes_ = axesOf(comparison_->curves(), comparison_->differences());
  if (comparison_->curves().size() < 2) {
    return faces_->showEmpty(tr("A sweep needs two runs or more."));
  }
  if (axes_.empty()) {
    return faces_->showEmpty(
        tr("These runs have the same settings: there is none to set against the result."));
  }
  const std::vector<SweepAxis>& axes = axes_;
  if (!axes.front().refusal.isEmpty()) {
    return faces_->showEmpty(tr("No setting that differs can be an axis. %1: %2")
                                 .arg(axes.front().field, axes.front().refusal));
  }
  const bool known = std::any_of(axes.begin(), axes.end(), [this](const SweepAxis& axis) {
    return axis.field == field_ && axis.refusal.isEmpty();
  });
  fillSettings();
  if (!known) {
    choose(0);
  } else {
    showChosen();
  }
  faces_->showContent();
}

void SweepView::fillSettings() {
  const QSignalBlocker quiet(setting_);
  QStringList texts;
  for (const SweepAxis& axis : axes_) {
    texts << (axis.refusal.isEmpty() ? axis.field : tr("%1: %2").arg(axis.field, axis.refusal));
  }
  QStringList shown;
  for (int i = 0; i < setting_->count(); ++i) shown << setting_->itemText(i);
  if (shown == texts) return;
  setting_->clear();
  setting_->addItems(texts);
  auto* model = qobject_cast<QStandardItemModel*>(setting_->model());
  for (size_t i = 0; i < axes_.size(); ++i) {
    // What cannot be chosen says why.
    model->item(static_cast<int>(i))->setEnabled(axes_[i].refusal.isEmpty());
    if (axes_[i].field == field_) setting_->setCurrentIndex(static_cast<int>(i));
  }
}

void SweepView::choose(int index) {
  const SweepAxis& axis = axes_[static_cast<size_t>(index)];
  field_ = axis.field;
  setting_->setCurrentIndex(index);
  log_ = axis.wide;
  showChosen();
}

void SweepView::showChosen() {
  const auto found = std::find_if(axes_.begin(), axes_.end(),
                                  [this](const SweepAxis& axis) { return axis.field == field_; });
  if (found == axes_.end()) return;
  log_button_->setVisible(found->numeric);
  log_button_->setChecked(log_);
  const std::vector<SweepPoint> points = pointsOf(comparison_->curves(), result_);
  const QString metric = q(comparison_->metric());
  const QString name = (result_ == SweepResult::kLast ? tr("%1, end") : tr("%1, best")).arg(metric);
  const int best = bestOf(points, comparison_->facts().goal);
  chart_->setY(name, unitText(comparison_->facts().unit));
  drawDots(*found, points);
  table_.show(*found, points, name, best);
}

void SweepView::drawDots(const SweepAxis& axis, const std::vector<SweepPoint>& points) {
  const Tokens& tokens = tokensOf(this);
  const std::vector<Compared>& curves = comparison_->curves();
  std::vector<ScatterPoint> dots;
  for (size_t i = 0; i < points.size(); ++i) {
    ScatterPoint dot;
    dot.x = axis.places[i];
    dot.y = points[i].value.value_or(std::numeric_limits<double>::quiet_NaN());
    dot.error = points[i].error;
    dot.color = colors_->colorOf(colorKey(curves[i]), tokens);
    dot.text = tr("%1, %2").arg(points[i].title, points[i].state);
    dots.push_back(std::move(dot));
  }
  chart_->setPoints({});
  if (axis.numeric) {
    chart_->setX(axis.field, {}, log_);
  } else {
    chart_->setCategories(axis.field, axis.words);
  }
  chart_->setPoints(std::move(dots));
  const QModelIndex current = table_view_->currentIndex();
  if (current.isValid()) chart_->setMarked(sorted_.mapToSource(current).row());
}

}  // namespace lab::gui
