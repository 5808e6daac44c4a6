#include "gui/models/job_filter.h"

namespace lab::gui {

JobFilter::JobFilter(JobTreeModel* model, QObject* parent)
    : QSortFilterProxyModel(parent), model_(model) {
  setRecursiveFilteringEnabled(true);
  setSortRole(JobTreeModel::kSort);
  setSortCaseSensitivity(Qt::CaseInsensitive);
  setSourceModel(model);
}

void JobFilter::setWords(const QString& words) {
  words_ = words.simplified().split(QLatin1Char(' '), Qt::SkipEmptyParts);
  invalidateFilter();
}

void JobFilter::setStates(std::set<v1::Job::State> states) {
  states_ = std::move(states);
  invalidateFilter();
}

void JobFilter::setType(const QString& type) {
  type_ = type;
  invalidateFilter();
}

void JobFilter::setTag(const QString& tag) {
  tag_ = tag;
  invalidateFilter();
}

bool JobFilter::active() const {
  return !words_.isEmpty() || !states_.empty() || !type_.isEmpty() || !tag_.isEmpty();
}

std::vector<v1::Job> JobFilter::jobsOf(const QModelIndexList& rows) const {
  QModelIndexList source;
  for (const QModelIndex& row : rows) source << mapToSource(row);
  std::vector<v1::Job> jobs = model_->jobsOf(source);
  // Of a group only what is shown.
  std::erase_if(jobs, [this](const v1::Job& job) {
    return !mapFromSource(model_->indexOf(job.id())).isValid();
  });
  return jobs;
}

bool JobFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
  if (!active()) return true;
  const QModelIndex index = model_->index(row, 0, parent);
  const v1::Job* job = model_->job(index);
  if (job == nullptr) return false;  // a group comes with its members
  if (!states_.empty() && states_.count(job->state()) == 0) return false;
  if (!type_.isEmpty() && q(job->type()) != type_) return false;
  if (!tag_.isEmpty()) {
    const std::string tag = utf8(tag_);
    if (std::find(job->tags().begin(), job->tags().end(), tag) == job->tags().end()) return false;
  }
  if (words_.isEmpty()) return true;
  const QString all = model_->data(index, JobTreeModel::kWords).toString();
  for (const QString& word : words_) {
    if (!all.contains(word, Qt::CaseInsensitive)) return false;
  }
  return true;
}

}  // namespace lab::gui
