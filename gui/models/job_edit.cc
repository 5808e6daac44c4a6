#include "gui/models/job_edit.h"

#include "gui/models/words.h"

namespace lab::gui {
namespace {

v1::UpdateJobRequest about(const v1::Job& job) {
  v1::UpdateJobRequest request;
  request.set_job_id(job.id());
  return request;
}

}  // namespace

QStringList tagsOf(const v1::Job& job) {
  QStringList tags;
  for (const std::string& tag : job.tags()) tags << q(tag);
  return tags;
}

std::optional<v1::UpdateJobRequest> tagsTyped(const v1::Job& job, const QString& text) {
  v1::UpdateJobRequest request = about(job);
  const QStringList before = tagsOf(job);
  const QStringList after = text.simplified().split(QLatin1Char(' '), Qt::SkipEmptyParts);
  for (const QString& tag : after) {
    if (!before.contains(tag)) request.add_add_tags(utf8(tag));
  }
  for (const QString& tag : before) {
    if (!after.contains(tag)) request.add_remove_tags(utf8(tag));
  }
  if (request.add_tags_size() + request.remove_tags_size() == 0) return std::nullopt;
  return request;
}

std::optional<v1::UpdateJobRequest> noteTyped(const v1::Job& job, const QString& text) {
  if (text == q(job.note())) return std::nullopt;
  v1::UpdateJobRequest request = about(job);
  request.set_note(utf8(text));
  return request;
}

std::optional<v1::UpdateJobRequest> nameTyped(const v1::Job& job, const QString& text) {
  if (text == q(job.name())) return std::nullopt;
  v1::UpdateJobRequest request = about(job);
  request.set_name(utf8(text));
  return request;
}

}  // namespace lab::gui
