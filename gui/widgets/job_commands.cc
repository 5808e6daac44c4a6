#include "gui/widgets/job_commands.h"

#include <QInputDialog>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <algorithm>

#include "gui/models/job_words.h"
#include "gui/widgets/duplicate_dialog.h"

namespace lab::gui {
namespace {

using Verb = JobActions::Verb;

constexpr int kMostPriority = 1'000'000;

// "job 12", "3 jobs".
QString jobsText(size_t count, int64_t first) {
  return count == 1 ? JobCommands::tr("job %1").arg(first) : JobCommands::tr("%1 jobs").arg(count);
}

// A question in plain words whose default is to do nothing.
QMessageBox* makeQuestion(QWidget* window, const QString& text, const QString& yes) {
  auto* box = new QMessageBox(window);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setTextFormat(Qt::PlainText);
  box->setText(text);
  QPushButton* button = box->addButton(yes, QMessageBox::AcceptRole);
  button->setProperty("role", QStringLiteral("danger"));
  box->setDefaultButton(box->addButton(QMessageBox::Cancel));
  return box;
}

}  // namespace

JobCommands::JobCommands(Lab* lab, QWidget* window) : QObject(window), lab_(lab), window_(window) {
  auto edit = [this](What what) {
    return [this, what] { Q_EMIT editWanted(what, jobs_.front().id()); };
  };
  add(kOpen, tr("Open"), {}, [this] { Q_EMIT openWanted(jobs_.front().id()); });
  add(kPause, tr("Pause"), QKeySequence(Qt::Key_P), [this] { act(Verb::kPause); });
  add(kResume, tr("Resume"), QKeySequence(Qt::Key_R), [this] { act(Verb::kResume); });
  add(kHold, tr("Hold"), QKeySequence(Qt::Key_Space), [this] { holdOrRelease(); });
  add(kCancel, tr("Cancel…"), {}, [this] { askCancel(); });
  add(kCheckpoint, tr("Checkpoint now"), {}, [this] { act(Verb::kCheckpoint); });
  add(kUp, tr("Move up"), QKeySequence(Qt::ALT | Qt::Key_Up), [this] { move(kUp); });
  add(kDown, tr("Move down"), QKeySequence(Qt::ALT | Qt::Key_Down), [this] { move(kDown); });
  add(kTop, tr("Move to the top"), QKeySequence(Qt::ALT | Qt::Key_Home), [this] { move(kTop); });
  add(kBottom, tr("Move to the end"), QKeySequence(Qt::ALT | Qt::Key_End),
      [this] { move(kBottom); });
  add(kPriority, tr("Priority…"), {}, [this] { askPriority(); });
  add(kDuplicate, tr("Duplicate…"), QKeySequence(Qt::CTRL | Qt::Key_D), [this] { askDuplicate(); });
  add(kCompare, tr("Compare configs"), QKeySequence(Qt::Key_C),
      [this] { Q_EMIT compareWanted(jobs_.front().id(), jobs_.back().id()); });
  add(kRename, tr("Rename"), QKeySequence(Qt::Key_F2), edit(kRename));
  add(kTags, tr("Tags"), QKeySequence(Qt::Key_T), edit(kTags));
  add(kNote, tr("Note"), QKeySequence(Qt::Key_N), edit(kNote));
  add(kRemove, tr("Remove…"), QKeySequence(Qt::Key_Delete), [this] { askRemove(); });
  enable();
}

QAction* JobCommands::add(What what, const QString& text, const QKeySequence& keys,
                          std::function<void()> triggered) {
  auto* action = new QAction(text, this);
  action->setShortcut(keys);
  action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
  connect(action, &QAction::triggered, this, [this, triggered = std::move(triggered)] {
    if (!jobs_.empty()) triggered();
  });
  window_->addAction(action);
  actions_[what] = action;
  return action;
}

void JobCommands::fill(QMenu* menu) const {
  for (int what = 0; what < kCount; ++what) {
    if (what == kPause || what == kUp || what == kDuplicate || what == kRemove) {
      menu->addSeparator();
    }
    menu->addAction(actions_[what]);
  }
}

void JobCommands::setJobs(std::vector<v1::Job> jobs) {
  jobs_ = std::move(jobs);
  enable();
}

void JobCommands::enable() {
  for (auto [what, verb] : {std::pair{kPause, Verb::kPause},
                            {kResume, Verb::kResume},
                            {kCancel, Verb::kCancel},
                            {kCheckpoint, Verb::kCheckpoint},
                            {kRemove, Verb::kRemove}}) {
    actions_[what]->setEnabled(!fitting(verb).empty());
  }
  const bool holds = !fitting(Verb::kHold).empty();
  const bool waits = holds || !fitting(Verb::kRelease).empty();
  actions_[kHold]->setText(holds || !waits ? tr("Hold") : tr("Release"));
  for (What what : {kHold, kUp, kDown, kTop, kBottom}) actions_[what]->setEnabled(waits);
  for (What what : {kOpen, kDuplicate, kRename, kTags, kNote}) {
    actions_[what]->setEnabled(jobs_.size() == 1);
  }
  actions_[kCompare]->setEnabled(jobs_.size() == 2);
  actions_[kPriority]->setEnabled(!jobs_.empty());
}

std::vector<int64_t> JobCommands::fitting(Verb verb) const {
  std::vector<int64_t> ids;
  for (const v1::Job& job : jobs_) {
    if (JobActions::fits(verb, job.state())) ids.push_back(job.id());
  }
  return ids;
}

void JobCommands::act(Verb verb) { lab_->actions.act(verb, fitting(verb)); }

void JobCommands::holdOrRelease() {
  act(fitting(Verb::kHold).empty() ? Verb::kRelease : Verb::kHold);
}

void JobCommands::move(What where) {
  std::vector<int64_t> queue, moved;
  for (const v1::Job& job : lab_->jobs.jobs()) {
    if (isWaiting(job.state())) queue.push_back(job.id());
  }
  auto chosen = [this](int64_t id) {
    return std::any_of(jobs_.begin(), jobs_.end(),
                       [id](const v1::Job& job) { return job.id() == id; });
  };
  std::copy_if(queue.begin(), queue.end(), std::back_inserter(moved), chosen);
  if (moved.empty()) return;
  v1::MoveJobsRequest request;
  for (int64_t id : moved) request.add_job_ids(id);
  request.set_place(where == kTop ? v1::MoveJobsRequest::TOP : v1::MoveJobsRequest::BOTTOM);
  if (where == kUp || where == kDown) {
    // Before the one above the first of them, or after the one below the last.
    auto at = std::find(queue.begin(), queue.end(), where == kUp ? moved.front() : moved.back());
    auto before = queue.end();
    if (where == kUp) {
      if (at == queue.begin()) return;
      before = at - 1;
    } else {
      if (at + 1 == queue.end()) return;
      before = at + 2;
    }
    if (before != queue.end()) {
      request.set_place(v1::MoveJobsRequest::BEFORE);
      request.set_before_job_id(*before);
    }
  }
  lab_->actions.move(std::move(request));
}

void JobCommands::askPriority() {
  auto* dialog = new QInputDialog(window_);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Priority"));
  dialog->setLabelText(tr("Priority of %1. Higher starts first; 0 is ordinary.")
                           .arg(jobsText(jobs_.size(), jobs_.front().id())));
  dialog->setInputMode(QInputDialog::IntInput);
  dialog->setIntRange(-kMostPriority, kMostPriority);
  dialog->setIntValue(static_cast<int>(jobs_.front().priority()));
  connect(dialog, &QInputDialog::intValueSelected, this, [this, jobs = jobs_](int value) {
    for (const v1::Job& job : jobs) {
      v1::UpdateJobRequest request;
      request.set_job_id(job.id());
      request.set_priority(value);
      lab_->actions.update(std::move(request));
    }
  });
  dialog->open();
}

void JobCommands::askDuplicate() {
  auto* dialog = new DuplicateDialog(lab_, jobs_.front(), window_);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

void JobCommands::askCancel() {
  const std::vector<int64_t> ids = fitting(Verb::kCancel);
  if (ids.empty()) return;
  QMessageBox* box = makeQuestion(
      window_,
      tr("Cancel %1?\n\nWhat runs writes a checkpoint first; resume would go on from there.")
          .arg(jobsText(ids.size(), ids.front())),
      tr("Cancel the run"));
  box->button(QMessageBox::Cancel)->setText(tr("Leave it"));
  connect(box, &QDialog::accepted, this, [this, ids] { lab_->actions.act(Verb::kCancel, ids); });
  box->open();
}

void JobCommands::askRemove() {
  const std::vector<int64_t> ids = fitting(Verb::kRemove);
  if (ids.empty()) return;
  const QString what = jobsText(ids.size(), ids.front());
  const QString question =
      tr("Remove %1 with all checkpoints, metrics and samples? This cannot be undone.").arg(what);
  QMessageBox* box = makeQuestion(window_, question, tr("Remove"));
  box->setInformativeText(tr("Counting what it holds on the disk…"));
  lab_->actions.sizeOf(box, ids, [box](const absl::StatusOr<int64_t>& size) {
    box->setInformativeText(
        size.ok() ? tr("It frees %1.").arg(bytes(*size))
                  : tr("What it frees is not known: %1").arg(q(size.status().message())));
  });
  connect(box, &QDialog::accepted, this, [this, ids] { lab_->actions.act(Verb::kRemove, ids); });
  box->open();
}

}  // namespace lab::gui
