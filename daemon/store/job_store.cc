#include "daemon/store/job_store.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>

#include <nlohmann/json.hpp>

#include "core/base/strings.h"
#include "daemon/store/change_store.h"
#include "daemon/store/dependency_store.h"
#include "daemon/store/event_packer.h"
#include "daemon/store/page_token.h"

namespace lab {
namespace {

using nlohmann::json;

constexpr int64_t kPageSize = 1000;

constexpr std::string_view kJobColumns =
    "SELECT id, name, type, state, desired, priority, position, group_name, member, seed, attempt, "
    "crashes, created_ms, started_ms, ended_ms, device, worker_pid, parent_job, parent_step, "
    "error_reason, error_message, note, tags, progress, last_sequence, ending FROM jobs ";

absl::Status NoJob(int64_t id) { return absl::NotFoundError(StrCat("there is no job ", id)); }

// JSON of texts that came as protobuf strings and are therefore UTF-8; anything else is replaced.
template <class Strings>
std::string ToJson(const Strings& strings) {
  json array = json::array();
  for (const auto& text : strings) array.push_back(text);
  return array.dump(-1, ' ', false, json::error_handler_t::replace);
}

template <class T>
std::vector<T> FromJson(const std::string& text) {
  json array = json::parse(text, nullptr, false);
  std::vector<T> values;
  if (!array.is_array()) return values;
  for (const json& value : array) {
    if constexpr (std::is_same_v<T, std::string>) {
      if (value.is_string()) values.push_back(value.get<T>());
    } else {
      if (value.is_number_integer()) values.push_back(value.get<T>());
    }
  }
  return values;
}

JobRecord RecordOf(const Statement& row) {
  JobRecord record;
  v1::Job& job = record.job;
  job.set_id(row.Int(0));
  job.set_name(row.Text(1));
  job.set_type(row.Text(2));
  job.set_state(static_cast<v1::Job::State>(row.Int(3)));
  record.desired = static_cast<Desired>(row.Int(4));
  job.set_priority(row.Int(5));
  record.position = row.Int(6);
  job.set_group(row.Text(7));
  job.set_member(row.Text(8));
  job.set_seed(row.Int(9));
  job.set_attempt(row.Int(10));
  record.crashes = row.Int(11);
  *job.mutable_create_time() = ToTimestamp(row.Int(12));
  if (!row.IsNull(13)) *job.mutable_start_time() = ToTimestamp(row.Int(13));
  if (!row.IsNull(14)) *job.mutable_end_time() = ToTimestamp(row.Int(14));
  job.set_device(row.Text(15));
  job.set_worker_pid(row.Int(16));
  if (!row.IsNull(17)) {
    job.mutable_parent()->set_job_id(row.Int(17));
    job.mutable_parent()->set_step(row.Int(18));
  }
  if (std::string reason = row.Text(19); !reason.empty()) {
    job.mutable_error()->set_reason(reason);
    job.mutable_error()->set_message(row.Text(20));
  }
  job.set_note(row.Text(21));
  for (const std::string& tag : FromJson<std::string>(row.Text(22))) job.add_tags(tag);
  std::string_view progress = row.Blob(23);
  // One that cannot be read is only a snapshot: the next report replaces it.
  job.mutable_progress()->ParseFromArray(progress.data(), static_cast<int>(progress.size()));
  job.set_last_sequence(row.Int(24));
  job.set_ending(row.Text(25));
  return record;
}

absl::StatusOr<std::vector<JobRecord>> RecordsOf(Statement rows) {
  std::vector<JobRecord> records;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return records;
    records.push_back(RecordOf(rows));
  }
}

std::string StateList(const std::vector<v1::Job::State>& states) {
  std::string list;
  for (v1::Job::State state : states) {
    list += StrCat(list.empty() ? "" : ", ", static_cast<int>(state));
  }
  return list;
}

// The conditions of a filter; its values are the group, twice, and the tags as JSON.
std::string FilterSql(const JobFilter& filter) {
  std::string sql =
      "(? = '' OR group_name = ?) AND NOT EXISTS (SELECT 1 FROM json_each(?) AS wanted "
      "WHERE wanted.value NOT IN (SELECT value FROM json_each(jobs.tags))) ";
  if (!filter.states.empty()) sql += StrCat("AND state IN (", StateList(filter.states), ") ");
  return sql;
}

absl::StatusOr<std::vector<int64_t>> IdsOf(Statement rows) {
  std::vector<int64_t> ids;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return ids;
    ids.push_back(rows.Int(0));
  }
}

}  // namespace

bool IsEnded(v1::Job::State state) {
  return state == v1::Job::SUCCEEDED || state == v1::Job::FAILED || state == v1::Job::CANCELLED;
}

absl::StatusOr<std::optional<CreatedJobs>> JobStore::FindRequest(std::string_view request_id) {
  if (request_id.empty()) return std::nullopt;
  Statement found =
      database_->Query("SELECT group_name, jobs FROM requests WHERE request_id = ?", request_id);
  ASSIGN_OR_RETURN(bool row, found.Step());
  if (!row) return std::nullopt;
  CreatedJobs created;
  created.group = found.Text(0);
  created.ids = FromJson<int64_t>(found.Text(1));
  created.repeated = true;
  return created;
}

absl::StatusOr<std::string> JobStore::UniqueGroup(std::string_view wanted) {
  auto digit = [](unsigned char letter) { return std::isdigit(letter) != 0; };
  std::string base(wanted);
  if (std::all_of(base.begin(), base.end(), digit)) base = "group-" + base;
  std::string name = base;
  for (int64_t suffix = 2;; ++suffix) {
    ASSIGN_OR_RETURN(int64_t taken,
                     database_->QueryInt(0, "SELECT count(*) FROM groups WHERE name = ?", name));
    if (taken == 0) return name;
    name = StrCat(base, "-", suffix);
  }
}

absl::StatusOr<int64_t> JobStore::Insert(const NewJob& job, std::string_view group,
                                         int64_t position, int64_t now_ms) {
  v1::Job::State state = job.hold ? v1::Job::HELD : v1::Job::QUEUED;
  std::optional<int64_t> parent_job;
  std::optional<int64_t> parent_step;
  if (job.parent) {
    parent_job = job.parent->job_id();
    parent_step = job.parent->step();
  }
  RETURN_IF_ERROR(database_->Run(
      "INSERT INTO jobs(name, type, state, priority, position, group_name, member, seed, "
      "created_ms, parent_job, parent_step) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      job.name, job.type, static_cast<int64_t>(state), job.priority, position, group, job.member,
      job.seed, now_ms, parent_job, parent_step));
  int64_t id = database_->LastInsertId();
  RETURN_IF_ERROR(InsertTexts(id, job.submitted, job.resolved));
  RETURN_IF_ERROR(DependencyStore(database_).Insert(id, job.dependencies));
  return id;
}

absl::Status JobStore::InsertTexts(int64_t id, const v1::ConfigText& submitted,
                                   std::string_view resolved) {
  return database_->Run("INSERT INTO job_texts VALUES (?, ?, ?, ?, ?, ?, ?)", id, submitted.text(),
                        submitted.file(), submitted.base(), ToJson(submitted.overrides()),
                        submitted.override_base(), resolved);
}

absl::StatusOr<std::string> JobStore::NewGroup(std::string_view wanted, int64_t now_ms) {
  ASSIGN_OR_RETURN(std::string name, UniqueGroup(wanted));
  RETURN_IF_ERROR(
      database_->Run("INSERT INTO groups VALUES (?, ?)", std::string_view(name), now_ms));
  return name;
}

absl::StatusOr<CreatedJobs> JobStore::Create(const std::vector<NewJob>& jobs,
                                             std::string_view wanted_group,
                                             std::string_view request_id, int64_t now_ms) {
  ASSIGN_OR_RETURN(std::optional<CreatedJobs> known, FindRequest(request_id));
  if (known) return *std::move(known);
  CreatedJobs created;
  if (!wanted_group.empty()) {
    ASSIGN_OR_RETURN(created.group, NewGroup(wanted_group, now_ms));
  }
  ASSIGN_OR_RETURN(int64_t position,
                   database_->QueryInt(0, "SELECT coalesce(max(position), 0) FROM jobs"));
  for (const NewJob& job : jobs) {
    ASSIGN_OR_RETURN(int64_t id, Insert(job, created.group, ++position, now_ms));
    created.ids.push_back(id);
  }
  if (!request_id.empty()) {
    RETURN_IF_ERROR(database_->Run("INSERT INTO requests VALUES (?, ?, ?)", request_id,
                                   created.group, ToJson(created.ids)));
  }
  return created;
}

absl::Status JobStore::Update(int64_t id, const JobChange& change, int64_t now_ms) {
  ASSIGN_OR_RETURN(JobRecord record, Get(id));
  const v1::Job& job = record.job;
  v1::Job::State state = change.state.value_or(job.state());
  std::optional<int64_t> started;
  std::optional<int64_t> ended;
  if (job.has_start_time()) started = ToMillis(job.start_time());
  if (job.has_end_time()) ended = ToMillis(job.end_time());
  if (state == v1::Job::RUNNING && !started) started = now_ms;
  if (IsEnded(state) && state != job.state()) ended = now_ms;
  if (!IsEnded(state)) ended = std::nullopt;
  v1::JobError error = change.error.value_or(job.error());
  if (change.state == v1::Job::QUEUED && !change.error) error.Clear();
  std::vector<std::string> tags(job.tags().begin(), job.tags().end());
  RETURN_IF_ERROR(database_->Run(
      "UPDATE jobs SET state = ?, desired = ?, started_ms = ?, ended_ms = ?, error_reason = ?, "
      "error_message = ?, device = ?, worker_pid = ?, crashes = ?, priority = ?, position = ?, "
      "name = ?, note = ?, tags = ? WHERE id = ?",
      static_cast<int64_t>(state), static_cast<int64_t>(change.desired.value_or(record.desired)),
      started, ended, error.reason(), error.message(), change.device.value_or(job.device()),
      change.worker_pid.value_or(job.worker_pid()), change.crashes.value_or(record.crashes),
      change.priority.value_or(job.priority()), change.position.value_or(record.position),
      change.name.value_or(job.name()), change.note.value_or(job.note()),
      ToJson(change.tags.value_or(tags)), id));
  if (change.waive_dependencies) RETURN_IF_ERROR(DependencyStore(database_).Waive(id));
  if (change.parent) {
    RETURN_IF_ERROR(database_->Run("UPDATE jobs SET parent_job = ?, parent_step = ? WHERE id = ?",
                                   change.parent->job_id(), change.parent->step(), id));
  }
  if (!change.resolved) return absl::OkStatus();
  return database_->Run("UPDATE job_texts SET resolved = ? WHERE job = ?", *change.resolved, id);
}

absl::Status JobStore::SetAttempt(int64_t id, int64_t attempt) {
  return database_->Run("UPDATE jobs SET attempt = ? WHERE id = ?", attempt, id);
}

absl::Status JobStore::SetEnding(int64_t id, std::string_view why) {
  return database_->Run("UPDATE jobs SET ending = ? WHERE id = ?", why, id);
}

absl::Status JobStore::SetProgress(int64_t id, const v1::Progress& progress) {
  // The first value is bound as a blob, so the order of the columns is that of the statement.
  Statement update = database_->Query("UPDATE jobs SET progress = ? WHERE id = ?");
  return update.BindBlob(progress.SerializeAsString()).Bind(id).Run();
}

absl::Status JobStore::Remove(int64_t id) {
  ASSIGN_OR_RETURN(JobRecord record, Get(id));
  RETURN_IF_ERROR(DependencyStore(database_).Remove(record.job));
  for (std::string_view table : {"job_texts", "attempts", "metrics", "declared", "chunks",
                                 "summaries", "events", "checkpoints", "origins", "changes"}) {
    RETURN_IF_ERROR(database_->Run(StrCat("DELETE FROM ", table, " WHERE job = ?"), id));
  }
  RETURN_IF_ERROR(database_->Run("DELETE FROM jobs WHERE id = ?", id));
  return database_->Run(
      "DELETE FROM groups WHERE name = ? AND NOT EXISTS "
      "(SELECT 1 FROM jobs WHERE group_name = groups.name)",
      record.job.group());
}

absl::StatusOr<JobRecord> JobStore::Get(int64_t id) {
  Statement found = database_->Query(StrCat(kJobColumns, "WHERE id = ?"), id);
  ASSIGN_OR_RETURN(bool row, found.Step());
  if (!row) return NoJob(id);
  return RecordOf(found);
}

absl::StatusOr<JobTexts> JobStore::GetTexts(int64_t id) {
  Statement found = database_->Query(
      "SELECT text, file, base, overrides, override_base, resolved FROM job_texts WHERE job = ?",
      id);
  ASSIGN_OR_RETURN(bool row, found.Step());
  if (!row) return NoJob(id);
  JobTexts texts;
  texts.submitted.set_text(found.Text(0));
  texts.submitted.set_file(found.Text(1));
  texts.submitted.set_base(found.Text(2));
  for (std::string& text : FromJson<std::string>(found.Text(3))) {
    texts.submitted.add_overrides(std::move(text));
  }
  texts.submitted.set_override_base(found.Text(4));
  texts.resolved = found.Text(5);
  ASSIGN_OR_RETURN(texts.current, ChangeStore(database_).Current(id));
  if (texts.current.empty()) texts.current = texts.resolved;
  return texts;
}

absl::StatusOr<std::vector<int64_t>> JobStore::ListedIds(const JobFilter& filter) {
  if (!filter.page_token.empty()) return ReadPageToken(filter.page_token);
  // The states are numbered as in job.proto: 3, 4 have a worker; 1, 2 wait for one; 5 is paused.
  Statement rows = database_->Query(
      StrCat("SELECT id FROM jobs WHERE ", FilterSql(filter),
             "ORDER BY CASE WHEN state IN (3, 4) THEN 0 WHEN state IN (1, 2) THEN 1 "
             "WHEN state = 5 THEN 2 ELSE 3 END, "
             "CASE WHEN state <= 4 THEN -priority ELSE -coalesce(ended_ms, 0) END, "
             "CASE WHEN state <= 4 THEN position ELSE -id END, id"),
      filter.group, filter.group, ToJson(filter.tags));
  return IdsOf(std::move(rows));
}

absl::StatusOr<JobPage> JobStore::List(const JobFilter& filter) {
  ASSIGN_OR_RETURN(std::vector<int64_t> ids, ListedIds(filter));
  auto size =
      static_cast<size_t>(filter.page_size > 0 ? std::min(filter.page_size, kPageSize) : kPageSize);
  JobPage page;
  if (ids.size() > size) {
    page.next_page_token =
        MakePageToken({ids.begin() + static_cast<std::ptrdiff_t>(size), ids.end()});
    ids.resize(size);
  }
  // Of a later page, some may be gone or may have left the filter since the listing began.
  ASSIGN_OR_RETURN(
      std::vector<JobRecord> records,
      RecordsOf(database_->Query(StrCat(kJobColumns, "WHERE ", FilterSql(filter),
                                        "AND id IN (SELECT value FROM json_each(?))"),
                                 filter.group, filter.group, ToJson(filter.tags), IdList(ids))));
  std::map<int64_t, v1::Job*> found;
  for (JobRecord& record : records) found[record.job.id()] = &record.job;
  for (int64_t id : ids) {
    auto job = found.find(id);
    if (job != found.end()) page.jobs.push_back(std::move(*job->second));
  }
  return page;
}

absl::StatusOr<std::vector<JobRecord>> JobStore::InState(
    const std::vector<v1::Job::State>& states) {
  return RecordsOf(database_->Query(
      StrCat(kJobColumns, "WHERE state IN (", StateList(states), ") ORDER BY id")));
}

absl::StatusOr<int64_t> JobStore::Count(const std::vector<v1::Job::State>& states) {
  return database_->QueryInt(
      0, StrCat("SELECT count(*) FROM jobs WHERE state IN (", StateList(states), ")"));
}

absl::StatusOr<std::vector<JobRecord>> JobStore::NextQueued(int64_t limit) {
  return RecordsOf(
      database_->Query(StrCat(kJobColumns, "WHERE state = ? AND NOT ", kHasUnmetDependency,
                              "ORDER BY priority DESC, position, id LIMIT ?"),
                       static_cast<int64_t>(v1::Job::QUEUED), limit));
}

absl::StatusOr<std::vector<JobRecord>> JobStore::Misplaced() {
  // 1, 2: queued, held, as in job.proto; the first condition finds them by the index.
  ASSIGN_OR_RETURN(std::vector<JobRecord> records,
                   RecordsOf(database_->Query(
                       StrCat(kJobColumns, "WHERE state IN (1, 2) AND ((state = 1 AND ",
                              kHasBrokenDependency, ") OR (state = 2 AND error_reason = ? AND NOT ",
                              kHasBrokenDependency, ")) ORDER BY id"),
                       kDependencyFailed)));
  std::vector<int64_t> ids;
  for (const JobRecord& record : records) ids.push_back(record.job.id());
  ASSIGN_OR_RETURN(auto dependencies, DependencyStore(database_).Of(ids));
  for (JobRecord& record : records) {
    const std::vector<v1::Dependency>& own = dependencies[record.job.id()];
    record.job.mutable_dependencies()->Add(own.begin(), own.end());
  }
  return records;
}

absl::Status JobStore::Arrange(const std::vector<int64_t>& ids, QueuePlace place, int64_t before) {
  int64_t priority = 0;
  int64_t position = 0;
  const auto count = static_cast<int64_t>(ids.size());
  for (int64_t id : ids) RETURN_IF_ERROR(Get(id).status());
  if (place == QueuePlace::kBefore) {
    ASSIGN_OR_RETURN(JobRecord next, Get(before));
    priority = next.job.priority();
    position = next.position;
    RETURN_IF_ERROR(database_->Run("UPDATE jobs SET position = position + ? WHERE position >= ?",
                                   count, position));
  } else {
    // The whole queue's first or last place, whatever the priorities were. 1, 2: queued, held.
    const bool top = place == QueuePlace::kTop;
    ASSIGN_OR_RETURN(
        priority, database_->QueryInt(0, StrCat("SELECT coalesce(", top ? "max" : "min",
                                                "(priority), 0) FROM jobs WHERE state IN (1, 2)")));
    ASSIGN_OR_RETURN(position,
                     database_->QueryInt(0, StrCat("SELECT coalesce(", top ? "min" : "max",
                                                   "(position), 0) FROM jobs")));
    position = top ? position - count : position + 1;
  }
  for (int64_t id : ids) {
    RETURN_IF_ERROR(database_->Run("UPDATE jobs SET priority = ?, position = ? WHERE id = ?",
                                   priority, position++, id));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> JobStore::GroupMembers(std::string_view group) {
  return IdsOf(database_->Query(
      "SELECT id FROM jobs WHERE group_name = ? AND group_name <> '' ORDER BY id", group));
}

}  // namespace lab
