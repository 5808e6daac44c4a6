#include "gui/widgets/run_view.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QVBoxLayout>

#include "gui/models/run_figures.h"
#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/live_settings.h"
#include "gui/widgets/metric_card.h"
#include "gui/widgets/observed_charts.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/run_charts.h"
#include "gui/widgets/samples_panel.h"

namespace lab::gui {
namespace {

constexpr int kCards = 6;
constexpr int kSamplesWidth = 268;
constexpr int kSamplesHeight = 260;  // least, below the charts
constexpr int kChartsHeight = 380;   // least
constexpr int kNarrow = 800;         // below, what stands side by side is stacked

}  // namespace

RunView::RunView(Lab* lab, QWidget* parent) : QWidget(parent), lab_(lab) {
  auto* content = new QWidget(this);
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kGap);
  column->addWidget(makeProgress());
  trouble_ = makeLabel({}, "bad", content);
  trouble_->setWordWrap(true);
  trouble_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  trouble_->hide();
  column->addWidget(trouble_);
  card_grid_ = new QGridLayout;
  card_grid_->setSpacing(space::kGap - 2);
  for (int i = 0; i < kCards; ++i) cards_.push_back(new MetricCard(content));
  column->addLayout(card_grid_);
  lower_ = new QHBoxLayout;
  lower_->setSpacing(space::kGap);
  charts_ = new RunCharts(content);
  charts_->setMinimumHeight(kChartsHeight);
  lower_->addWidget(charts_, 1);
  samples_ = new SamplesPanel(content);
  lower_->addWidget(samples_);
  column->addLayout(lower_, 1);
  observed_ = new ObservedCharts(content);
  column->addWidget(observed_);
  arrange(false);
  scroll_ = new QScrollArea(this);
  scroll_->setWidgetResizable(true);
  scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll_->setFocusPolicy(Qt::NoFocus);
  content->setProperty("role", QStringLiteral("page"));
  scroll_->setWidget(content);
  faces_ = new Faces(scroll_, this);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->addWidget(faces_);
  makeActions();
  connect(&lab->preferences, &Preferences::unitsChanged, this, [this] {
    if (run_ != nullptr) showFigures();
  });
}

RunView::~RunView() {
  // The charts read the run's series.
  charts_->setRun(nullptr);
  observed_->setRun(nullptr);
}

void RunView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  if ((width() < kNarrow) != narrow_) arrange(!narrow_);
}

void RunView::arrange(bool narrow) {
  narrow_ = narrow;
  const int columns = narrow ? kCards / 2 : kCards;
  for (int i = 0; i < kCards; ++i) {
    card_grid_->addWidget(cards_[static_cast<size_t>(i)], i / columns, i % columns);
    card_grid_->setColumnStretch(i, i < columns ? 1 : 0);
  }
  lower_->setDirection(narrow ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
  samples_->setMinimumSize(narrow ? 0 : kSamplesWidth, narrow ? kSamplesHeight : 0);
  samples_->setMaximumWidth(narrow ? QWIDGETSIZE_MAX : kSamplesWidth);
}

QWidget* RunView::makeProgress() {
  auto* whole = new QWidget(this);
  auto* row = new QHBoxLayout(whole);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kGap);
  place_ = makeLabel({}, "strong", whole);
  phase_ = makeLabel({}, "dim", whole);
  bar_ = new ShareBar(tr("progress"), whole);
  left_ = makeLabel({}, "strong", whole);
  row->addWidget(place_);
  row->addWidget(phase_);
  row->addWidget(bar_, 1);
  row->addWidget(left_);
  return whole;
}

void RunView::makeActions() {
  actions_ = new QWidget(this);
  auto* row = new QHBoxLayout(actions_);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kSmall);
  using Verb = JobActions::Verb;
  addVerb(Verb::kRelease, tr("Release"));
  addVerb(Verb::kHold, tr("Hold"));
  addVerb(Verb::kResume, tr("Resume"));
  addVerb(Verb::kPause, tr("Pause"));
  addVerb(Verb::kCheckpoint, tr("Checkpoint"));
  change_ = makeButton(tr("Change…"), "", actions_);
  change_->setToolTip(tr("Change a setting while it runs"));
  connect(change_, &QPushButton::clicked, this, &RunView::changeSetting);
  row->addWidget(change_);
  auto* edit = makeButton(tr("Edit as new"), "", actions_);
  connect(edit, &QPushButton::clicked, this, [this] { Q_EMIT editAsked(job_id()); });
  row->addWidget(edit);
  addVerb(Verb::kCancel, tr("Stop"), "danger");
}

QPushButton* RunView::addVerb(JobActions::Verb verb, const QString& text, const char* role) {
  auto* button = makeButton(text, role, actions_);
  connect(button, &QPushButton::clicked, this, [this, verb] { lab_->actions.act(verb, job_id()); });
  actions_->layout()->addWidget(button);
  verbs_.emplace_back(verb, button);
  return button;
}

void RunView::setJob(int64_t id) {
  if (id == job_id()) return;
  charts_->setRun(nullptr);
  observed_->setRun(nullptr);
  samples_->clear();
  faces_->showLoading();
  config_ = std::make_unique<RunConfig>(&lab_->session, &lab_->actions, id);
  if (run_) disconnect(run_.get(), nullptr, this, nullptr);
  run_ = lab_->runs.open(id);
  charts_->setRun(run_.get());
  observed_->setRun(run_.get());
  connect(run_.get(), &Run::changed, this, &RunView::take);
  connect(run_.get(), &Run::failed, this, [this](const absl::Status& status) {
    faces_->showError(tr("Job %1 cannot be shown").arg(job_id()), status);
    Q_EMIT headChanged();
  });
  connect(config_.get(), &RunConfig::changed, this, [this] {
    showFigures();
    Q_EMIT headChanged();
  });
  take(~0U);
}

void RunView::showSamples(int64_t step) {
  samples_->showStep(step);
  // On a narrow page they lie below what is in sight.
  scroll_->ensureWidgetVisible(samples_);
}

const v1::Job& RunView::job() const {
  static const v1::Job kNone;
  return run_ ? run_->job() : kNone;
}

QString RunView::facts() const { return run_ ? factsOf(run_->job(), config_.get()) : QString(); }

bool RunView::settled() const {
  return failed() || (run_ && run_->loaded() && run_->job().id() != 0);
}

bool RunView::failed() const { return faces_->face() == Faces::Face::kError; }

void RunView::take(unsigned parts) {
  if (failed()) return;
  const bool known = run_->job().id() != 0;
  const bool waits = !isActive(run_->job().state()) || run_->job().state() == v1::Job::QUEUED ||
                     run_->job().state() == v1::Job::HELD;
  if (known && (run_->loaded() || waits)) faces_->showContent();
  charts_->take(parts);
  if ((parts & Run::kMetrics) != 0) observed_->take();
  if ((parts & Run::kSamples) != 0) samples_->setSamples(run_->samples());
  if ((parts & (Run::kMetrics | Run::kMarks | Run::kState)) != 0) showFigures();
  if ((parts & (Run::kProgress | Run::kState)) != 0) showProgress();
  if ((parts & Run::kState) == 0) return;
  samples_->setEnded(known && !isActive(run_->job().state()));
  showActions();
  Q_EMIT headChanged();
}

void RunView::showProgress() {
  const v1::Progress& progress = run_->progress();
  const v1::Job& job = run_->job();
  const bool runs = job.state() == v1::Job::RUNNING || job.state() == v1::Job::STOPPING;
  place_->setText(placeOf(progress));
  place_->setVisible(!place_->text().isEmpty());
  QStringList words;
  if (runs && progress.total_steps() > 0) words << q(progress.phase());
  if (progress.token_count() > 0) {
    words << tr("%1 tokens").arg(count(static_cast<double>(progress.token_count())));
  }
  phase_->setText(words.join(tr("  ·  ")));
  bar_->setShare(progress.fraction());
  QString left;
  if (runs && progress.has_eta_seconds()) {
    left = tr("%1 left").arg(duration(progress.eta_seconds()));
  } else if (!runs) {
    left = verdictOf(job).text;
  }
  left_->setText(left);
  const QString error =
      job.state() == v1::Job::FAILED || job.has_error()
          ? q(job.error().message()) + (job.error().reason().empty()
                                            ? QString()
                                            : tr("  (%1)").arg(q(job.error().reason())))
          : QString();
  trouble_->setText(error);
  trouble_->setVisible(!error.isEmpty());
  if (!error.isEmpty()) left_->clear();
}

void RunView::showFigures() {
  const std::vector<Figure> figures = figuresOf(*run_, config_.get());
  for (size_t i = 0; i < cards_.size(); ++i) {
    cards_[i]->setVisible(i < figures.size());
    if (i < figures.size()) cards_[i]->show(figures[i]);
  }
}

void RunView::showActions() {
  const v1::Job::State state = run_->job().state();
  for (const auto& [verb, button] : verbs_) button->setVisible(JobActions::fits(verb, state));
  const v1::JobType* type = lab_->catalog.type(run_->job().type());
  bool any = false;
  for (int i = 0; type != nullptr && i < type->fields_size(); ++i) any |= type->fields(i).live();
  change_->setVisible(any && state != v1::Job::SUCCEEDED);
}

void RunView::changeSetting() {
  const v1::JobType* type = lab_->catalog.type(run_->job().type());
  if (type == nullptr) return;
  auto* dialog = new LiveSettings(config_.get(), *type, this);
  // The dialog belongs to this job's settings.
  connect(config_.get(), &QObject::destroyed, dialog, &QObject::deleteLater);
  dialog->open();
}

}  // namespace lab::gui
