#pragma once

// What labd computes over the members of groups, asked only for those that somebody looks at, and
// again when a member has ended. GUI thread.

#include <QObject>
#include <map>
#include <set>

#include "gui/models/job_store.h"

namespace lab::gui {

class GroupStats : public QObject {
  Q_OBJECT
 public:
  // Both outlive this.
  GroupStats(LabSession* session, JobStore* jobs, QObject* parent = nullptr);

  // From now on this group is kept fresh.
  void follow(const std::string& name);
  // nullptr until labd has answered.
  const v1::Group* find(const std::string& name) const;

 Q_SIGNALS:
  void arrived(const lab::v1::Group& group);

 private:
  void ask(const std::string& name);

  LabSession* session_;
  std::set<std::string> followed_;
  std::map<std::string, v1::Group> groups_;
};

}  // namespace lab::gui
