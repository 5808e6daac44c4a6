#include "gui/pages/home_page.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QProgressBar>

#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/spark.h"

namespace lab::gui {
namespace {

constexpr int kFinished = 6;
constexpr int kQueued = 8;
constexpr size_t kSparkPoints = 120;

// The last values of a series, thinned to what a small curve shows.
std::vector<double> sparkOf(const Series* series) {
  std::vector<double> values;
  if (series == nullptr) return values;
  const size_t stride = std::max<size_t>(1, series->size() / kSparkPoints);
  for (size_t i = 0; i < series->size(); i += stride) values.push_back(series->values()[i]);
  return values;
}

}  // namespace

HomePage::HomePage(Lab* lab) : Page(lab) {
  makeHead(tr("Home"));
  auto* new_run = makeButton(tr("New run"), "primary", this);
  connect(new_run, &QPushButton::clicked, this, [this] {
    Q_EMIT go({QStringLiteral("pretrain"), 0, QStringLiteral("new")});
  });
  actions()->addWidget(new_run);

  auto* content = new QWidget(this);
  auto* columns = new QHBoxLayout(content);
  columns->setContentsMargins(0, 0, 0, 0);
  columns->setSpacing(space::kGap);
  auto* left = new QVBoxLayout;
  left->setSpacing(space::kGap);
  left->addWidget(makeRunning());
  finished_ = new Card(tr("Finished"), content);
  finished_rows_ = new QVBoxLayout;
  finished_rows_->setSpacing(space::kGap);
  finished_->body()->addLayout(finished_rows_);
  left->addWidget(finished_);
  left->addStretch(1);
  columns->addLayout(left, 3);
  auto* right = new QVBoxLayout;
  right->setSpacing(space::kGap);
  right->addWidget(makeFirstRun());
  queue_ = new Card(tr("Queue"), content);
  queue_rows_ = new QVBoxLayout;
  queue_->body()->addLayout(queue_rows_);
  right->addWidget(queue_);
  right->addStretch(1);
  columns->addLayout(right, 2);

  faces_ = new Faces(content, this);
  body()->addWidget(faces_, 1);
  connect(&lab->jobs, &JobStore::changed, this, &HomePage::show);
  connect(&lab->jobs, &JobStore::failed, this, [this](const absl::Status& status) {
    faces_->showError(tr("The jobs could not be listed"), status,
                      [this] { this->lab().jobs.refresh(); });
  });
  connect(&lab->catalog, &CatalogModel::changed, this,
          [this] { first_run_->setEnabled(this->lab().catalog.preset("first_run") != nullptr); });
  if (lab->jobs.loaded()) show();
}

bool HomePage::settled() const {
  return faces_->face() == Faces::Face::kError ||
         (lab().jobs.loaded() && (run_ == nullptr || run_->loaded()));
}

bool HomePage::failed() const { return faces_->face() == Faces::Face::kError; }

QWidget* HomePage::makeRunning() {
  running_ = new Card({}, this);
  auto* top = new QHBoxLayout;
  state_ = new Chip(running_);
  name_ = makeLabel({}, "card-title", running_);
  id_ = makeLabel({}, "dim", running_);
  left_ = makeLabel({}, "strong", running_);
  top->addWidget(state_);
  top->addWidget(name_);
  top->addWidget(id_);
  top->addStretch(1);
  top->addWidget(left_);
  running_->body()->addLayout(top);
  auto* middle = new QHBoxLayout;
  middle->setSpacing(space::kPadding);
  spark_ = new Spark(running_);
  middle->addWidget(spark_);
  auto* words = new QVBoxLayout;
  words->setSpacing(2);
  loss_ = makeLabel({}, "strong", running_);
  above_ = makeLabel({}, "good", running_);
  words->addWidget(loss_);
  words->addWidget(above_);
  middle->addLayout(words);
  middle->addStretch(1);
  auto* pace = new QVBoxLayout;
  pace->setSpacing(2);
  rate_ = makeLabel({}, "strong", running_);
  step_ = makeLabel({}, "dim", running_);
  for (QLabel* label : {rate_, step_}) {
    label->setAlignment(Qt::AlignRight);
    pace->addWidget(label);
  }
  middle->addLayout(pace);
  running_->body()->addLayout(middle);
  bar_ = new QProgressBar(running_);
  bar_->setRange(0, 1000);
  bar_->setTextVisible(false);
  running_->body()->addWidget(bar_);
  return running_;
}

QWidget* HomePage::makeFirstRun() {
  auto* card = new Card(tr("First time here?"), this);
  auto* text = makeLabel(
      tr("Train a small GPT on generated stories. It takes a few minutes on this machine and ends "
         "with sentences you can read. The corpus has a known entropy, so you see how close to "
         "perfect it gets."),
      "dim", card);
  text->setWordWrap(true);
  card->body()->addWidget(text);
  auto* buttons = new QHBoxLayout;
  first_run_ = makeButton(tr("Start the first run"), "", card);
  first_run_->setEnabled(lab().catalog.preset("first_run") != nullptr);
  connect(first_run_, &QPushButton::clicked, this, &HomePage::startFirstRun);
  buttons->addWidget(first_run_);
  buttons->addStretch(1);
  card->body()->addLayout(buttons);
  return card;
}

void HomePage::startFirstRun() {
  const v1::Preset* preset = lab().catalog.preset("first_run");
  if (preset == nullptr) return;
  first_run_->setEnabled(false);
  v1::CreateJobRequest request;
  request.mutable_config()->set_text(preset->text());
  request.mutable_config()->set_file("first_run");
  lab().actions.submit(std::move(request),
                       [this](const absl::StatusOr<v1::CreateJobResponse>& answer) {
                         first_run_->setEnabled(true);
                         if (answer.ok()) {
                           Q_EMIT go({QStringLiteral("pretrain"), answer->job_ids(0)});
                         }
                       });
}

void HomePage::show() {
  faces_->showContent();
  showRunning();
  showFinished();
  showQueue();
}

void HomePage::showRunning() {
  const v1::Job* job = lab().jobs.running();
  running_->setVisible(job != nullptr);
  if (job == nullptr) {
    run_.reset();
    return;
  }
  if (!run_ || run_->id() != job->id()) {
    run_ = std::make_unique<Run>(&lab().session, &lab().jobs, job->id());
    connect(run_.get(), &Run::changed, this, &HomePage::showRunning, Qt::QueuedConnection);
  }
  const v1::Progress& progress = run_->progress();
  state_->show(stateWord(job->state()), stateTone(job->state()));
  name_->setText(q(job->name()));
  id_->setText(tr("job %1").arg(job->id()));
  left_->setText(progress.has_eta_seconds() ? tr("%1 left").arg(duration(progress.eta_seconds()))
                                            : q(progress.phase()));
  const Series* loss = run_->series("train/loss");
  spark_->setValues(sparkOf(loss));
  loss_->setText(loss == nullptr || loss->empty()
                     ? q(progress.phase())
                     : tr("train loss %1").arg(number(loss->values().back())));
  const Series* floor = run_->series("floor/loss");
  const bool floored = floor != nullptr && !floor->empty() && loss != nullptr && !loss->empty();
  above_->setVisible(floored);
  if (floored) {
    above_->setText(tr("%1 above the floor of %2")
                        .arg(number(loss->values().back() - floor->values().back()),
                             number(floor->values().back())));
  }
  const Series* rate = run_->series("train/tokens_per_second");
  rate_->setText(rate == nullptr || rate->empty()
                     ? QString()
                     : tr("%1 tokens/s").arg(grouped(std::llround(rate->values().back()))));
  step_->setText(
      progress.total_steps() > 0
          ? tr("step %1 of %2").arg(grouped(progress.step()), grouped(progress.total_steps()))
          : QString());
  bar_->setValue(static_cast<int>(progress.fraction() * 1000));
}

void HomePage::showFinished() {
  clearLayout(finished_rows_);
  const double now = static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000;
  int shown = 0;
  for (const v1::Job& job : lab().jobs.jobs()) {
    if (isActive(job.state()) || shown == kFinished) continue;
    ++shown;
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kGap);
    auto* id = makeLabel(QString::number(job.id()), "dim", finished_);
    id->setFixedWidth(30);
    row->addWidget(id);
    auto* words = new QVBoxLayout;
    words->setSpacing(1);
    const Verdict verdict = verdictOf(job);
    words->addWidget(makeLabel(q(job.name()), "strong", finished_));
    auto* verdict_label = makeLabel(verdict.text, "dim", finished_);
    setTone(verdict_label, verdict.tone);
    words->addWidget(verdict_label);
    row->addLayout(words);
    row->addStretch(1);
    if (const std::optional<double> seconds = secondsOf(job, now)) {
      row->addWidget(makeLabel(duration(*seconds), "dim", finished_));
    }
    auto* open = makeButton(tr("Open"), "link", finished_);
    connect(open, &QPushButton::clicked, this, [this, job_id = job.id()] {
      Q_EMIT go({QStringLiteral("pretrain"), job_id});
    });
    row->addWidget(open);
    finished_rows_->addLayout(row);
  }
  finished_->setVisible(shown > 0);
}

void HomePage::showQueue() {
  clearLayout(queue_rows_);
  int waiting = 0;
  for (const v1::Job& job : lab().jobs.jobs()) {
    const bool waits = job.state() == v1::Job::QUEUED || job.state() == v1::Job::HELD ||
                       job.state() == v1::Job::PAUSED;
    if (!waits) continue;
    if (++waiting > kQueued) continue;
    auto* row = new QHBoxLayout;
    auto* id = makeLabel(QString::number(job.id()), "dim", queue_);
    id->setFixedWidth(30);
    row->addWidget(id);
    row->addWidget(makeLabel(q(job.name()), "strong", queue_));
    row->addWidget(makeLabel(q(job.member()), "dim", queue_));
    row->addStretch(1);
    row->addWidget(makeLabel(stateWord(job.state()), "dim", queue_));
    queue_rows_->addLayout(row);
  }
  if (waiting > kQueued) {
    queue_rows_->addWidget(makeLabel(tr("and %1 more").arg(waiting - kQueued), "dim", queue_));
  }
  if (!lab().jobs.paused_reason().empty()) {
    auto* why = makeLabel(q(lab().jobs.paused_reason()), "warning", queue_);
    why->setWordWrap(true);
    queue_rows_->addWidget(why);
  }
  queue_->setVisible(waiting > 0 || !lab().jobs.paused_reason().empty());
}

}  // namespace lab::gui
