#pragma once

// What can be done to the selected jobs, as actions with shortcuts, for buttons and menus alike.
// Each is enabled while it has a meaning for one of them, and acts on those for which it has.
// Questions and dialogs stand over `window`. GUI thread.

#include <QAction>
#include <QObject>
#include <vector>

#include "gui/models/lab.h"

class QMenu;

namespace lab::gui {

class JobCommands : public QObject {
  Q_OBJECT
 public:
  enum What {
    kOpen,
    kPause,
    kResume,
    kHold,  // or release
    kCancel,
    kCheckpoint,
    kUp,
    kDown,
    kTop,
    kBottom,
    kPriority,
    kDuplicate,
    kCompare,
    kRename,
    kTags,
    kNote,
    kRemove,
    kCount
  };

  // `lab` outlives this; the shortcuts work while `window` or a child of it has the focus.
  JobCommands(Lab* lab, QWidget* window);

  QAction* action(What what) const { return actions_[what]; }
  // All of them, in sections.
  void fill(QMenu* menu) const;
  // The jobs to act on.
  void setJobs(std::vector<v1::Job> jobs);
  const std::vector<v1::Job>& jobs() const { return jobs_; }

 Q_SIGNALS:
  void openWanted(qint64 job_id);
  // How the configs of two jobs differ.
  void compareWanted(qint64 job_id, qint64 other);
  // A job's name (kRename), tags or note is to be edited where it stands.
  void editWanted(int what, qint64 job_id);

 private:
  QAction* add(What what, const QString& text, const QKeySequence& keys,
               std::function<void()> triggered);
  void enable();
  std::vector<int64_t> fitting(JobActions::Verb verb) const;
  void act(JobActions::Verb verb);
  void holdOrRelease();
  void move(What where);
  void askPriority();
  void askDuplicate();
  void askCancel();
  void askRemove();

  Lab* lab_;
  QWidget* window_;
  std::vector<v1::Job> jobs_;
  QAction* actions_[kCount] = {};
};

}  // namespace lab::gui
