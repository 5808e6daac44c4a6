#include "gui/widgets/running_card.h"

#include <QHBoxLayout>
#include <algorithm>
#include <cmath>

#include "gui/style/tokens.h"
#include "gui/widgets/spark.h"

namespace lab::gui {
namespace {

constexpr size_t kSparkPoints = 120;

// A series thinned to what a small curve shows: the least and the greatest of each stretch.
std::vector<double> sparkOf(const Series* series) {
  if (series == nullptr) return {};
  const std::vector<double>& all = series->values();
  const size_t stride = std::max<size_t>(1, 2 * all.size() / kSparkPoints);
  if (stride == 1) return all;
  std::vector<double> values;
  for (size_t i = 0; i < all.size(); i += stride) {
    const auto end = all.begin() + static_cast<ptrdiff_t>(std::min(all.size(), i + stride));
    const auto [low, high] = std::minmax_element(all.begin() + static_cast<ptrdiff_t>(i), end);
    values.push_back(*std::min(low, high));
    values.push_back(*std::max(low, high));
  }
  return values;
}

std::optional<double> lastOf(const Series* series) {
  if (series == nullptr || series->empty()) return std::nullopt;
  return series->values().back();
}

}  // namespace

RunningCard::RunningCard(Lab* lab, QWidget* parent) : Card({}, parent), lab_(lab) {
  auto* top = new QHBoxLayout;
  state_ = new Chip(this);
  name_ = makeLabel({}, "card-title", this);
  id_ = makeLabel({}, "dim", this);
  left_ = makeLabel({}, "strong", this);
  open_ = makeButton(tr("Open"), "link", this);
  connect(open_, &QPushButton::clicked, this, [this] {
    if (run_ != nullptr) Q_EMIT opened(run_->id());
  });
  for (QWidget* widget : std::initializer_list<QWidget*>{state_, name_, id_}) {
    top->addWidget(widget);
  }
  top->addStretch(1);
  top->addWidget(left_);
  top->addWidget(open_);
  body()->addLayout(top);
  idle_ = makeLabel(tr("Nothing runs now."), "dim", this);
  body()->addWidget(idle_);

  figures_ = new QWidget(this);
  auto* middle = new QHBoxLayout(figures_);
  middle->setContentsMargins(0, 0, 0, 0);
  middle->setSpacing(space::kPadding);
  spark_ = new Spark(figures_);
  middle->addWidget(spark_);
  auto* words = new QVBoxLayout;
  words->setSpacing(2);
  loss_ = makeLabel({}, "strong", figures_);
  above_ = makeLabel({}, "good", figures_);
  words->addWidget(loss_);
  words->addWidget(above_);
  middle->addLayout(words);
  middle->addStretch(1);
  auto* pace = new QVBoxLayout;
  pace->setSpacing(2);
  rate_ = makeLabel({}, "strong", figures_);
  step_ = makeLabel({}, "dim", figures_);
  for (QLabel* label : {rate_, step_}) {
    label->setAlignment(Qt::AlignRight);
    pace->addWidget(label);
  }
  middle->addLayout(pace);
  body()->addWidget(figures_);
  bar_ = new ShareBar(tr("Progress"), this);
  body()->addWidget(bar_);
  connect(&lab->jobs, &JobStore::changed, this, &RunningCard::follow);
  follow();
}

void RunningCard::follow() {
  const v1::Job* job = lab_->jobs.running();
  for (QWidget* widget :
       std::initializer_list<QWidget*>{state_, name_, id_, left_, open_, figures_, bar_}) {
    widget->setVisible(job != nullptr);
  }
  idle_->setVisible(job == nullptr);
  if (run_ && (job == nullptr || run_->id() != job->id())) {
    disconnect(run_.get(), nullptr, this, nullptr);
    run_.reset();
  }
  if (job == nullptr) return;
  if (!run_) {
    run_ = lab_->runs.open(job->id());
    connect(run_.get(), &Run::changed, this, &RunningCard::show, Qt::QueuedConnection);
  }
  show();
}

void RunningCard::show() {
  if (run_ == nullptr) return;
  const v1::Job& job = run_->job();
  const v1::Progress& progress = run_->progress();
  state_->show(stateWord(job.state()), stateTone(job.state()));
  setElided(name_, q(job.name()), 260);
  id_->setText(tr("job %1").arg(job.id()));
  left_->setText(progress.has_eta_seconds() ? tr("%1 left").arg(duration(progress.eta_seconds()))
                                            : q(progress.phase()));
  const std::optional<double> loss = lastOf(run_->series("train/loss"));
  const std::optional<double> floor = lastOf(run_->series("floor/loss"));
  const std::optional<double> rate = lastOf(run_->series("train/tokens_per_second"));
  spark_->setValues(sparkOf(run_->series("train/loss")));
  loss_->setText(loss ? tr("train loss %1").arg(number(*loss)) : q(progress.phase()));
  const bool floored = loss && floor && std::isfinite(*loss);
  above_->setVisible(floored);
  if (floored) {
    above_->setText(tr("%1 above the floor of %2").arg(number(*loss - *floor), number(*floor)));
  }
  rate_->setText(rate && std::isfinite(*rate) ? tr("%1 tokens/s").arg(grouped(std::llround(*rate)))
                                              : QString());
  step_->setText(
      progress.total_steps() > 0
          ? tr("step %1 of %2").arg(grouped(progress.step()), grouped(progress.total_steps()))
          : QString());
  bar_->setShare(progress.fraction());
}

}  // namespace lab::gui
