#include "gui/widgets/job_overview.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QTableWidget>

#include "gui/models/job_words.h"
#include "gui/style/tokens.h"
#include "gui/widgets/fact_grid.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

QString dependenciesText(const v1::Job& job) {
  QStringList parts;
  for (const v1::Dependency& dependency : job.dependencies()) {
    QString how = dependency.any() ? JobOverview::tr("end") : JobOverview::tr("success");
    if (dependency.standing() == v1::Dependency::MET) how = JobOverview::tr("met");
    if (dependency.standing() == v1::Dependency::BROKEN) how = JobOverview::tr("broken");
    if (dependency.standing() == v1::Dependency::WAIVED) how = JobOverview::tr("waived");
    parts << JobOverview::tr("job %1 (%2)").arg(dependency.job_id()).arg(how);
  }
  return parts.join(JobOverview::tr(", "));
}

QString parentText(const v1::Job& job) {
  if (!job.has_parent()) return {};
  const QString step = grouped(job.parent().step());
  return job.parent().job_id() > 0
             ? JobOverview::tr("job %1, step %2").arg(job.parent().job_id()).arg(step)
             : JobOverview::tr("a folder outside the lab, step %1").arg(step);
}

QString lossText(const v1::Job& job, const char* metric) {
  const v1::MetricSummary* loss = SummaryOf(job, metric);
  if (loss == nullptr) return {};
  const QString last = number(loss->last()) + QLatin1Char(' ') + unitText(loss->unit());
  if (!loss->has_best() || loss->best() == loss->last()) return last;
  return JobOverview::tr("%1, best %2 at step %3")
      .arg(last, number(loss->best()), grouped(loss->best_step()));
}

QString tagsText(const v1::Job& job) {
  QStringList tags;
  for (const std::string& tag : job.tags()) tags << q(tag);
  return tags.join(QLatin1Char(' '));
}

std::vector<Fact> factsOf(const v1::Job& job) {
  const int64_t tokens = job.progress().token_count();
  QString device = q(job.device());
  if (job.worker_pid() > 0) {
    device = JobOverview::tr("%1, process %2").arg(device).arg(job.worker_pid());
  }
  return {
      {JobOverview::tr("Type"), q(job.type())},
      {JobOverview::tr("Group"), q(job.group())},
      {JobOverview::tr("Member"), q(job.member())},
      {JobOverview::tr("Seed"), QString::number(job.seed())},
      {JobOverview::tr("Priority"),
       job.priority() == 0 ? QString() : QString::number(job.priority())},
      {JobOverview::tr("Attempt"), job.attempt() > 1 ? QString::number(job.attempt()) : QString()},
      {JobOverview::tr("Queued"), clock(job.create_time())},
      {JobOverview::tr("Started"), clock(job.start_time())},
      {JobOverview::tr("Ended"), clock(job.end_time())},
      {JobOverview::tr("Time"), timeText(job)},
      {JobOverview::tr("Step"), stepsText(job)},
      {JobOverview::tr("Tokens"), tokens > 0 ? grouped(tokens) : QString()},
      {JobOverview::tr("Tokens/s"), rateText(job)},
      {JobOverview::tr("Train loss"), lossText(job, "train/loss")},
      {JobOverview::tr("Validation"), lossText(job, "val/loss")},
      {JobOverview::tr("Floor"), lossText(job, "floor/loss")},
      {JobOverview::tr("Device"), device},
      {JobOverview::tr("Began from"), parentText(job)},
      {JobOverview::tr("Waits for"), dependenciesText(job)},
      {JobOverview::tr("Tags"), tagsText(job)},
      {JobOverview::tr("Note"), q(job.note()).simplified()},
      {JobOverview::tr("Imported"),
       job.has_origin()
           ? JobOverview::tr("job %1 of %2").arg(job.origin().job_id()).arg(q(job.origin().host()))
           : QString()},
  };
}

QString changesText(const v1::JobConfig& config) {
  QStringList lines;
  for (const v1::Change& change : config.changes()) {
    const QString when = change.has_step()
                             ? JobOverview::tr("after step %1").arg(grouped(change.step()))
                             : JobOverview::tr("not yet in effect");
    lines << JobOverview::tr("%1: %2 → %3, %4")
                 .arg(q(change.field()), q(change.before()), q(change.value()), when);
  }
  return lines.join(QLatin1Char('\n'));
}

}  // namespace

JobOverview::JobOverview(Lab* lab, GroupStats* groups, QWidget* parent)
    : JobView(parent), lab_(lab), groups_(groups), texts_(&lab->session) {
  auto* column = new QVBoxLayout(this);
  column->setSpacing(space::kSmall);
  auto* head = new QHBoxLayout;
  head->setSpacing(space::kSmall);
  name_ = makeLabel({}, "card-title", this);
  head->addWidget(name_);
  state_ = new Chip(this);
  head->addWidget(state_);
  verdict_ = makeLabel({}, "dim", this);
  head->addWidget(verdict_, 1);
  column->addLayout(head);
  error_ = makeLabel({}, "bad", this);
  error_->setWordWrap(true);
  error_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  column->addWidget(error_);
  facts_ = new FactGrid(FactGrid::Flow::kColumns, this);
  column->addWidget(facts_);
  changes_ = makeLabel({}, "dim", this);
  changes_->setWordWrap(true);
  column->addWidget(changes_);
  points_ = new QTableWidget(0, 5, this);
  points_->setHorizontalHeaderLabels(
      {tr("Grid point"), tr("Loss"), tr("Runs counted"), tr("Best"), tr("Best run")});
  points_->verticalHeader()->hide();
  points_->setShowGrid(false);
  points_->setProperty("role", QStringLiteral("table"));
  points_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  points_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  points_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  points_->horizontalHeader()->setStretchLastSection(true);
  column->addWidget(points_, 1);
  column->addStretch(1);
  connect(&lab->jobs, &JobStore::changed, this, &JobOverview::show);
  connect(groups, &GroupStats::arrived, this, &JobOverview::show);
  connect(&texts_, &JobTexts::changed, this, &JobOverview::show);
}

void JobOverview::setJob(int64_t id) {
  texts_.setJob(id);
  // For the changes made after it was queued.
  if (id != 0) texts_.readConfig();
  show();
}

void JobOverview::setGroup(const QString& name) {
  group_ = name;
  if (!name.isEmpty()) groups_->follow(utf8(name));
  show();
}

void JobOverview::show() {
  const v1::Job* job = group_.isEmpty() ? lab_->jobs.find(texts_.job()) : nullptr;
  state_->setVisible(job != nullptr);
  facts_->setVisible(job != nullptr);
  points_->setVisible(!group_.isEmpty());
  changes_->hide();
  error_->hide();
  if (job != nullptr) return showJob(*job);
  StateCounts counts;
  for (const v1::Job& each : lab_->jobs.jobs()) {
    if (!group_.isEmpty() && q(each.group()) == group_) ++counts[each.state()];
  }
  name_->setText(group_);
  verdict_->setText(countsText(counts));
  setTone(verdict_, Tone::kPlain);
  if (!group_.isEmpty()) showPoints();
}

void JobOverview::showJob(const v1::Job& job) {
  setElided(name_, q(job.name()), 420);
  state_->show(stateWord(job.state()), stateTone(job.state()));
  const Verdict verdict = resultOf(job);
  error_->setVisible(job.has_error());
  if (job.has_error()) {
    error_->setText(tr("%1\n%2").arg(q(job.error().message()), q(job.error().reason())));
  }
  verdict_->setText(job.has_error() ? QString() : verdict.text);
  setTone(verdict_, verdict.tone);
  facts_->show(factsOf(job));
  if (texts_.config()) {
    changes_->setText(changesText(*texts_.config()));
    changes_->setVisible(!changes_->text().isEmpty());
  }
}

void JobOverview::showPoints() {
  const v1::Group* group = groups_->find(utf8(group_));
  points_->setRowCount(group == nullptr ? 0 : group->points_size());
  for (int row = 0; row < points_->rowCount(); ++row) {
    const v1::GridPoint& point = group->points(row);
    QStringList cells{point.label().empty() ? tr("all") : q(point.label()), {}, {}, {}, {}};
    if (const v1::GroupMetric* loss = lossOf(point)) {
      std::optional<double> error;
      if (loss->last().has_standard_error()) error = loss->last().standard_error();
      if (loss->last().has_mean()) {
        cells[1] = loss->tally().counted() < 2
                       ? number(loss->last().mean())
                       : q(FormatEstimate(loss->last().mean(), error, true));
      }
      cells[2] = q(TallyText(loss->tally()));
      if (loss->has_best_member()) {
        cells[3] = number(loss->best_member().value());
        cells[4] = tr("job %1 at step %2")
                       .arg(loss->best_member().job_id())
                       .arg(grouped(loss->best_member().step()));
      }
    }
    for (int column = 0; column < cells.size(); ++column) {
      points_->setItem(row, column, new QTableWidgetItem(cells[column]));
    }
  }
}

}  // namespace lab::gui
