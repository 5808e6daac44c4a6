#include "gui/models/group_stats.h"

namespace lab::gui {

GroupStats::GroupStats(LabSession* session, JobStore* jobs, QObject* parent)
    : QObject(parent), session_(session) {
  connect(jobs, &JobStore::ended, this, [this](const v1::Job& job) {
    if (followed_.count(job.group()) > 0) ask(job.group());
  });
  connect(session, &LabSession::linked, this, [this] {
    for (const std::string& name : followed_) ask(name);
  });
}

void GroupStats::follow(const std::string& name) {
  if (followed_.insert(name).second) ask(name);
}

const v1::Group* GroupStats::find(const std::string& name) const {
  const auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : &found->second;
}

void GroupStats::ask(const std::string& name) {
  session_->ask(
      this, [name](const LabClient& client) { return client.GetGroup(name); },
      [this, name](absl::StatusOr<v1::Group> group) {
        // A refusal leaves what the members themselves say: the group may just have been removed.
        if (!group.ok()) return;
        v1::Group& kept = groups_[name];
        kept = *std::move(group);
        Q_EMIT arrived(kept);
      });
}

}  // namespace lab::gui
