#include "gui/pages/compare_page.h"

#include <QButtonGroup>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPointer>
#include <QSettings>
#include <QStackedWidget>
#include <QTableView>
#include <set>

#include "core/base/file.h"
#include "gui/models/comparison_table.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/compared_chart.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/run_chooser.h"
#include "gui/widgets/sweep_view.h"
#include "gui/widgets/table.h"

namespace lab::gui {
namespace {

constexpr int kFirstRuns = 4;      // compared when the page is opened by itself
constexpr int kColumnWidth = 112;  // least: a mean with its error
constexpr int kVerdicts = 4;       // sentences that fit

QString viewKey() { return QStringLiteral("compare/sweep"); }

}  // namespace

ComparePage::ComparePage(Lab* lab) : Page(lab), comparison_(&lab->session, &lab->jobs) {
  makeHead(tr("Compare"));
  makeActions();
  makeViews();
  faces_ = new Faces(views_, this);
  body()->addWidget(faces_, 1);
  showSweep(QSettings().value(viewKey()).toBool());
  comparison_.setMostPoints(lab->preferences.compared_points());
  connect(&lab->preferences, &Preferences::limitsChanged, this,
          [this] { comparison_.setMostPoints(this->lab().preferences.compared_points()); });
  connect(&comparison_, &Comparison::changed, this, &ComparePage::showAnswer);
  connect(&lab->jobs, &JobStore::changed, this, [this] {
    if (comparison_.names().isEmpty()) return visit({});
    // Others rename, tag and note; and so does this page.
    if (comparison_.loaded() && isVisible()) table_->show(comparison_, this->lab().jobs);
  });
  connect(&lab->jobs, &JobStore::failed, this, [this](const absl::Status& status) {
    if (!comparison_.names().isEmpty()) return;
    faces_->showError(tr("The jobs could not be listed"), status,
                      [this] { this->lab().jobs.refresh(); });
  });
}

void ComparePage::makeActions() {
  auto* views = new QButtonGroup(this);
  auto segment = [&](const QString& text, bool sweep) {
    auto* button = makeButton(text, "segment", this);
    button->setCheckable(true);
    views->addButton(button);
    connect(button, &QPushButton::clicked, this, [this, sweep] {
      showSweep(sweep);
      QSettings().setValue(viewKey(), sweep);
    });
    actions()->addWidget(button);
    return button;
  };
  as_curves_ = segment(tr("Curves"), false);
  as_sweep_ = segment(tr("Sweep"), true);
  metric_ = new Choice(this);
  metric_->setAccessibleName(tr("metric"));
  metric_->hide();  // until there is one
  metric_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  connect(metric_, &QComboBox::textActivated, &comparison_, &Comparison::setMetric);
  actions()->addWidget(metric_);
  auto* add = makeButton(tr("Choose runs"), "", this);
  add->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_R));
  connect(add, &QPushButton::clicked, this, &ComparePage::choose);
  actions()->addWidget(add);
  auto* save = makeButton(tr("Export table"), "", this);
  connect(save, &QPushButton::clicked, this, &ComparePage::exportTable);
  actions()->addWidget(save);
}

void ComparePage::makeViews() {
  views_ = new QStackedWidget(this);
  auto* curves = new QWidget(views_);
  auto* column = new QVBoxLayout(curves);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kGap);
  column->addWidget(makeChart(), 5);
  auto* row = new QHBoxLayout;
  row->setSpacing(space::kGap);
  row->addWidget(makeTable(), 3);
  row->addWidget(makeVerdicts(), 2);
  column->addLayout(row, 3);
  views_->addWidget(curves);
  sweep_ = new SweepView(&comparison_, &lab().colors, views_);
  connect(sweep_, &SweepView::opened, this, [this](qint64 job) {
    Q_EMIT go({QStringLiteral("jobs"), job});
  });
  views_->addWidget(sweep_);
}

void ComparePage::showSweep(bool sweep) {
  (sweep ? as_sweep_ : as_curves_)->setChecked(true);
  views_->setCurrentIndex(sweep ? 1 : 0);
  if (comparison_.loaded()) showAnswer();
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
  if (!comparison_.loaded()) faces_->showLoading();
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

QWidget* ComparePage::makeChart() {
  auto* card = new Card({}, this);
  chart_ = new ComparedChart(&lab().session, &comparison_, &lab().colors, card);
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
  table_view_->horizontalHeader()->setMinimumSectionSize(kColumnWidth);
  // Titles of grid points differ at their end.
  table_view_->horizontalHeader()->setTextElideMode(Qt::ElideLeft);
  table_view_->verticalHeader()->setDefaultSectionSize(24);
  table_view_->setEditTriggers(QAbstractItemView::DoubleClicked |
                               QAbstractItemView::EditKeyPressed);
  table_view_->setItemDelegate(new CellDelegate(table_view_));
  connect(table_, &ComparisonTable::updateWanted, this, &ComparePage::update);
  card->body()->addWidget(table_view_, 1);
  refused_ = makeLabel({}, "bad", card);
  refused_->setWordWrap(true);
  refused_->hide();
  card->body()->addWidget(refused_);
  return card;
}

void ComparePage::update(const v1::UpdateJobRequest& request) {
  refused_->hide();
  const QPointer<QLabel> place = refused_;
  lab().actions.update(request, [place, id = request.job_id()](const absl::Status& status) {
    if (status.ok() || place == nullptr) return;
    place->setText(tr("job %1 keeps what it had: %2").arg(id).arg(q(status.message())));
    place->show();
  });
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

void ComparePage::showAnswer() {
  if (comparison_.names().isEmpty()) return visit({});
  if (!comparison_.status().ok()) {
    faces_->showError(tr("The runs could not be read"), comparison_.status(),
                      [this] { comparison_.setWatched(true); });
    return;
  }
  if (!comparison_.loaded()) return faces_->showLoading();
  faces_->showContent();
  showMetrics();
  table_->show(comparison_, lab().jobs);  // also exported
  if (views_->currentWidget() == sweep_) {
    sweep_->take();
  } else {
    chart_->take();
    showVerdicts();
  }
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
  metric_->setVisible(!names.isEmpty());
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
  const absl::Status written = WriteFileAtomically(utf8(file), table_->csv());
  Q_EMIT said(written.ok() ? tr("wrote %1").arg(file) : q(written.message()));
}

}  // namespace lab::gui
