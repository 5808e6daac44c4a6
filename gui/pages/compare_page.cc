#include "gui/pages/compare_page.h"

#include <QComboBox>
#include <QEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QSaveFile>
#include <QTableView>
#include <cmath>
#include <set>

#include "gui/charts/line_chart.h"
#include "gui/models/comparison_table.h"
#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/run_chooser.h"

namespace lab::gui {
namespace {

constexpr int kFirstRuns = 4;  // compared when the page is opened by itself
constexpr int kVerdicts = 4;   // sentences that fit

// The same run has the same colour everywhere; of a group each grid point has its own.
QString colorKey(const Compared& curve) {
  if (curve.group.empty()) return QString::number(curve.job);
  return q(curve.group) + QLatin1Char('\n') + q(curve.point);
}

}  // namespace

ComparePage::ComparePage(Lab* lab) : Page(lab), comparison_(&lab->session, &lab->jobs) {
  makeHead(tr("Compare"));
  auto* add = makeButton(tr("Choose runs"), "", this);
  add->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_R));
  connect(add, &QPushButton::clicked, this, &ComparePage::choose);
  actions()->addWidget(add);
  auto* save = makeButton(tr("Export table"), "", this);
  connect(save, &QPushButton::clicked, this, &ComparePage::exportTable);
  actions()->addWidget(save);

  auto* content = new QWidget(this);
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kGap);
  column->addWidget(makeChart(), 5);
  auto* row = new QHBoxLayout;
  row->setSpacing(space::kGap);
  row->addWidget(makeTable(), 3);
  row->addWidget(makeVerdicts(), 2);
  column->addLayout(row, 3);
  faces_ = new Faces(content, this);
  body()->addWidget(faces_, 1);
  connect(&comparison_, &Comparison::changed, this, &ComparePage::show);
  connect(&lab->jobs, &JobStore::changed, this, [this] {
    if (comparison_.names().isEmpty()) visit({});
  });
}

void ComparePage::visit(const Route& route) {
  QStringList names = comparison_.names();
  if (!route.argument.isEmpty()) names = route.argument.split(QLatin1Char(','));
  if (route.job != 0) names << QString::number(route.job);
  names.removeDuplicates();
  if (names.isEmpty() && lab().jobs.loaded()) {
    // The newest runs, a group as one.
    for (const v1::Job& job : lab().jobs.jobs()) {
      const bool began = job.has_start_time() && job.type() == "pretrain";
      const QString name = job.group().empty() ? QString::number(job.id()) : q(job.group());
      if (began && !names.contains(name) && names.size() < kFirstRuns) names << name;
    }
  }
  if (names.isEmpty() && lab().jobs.loaded()) {
    faces_->showEmpty(tr("There are no runs to compare yet."), tr("Start one"),
                      [this] { Q_EMIT go({QStringLiteral("pretrain")}); });
    return;
  }
  comparison_.setNames(names);
}

bool ComparePage::settled() const {
  return faces_->face() != Faces::Face::kLoading && lab().jobs.loaded();
}

bool ComparePage::failed() const { return faces_->face() == Faces::Face::kError; }

void ComparePage::showEvent(QShowEvent* event) {
  Page::showEvent(event);
  comparison_.setWatched(true);
}

void ComparePage::hideEvent(QHideEvent* event) {
  Page::hideEvent(event);
  comparison_.setWatched(false);
}

void ComparePage::changeEvent(QEvent* event) {
  Page::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && chart_ != nullptr) showCurves();
}

QWidget* ComparePage::makeChart() {
  auto* card = new Card({}, this);
  chart_ = new LineChart({}, card);
  chart_->setControls(LineChart::kAllControls);
  metric_ = new QComboBox(card);
  metric_->setAccessibleName(tr("metric"));
  chart_->head()->addWidget(metric_);
  connect(metric_, &QComboBox::textActivated, &comparison_, &Comparison::setMetric);
  connect(chart_, &LineChart::xAxisChanged, &comparison_, &Comparison::setXAxis);
  card->body()->addWidget(chart_, 1);
  return card;
}

QWidget* ComparePage::makeTable() {
  auto* card = new Card(tr("What differs"), this);
  table_ = new ComparisonTable(this);
  table_view_ = new QTableView(card);
  table_view_->setModel(table_);
  table_view_->setShowGrid(false);
  table_view_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_view_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  table_view_->horizontalHeader()->setMinimumSectionSize(90);
  table_view_->verticalHeader()->setDefaultSectionSize(24);
  card->body()->addWidget(table_view_, 1);
  return card;
}

QWidget* ComparePage::makeVerdicts() {
  verdicts_ = new Card(tr("Is the difference real?"), this);
  verdict_rows_ = new QVBoxLayout;
  verdicts_->body()->addLayout(verdict_rows_);
  verdicts_->body()->addStretch(1);
  return verdicts_;
}

void ComparePage::choose() {
  RunChooser chooser(lab().jobs, comparison_.names(), this);
  if (chooser.exec() == QDialog::Accepted) comparison_.setNames(chooser.chosen());
}

void ComparePage::show() {
  if (comparison_.names().isEmpty()) return visit({});
  if (!comparison_.status().ok()) {
    faces_->showError(tr("The runs could not be read"), comparison_.status(),
                      [this] { comparison_.setWatched(true); });
    return;
  }
  if (!comparison_.loaded()) return faces_->showLoading();
  faces_->showContent();
  showMetrics();
  showCurves();
  table_->show(comparison_, lab().jobs);
  showVerdicts();
  int groups = 0;
  std::set<std::string> named;
  for (const Compared& curve : comparison_.curves()) {
    if (!curve.group.empty() && named.insert(curve.group).second) ++groups;
  }
  QStringList facts;
  const size_t count = comparison_.curves().size();
  facts << (count == 1 ? tr("one curve") : tr("%1 curves").arg(count));
  if (groups > 0) facts << tr("mean of the seeds with its standard error");
  setFacts(facts.join(QStringLiteral("  ·  ")));
}

void ComparePage::showMetrics() {
  QStringList names;
  for (const std::string& name : comparison_.metrics()) names << q(name);
  QStringList known;
  for (int i = 0; i < metric_->count(); ++i) known << metric_->itemText(i);
  if (names != known) {
    metric_->clear();
    metric_->addItems(names);
  }
  metric_->setCurrentText(q(comparison_.metric()));
}

void ComparePage::showCurves() {
  const std::vector<Compared>& compared = comparison_.curves();
  const Tokens& tokens = tokensOf(this);
  while (curves_.size() > compared.size()) {
    chart_->removeCurve(curves_.back());
    curves_.pop_back();
  }
  chart_->setTitle(q(comparison_.metric()));
  chart_->setY(q(comparison_.metric()), unitText(comparison_.facts().unit));
  std::optional<double> floor;
  bool one_floor = true;
  std::set<int> used;
  for (size_t i = 0; i < compared.size(); ++i) {
    const Compared& curve = compared[i];
    const int slot = lab().colors.placeOf(colorKey(curve));
    CurveStyle style;
    style.label = q(curve.title);
    style.color = tokens.series[static_cast<size_t>(slot)];
    style.dashed = !used.insert(slot).second;
    if (curve.members > 0) style.n_text = q(curve.state);
    if (i == curves_.size()) {
      curves_.push_back(chart_->addCurve(style));
    } else {
      chart_->setStyle(curves_[i], style);
    }
    chart_->setColumns(curves_[i], curve.x, curve.y);
    std::vector<double> low, high;
    for (size_t k = 0; k < curve.standard_error.size(); ++k) {
      low.push_back(curve.y[k] - curve.standard_error[k]);
      high.push_back(curve.y[k] + curve.standard_error[k]);
    }
    chart_->setBand(curves_[i], low.empty() ? std::vector<double>() : curve.x, low, high);
    if (curve.floor) {
      one_floor = one_floor && (!floor || *floor == *curve.floor);
      floor = curve.floor;
    }
  }
  // Runs on different texts have different floors: none is drawn for all.
  chart_->setFloor(
      one_floor ? floor : std::nullopt,
      floor ? tr("floor %1, the entropy of the corpus").arg(number(*floor)) : QString());
}

void ComparePage::showVerdicts() {
  clearLayout(verdict_rows_);
  const std::vector<Verdict> verdicts = comparison_.verdicts();
  for (size_t i = 0; i < verdicts.size() && i < kVerdicts; ++i) {
    auto* label = makeLabel(verdicts[i].text, "dim", verdicts_);
    setTone(label, verdicts[i].tone);
    label->setWordWrap(true);
    verdict_rows_->addWidget(label);
  }
  if (verdicts.empty()) {
    verdict_rows_->addWidget(makeLabel(tr("Two runs or more are needed."), "dim", verdicts_));
  }
}

void ComparePage::exportTable() {
  const QString file =
      QFileDialog::getSaveFileName(this, tr("Export table"), QStringLiteral("comparison.csv"),
                                   tr("Comma-separated values (*.csv)"));
  if (file.isEmpty()) return;
  QSaveFile out(file);
  const std::string text = table_->csv();
  const bool written = out.open(QIODevice::WriteOnly) &&
                       out.write(text.data(), static_cast<qint64>(text.size())) ==
                           static_cast<qint64>(text.size()) &&
                       out.commit();
  Q_EMIT said(written ? tr("wrote %1").arg(file)
                      : tr("%1 could not be written: %2").arg(file, out.errorString()));
}

}  // namespace lab::gui
