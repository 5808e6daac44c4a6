#include "gui/pictures/training_drawing.h"

#include <QVBoxLayout>

#include "core/base/strings.h"
#include "gui/models/checkpoint_steps.h"
#include "gui/models/words.h"
#include "gui/widgets/training_view.h"

namespace lab::gui {

TrainingDrawing::TrainingDrawing(Lab* lab, const PictureWish& wish)
    : lab_(lab),
      wish_(wish),
      job_(q(wish.reference).toLongLong()),
      probe_(&lab->session),
      view_(new TrainingView(lab, this)) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(view_);
  connect(&lab->checkpoints, &CheckpointStore::changed, this, &TrainingDrawing::start);
  view_->prefer(quantity());
}

void TrainingDrawing::begin() {
  probe_.setSubject(wish_.reference, wish_.text);
  lab_->checkpoints.refresh();
  start();
}

void TrainingDrawing::start() {
  if (!lab_->checkpoints.status().ok()) status_ = lab_->checkpoints.status();
  if (!steps_.empty() || !lab_->checkpoints.loaded()) return;
  steps_ = logSpaced(stepsOf(lab_->checkpoints, job_), kMostFollowed);
  if (steps_.size() < 2) {
    status_ = absl::FailedPreconditionError(
        StrCat("job ", wish_.reference, " has ", steps_.size(),
               " checkpoints; there is something to follow from 2 on"));
    return;
  }
  run_ = lab_->runs.open(job_);
  view_->take(probe_, {});
  view_->setRun(job_, steps_);
  view_->start();
}

bool TrainingDrawing::ready() const {
  return run_ != nullptr && run_->loaded() && !view_->busy() && !view_->looks().points().empty();
}

QString TrainingDrawing::facts() const {
  const auto& points = view_->looks().points();
  return tr("job %1  ·  %2 checkpoints, from step %3 to %4")
      .arg(QString::number(job_), QString::number(points.size()), grouped(points.begin()->first),
           grouped(points.rbegin()->first));
}

// "induction" is a score of the heads, "lens depth" is not.
std::string TrainingDrawing::quantity() const {
  const std::string words = utf8(wish_.sort);
  if (words.empty()) return "heads/induction";
  return words == "lens depth" ? words : StrCat("heads/", words);
}

absl::Status TrainingDrawing::status() const {
  if (!status_.ok() || run_ == nullptr || view_->busy()) return status_;
  if (view_->looks().points().empty()) return view_->looks().status();
  if (view_->quantity() == quantity()) return status_;
  return absl::InvalidArgumentError(StrCat("there is no score ", utf8(wish_.sort)));
}

void TrainingDrawing::makeStill() { view_->makeStill(); }

}  // namespace lab::gui
