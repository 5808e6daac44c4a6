#include "gui/widgets/training_view.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QTableView>

#include "gui/charts/line_chart.h"
#include "gui/models/words.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/table.h"

namespace lab::gui {
namespace {

constexpr size_t kMostCurves = 6;  // as many as there are series colours
constexpr double kSmoothing = 0.9;
constexpr int kStillWidth = 1160, kStillHeight = 320;
constexpr int kBarWidth = 120, kProgressWidth = 360;
constexpr char kDepth[] = "lens depth";

// "heads/previous_token" → "previous token".
QString scoreWords(const std::string& name) {
  QString words = q(name).section(QLatin1Char('/'), 1);
  return words.replace(QLatin1Char('_'), QLatin1Char(' '));
}

CurveStyle styleOf(const QString& label, const QColor& color, bool smooth) {
  CurveStyle style;
  style.label = label;
  style.color = color;
  style.smooth = smooth;
  return style;
}

std::vector<double> asDoubles(const std::vector<int64_t>& steps) {
  return {steps.begin(), steps.end()};
}

}  // namespace

TrainingView::TrainingView(Lab* lab, QWidget* parent)
    : ProbeView(parent), lab_(lab), looks_(&lab->session) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kGap);
  column->addWidget(makeLoss(), 3);
  auto* below = new QWidget(this);
  auto* row = new QHBoxLayout(below);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kGap);
  row->addWidget(makeCurves(), 1);
  row->addWidget(makeChanges(), 1);
  faces_ = new Faces(below, this);
  column->addWidget(faces_, 4);
  connect(&looks_, &TrainingLooks::changed, this, &TrainingView::show);
  for (LineChart* from : {loss_, curves_}) {
    LineChart* to = from == loss_ ? curves_ : loss_;
    connect(from, &LineChart::crosshairMoved, to, &LineChart::setCrosshair);
  }
  show();
}

TrainingView::~TrainingView() {
  // These outlive what they show.
  table_->selectionModel()->disconnect(this);
  loss_->clearCurves();
}

QWidget* TrainingView::makeLoss() {
  auto* card = new Card({}, this);
  progress_ = makeLabel({}, "dim", card);
  bar_ = new ShareBar(tr("checkpoints looked at"), card);
  bar_->setFixedWidth(kBarWidth);
  start_ = makeButton(tr("Follow through training"), "", card);
  connect(start_, &QPushButton::clicked, this, [this] { looks_.busy() ? stop() : start(); });
  loss_ = new LineChart(tr("Loss"), card);
  loss_->setY(tr("loss"), tr("nats/token"));
  loss_->setSmoothing(kSmoothing);
  const auto& series = tokensOf(this).series;
  train_ = loss_->addCurve(styleOf(tr("train"), series[0], true));
  validation_ = loss_->addCurve(styleOf(tr("validation"), series[1], false));
  own_loss_ = loss_->addCurve(styleOf(tr("this text"), series[2], false));
  card->body()->addWidget(loss_, 1);
  for (QWidget* one : std::initializer_list<QWidget*>{progress_, bar_, start_}) {
    loss_->head()->addWidget(one);
  }
  return card;
}

QWidget* TrainingView::makeCurves() {
  auto* card = new Card({}, this);
  curves_ = new LineChart(tr("Inside"), card);
  curves_->setControls(LineChart::kExport);
  quantity_ = new Choice(card);
  quantity_->setAccessibleName(tr("quantity"));
  quantity_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  connect(quantity_, &QComboBox::activated, this, &TrainingView::showCurves);
  curves_->head()->addWidget(quantity_);
  card->body()->addWidget(curves_, 1);
  return card;
}

QWidget* TrainingView::makeChanges() {
  auto* card = new Card(tr("When it changed"), this);
  table_ = makeTable(&changes_, tr("change points"), ChangeTable::kBetween, card);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          &TrainingView::showMarks);
  card->body()->addWidget(table_, 1);
  auto* words =
      makeLabel(tr("One step fitted to each curve: the checkpoints it lies between and the "
                   "share of the variance it explains. A question mark: no clearer than "
                   "a drift, or than chance."),
                "caption", card);
  words->setWordWrap(true);
  card->body()->addWidget(words);
  return card;
}

void TrainingView::take(const Probe& probe, const ProbeBeside&) {
  text_ = probe.text();
  looks_.setSubject(job_, text_);
  const int64_t step = probe.model().session().empty() ? -1 : probe.model().step();
  if (step == shown_step_) return;
  shown_step_ = step;
  showMarks();
}

void TrainingView::setRun(int64_t job, std::vector<int64_t> steps) {
  if (job == job_ && steps == steps_) return;
  steps_ = std::move(steps);
  if (job != job_) {
    job_ = job;
    looks_.setSubject(job_, text_);
    followRun();
  }
  show();
}

void TrainingView::followRun() {
  loss_->setSeries(train_, nullptr);
  loss_->setSeries(validation_, nullptr);
  if (run_ != nullptr) run_->disconnect(this);
  run_ = lab_->jobs.find(job_) == nullptr ? nullptr : lab_->runs.open(job_);
  loss_->showAll();
  if (run_ == nullptr) return loss_->dataChanged();
  auto bind = [this] {
    loss_->setSeries(train_, run_->series("train/loss"));
    loss_->setSeries(validation_, run_->series("val/loss"));
    loss_->dataChanged();
  };
  connect(run_.get(), &Run::changed, this, [bind](unsigned parts) {
    if ((parts & Run::kMetrics) != 0) bind();
  });
  bind();
}

void TrainingView::start() {
  if (job_ == 0 || steps_.empty() || text_.empty()) return;
  looks_.start(job_, steps_, text_);
}

void TrainingView::show() {
  const bool busy = looks_.busy();
  // The first time it is offered below.
  const size_t known = looks_.points().size();
  start_->setText(busy ? tr("Stop") : tr("Go on"));
  start_->setVisible(busy || (known > 0 && known < steps_.size()));
  bar_->setVisible(busy);
  bar_->setShare(looks_.total() > 0 ? double(looks_.done()) / looks_.total() : 0);
  QStringList words;
  if (busy) {
    words << tr("checkpoint %1 of %2").arg(looks_.done() + 1).arg(looks_.total());
  } else if (!looks_.points().empty()) {
    words << tr("%1 checkpoints looked at").arg(looks_.points().size());
  }
  if (looks_.failed_count() > 0) {
    words << tr("%1 could not be: %2")
                 .arg(QString::number(looks_.failed_count()), q(looks_.status().message()));
  }
  setElided(progress_, words.join(QStringLiteral("  ·  ")), kProgressWidth);
  setTone(progress_, looks_.failed_count() > 0 ? Tone::kWarning : Tone::kPlain);
  showFace();
  showScores();
  showCurves();
}

void TrainingView::showFace() {
  if (!looks_.points().empty()) return faces_->showContent();
  if (looks_.busy()) return faces_->showLoading();
  if (looks_.failed_count() > 0) {
    return faces_->showError(tr("No checkpoint could be looked at"), looks_.status(),
                             [this] { start(); });
  }
  if (steps_.size() < 2) {
    return faces_->showEmpty(
        tr("There is nothing to follow: this model has fewer than two "
           "checkpoints."));
  }
  faces_->showEmpty(
      tr("%1 checkpoints, from step %2 to %3: what the heads do, how deep the lens "
         "reaches and the loss of this text at each of them.")
          .arg(QString::number(steps_.size()), grouped(steps_.front()), grouped(steps_.back())),
      tr("Follow through training"), [this] { start(); });
}

void TrainingView::showScores() {
  std::vector<std::string> names = looks_.scores();
  names.push_back(kDepth);
  QStringList known, now;
  for (int i = 0; i < quantity_->count(); ++i) known << quantity_->itemData(i).toString();
  for (const std::string& name : names) now << q(name);
  if (now == known) return;
  const QSignalBlocker quiet(quantity_);
  const QString before = quantity_->currentData().toString();
  quantity_->clear();
  for (const std::string& name : names) {
    quantity_->addItem(name == kDepth ? tr("lens depth") : scoreWords(name), q(name));
  }
  const int first = quantity_->findData(known.size() > 1 ? before : q(first_quantity_));
  quantity_->setCurrentIndex(std::max(0, first));
}

void TrainingView::showCurves() {
  const std::string quantity = this->quantity();
  const bool depth = quantity == kDepth;
  std::vector<TrainingCurve> curves;
  if (depth) {
    curves.push_back(looks_.depthCurve());
  } else {
    curves = looks_.headCurves(quantity, kMostCurves);
  }
  for (CurveId id : curve_ids_) curves_->removeCurve(id);
  curve_ids_.clear();
  const auto& series = tokensOf(this).series;
  for (size_t i = 0; i < curves.size(); ++i) {
    const CurveId id = curves_->addCurve(styleOf(curves[i].name, series[i], false));
    curves_->setColumns(id, asDoubles(curves[i].steps), curves[i].values);
    curve_ids_.push_back(id);
  }
  curves_->setTitle(depth ? tr("Lens depth") : tr("Heads"));
  curves_->setY(depth ? tr("points until the end is on top") : quantity_->currentText(), {});
  if (!steps_.empty()) curves_->setExpectedEnd(steps_.back());
  curves_->dataChanged();
  const TrainingCurve loss = looks_.lossCurve();
  loss_->setColumns(own_loss_, asDoubles(loss.steps), loss.values);
  loss_->dataChanged();
  curves.push_back(loss);
  const int before = table_->currentIndex().row();
  std::vector<QColor> colors(series.begin(), series.begin() + curve_ids_.size());
  colors.push_back(series[2]);  // of the loss, in the other chart
  changes_.show(curves, colors);
  // While nobody chooses, the clearest change is marked: with each checkpoint it may be another.
  const bool chosen = before >= 0 && table_->hasFocus();
  const int row = chosen ? std::min(before, changes_.rowCount() - 1) : changes_.surest();
  if (row >= 0) table_->setCurrentIndex(changes_.index(row, 0));
  showMarks();
}

std::string TrainingView::quantity() const { return utf8(quantity_->currentData().toString()); }

void TrainingView::makeStill() {
  for (LineChart* chart : {loss_, curves_}) chart->setControls(LineChart::kNoControls);
  loss_->setMinimumSize(kStillWidth, kStillHeight);
  curves_->setMinimumSize(kStillWidth / 2, kStillHeight);
  showRows(table_, changes_.rowCount());
}

void TrainingView::showMarks() {
  std::vector<ChartMark> marks, silent;
  if (shown_step_ >= 0) marks.push_back({shown_step_, tr("shown"), Tone::kAccent});
  const int row = table_->currentIndex().row();
  if (const ChangePoint* change = changes_.change(row); change != nullptr) {
    marks.push_back({change->after, {}, Tone::kWarning});
    marks.push_back({change->until, changes_.sentence(row), Tone::kWarning});
  }
  for (const ChartMark& mark : marks) silent.push_back({mark.step, {}, mark.tone});
  loss_->setMarks(std::move(silent));
  curves_->setMarks(std::move(marks));
}

void TrainingView::changeEvent(QEvent* event) {
  ProbeView::changeEvent(event);
  if (event->type() != QEvent::PaletteChange || loss_ == nullptr || curves_ == nullptr) return;
  const auto& series = tokensOf(this).series;
  loss_->setStyle(train_, styleOf(tr("train"), series[0], true));
  loss_->setStyle(validation_, styleOf(tr("validation"), series[1], false));
  loss_->setStyle(own_loss_, styleOf(tr("this text"), series[2], false));
  showCurves();
}

}  // namespace lab::gui
