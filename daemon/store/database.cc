#include "daemon/store/database.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <utility>

#include <spdlog/spdlog.h>
#include <sqlite3.h>

#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr int kBusyMillis = 10'000;
constexpr int64_t kApplicationId = 0x4C4C4162;  // "LLAb", so that `file` and we can tell it

// Copies of the database that lie beside it, made by BackUp or by a person.
std::string CopiesOf(const fs::path& path) {
  const std::string name = path.filename().string();
  std::vector<std::string> copies;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path.parent_path(), error)) {
    std::string other = entry.path().filename().string();
    bool copy = other.rfind(name + ".", 0) == 0 && entry.path().extension() == ".backup";
    if (copy) copies.push_back(std::move(other));
  }
  std::sort(copies.begin(), copies.end());
  std::string list;
  for (const std::string& copy : copies) list += StrCat(list.empty() ? "" : ", ", copy);
  return list;
}

absl::Status Damaged(const std::string& path, std::string_view what) {
  std::string copies = CopiesOf(path);
  return Failure(absl::StatusCode::kDataLoss, kDatabaseDamaged,
                 StrCat(path, " is damaged: ", what,
                        ". labctl doctor examines it. Stop labd and move it away, with -wal and "
                        "-shm of the same name; then put a copy back (beside it ",
                        copies.empty() ? "there is none" : StrCat("lies ", copies),
                        "), or begin with an empty queue; the jobs' folders stay as they are"));
}

}  // namespace

bool IsDatabaseFailure(const absl::Status& status) {
  std::string reason = ReasonOf(status);
  return reason == reason::kDiskFull || reason == reason::kIoError || reason == kDatabaseDamaged;
}

Statement::Statement(Database* database, std::string sql, sqlite3_stmt* handle, absl::Status status)
    : database_(database), sql_(std::move(sql)), handle_(handle), status_(std::move(status)) {}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      sql_(std::move(other.sql_)),
      handle_(std::exchange(other.handle_, nullptr)),
      status_(std::move(other.status_)),
      bound_(other.bound_) {}

Statement::~Statement() {
  if (!handle_) return;
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
  database_->idle_[sql_].push_back(handle_);
}

Statement& Statement::Checked(int code) {
  if (code != SQLITE_OK && status_.ok()) status_ = database_->Error(code, "binding a value");
  return *this;
}

Statement& Statement::Bind(int64_t value) {
  ++bound_;
  return status_.ok() ? Checked(sqlite3_bind_int64(handle_, bound_, value)) : *this;
}

Statement& Statement::Bind(double value) {
  ++bound_;
  return status_.ok() ? Checked(sqlite3_bind_double(handle_, bound_, value)) : *this;
}

Statement& Statement::Bind(std::string_view text) {
  ++bound_;
  if (!status_.ok()) return *this;
  return Checked(sqlite3_bind_text64(handle_, bound_, text.data() ? text.data() : "", text.size(),
                                     SQLITE_TRANSIENT, SQLITE_UTF8));
}

Statement& Statement::Bind(std::nullopt_t) {
  ++bound_;
  return status_.ok() ? Checked(sqlite3_bind_null(handle_, bound_)) : *this;
}

Statement& Statement::Bind(const std::optional<int64_t>& value) {
  return value ? Bind(*value) : Bind(std::nullopt);
}

Statement& Statement::Bind(const std::optional<double>& value) {
  return value ? Bind(*value) : Bind(std::nullopt);
}

Statement& Statement::BindBlob(std::string_view bytes) {
  ++bound_;
  if (!status_.ok()) return *this;
  return Checked(sqlite3_bind_blob64(handle_, bound_, bytes.data() ? bytes.data() : "",
                                     bytes.size(), SQLITE_TRANSIENT));
}

absl::StatusOr<bool> Statement::Step() {
  RETURN_IF_ERROR(status_);
  int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_->Error(code, sql_);
}

absl::Status Statement::Run() {
  while (true) {
    ASSIGN_OR_RETURN(bool row, Step());
    if (!row) return absl::OkStatus();
  }
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}
int64_t Statement::Int(int column) const { return sqlite3_column_int64(handle_, column); }
double Statement::Double(int column) const { return sqlite3_column_double(handle_, column); }
std::string Statement::Text(int column) const { return std::string(Blob(column)); }
std::string_view Statement::Blob(int column) const {
  const void* bytes = sqlite3_column_blob(handle_, column);
  int size = sqlite3_column_bytes(handle_, column);
  if (!bytes) return {};
  return {static_cast<const char*>(bytes), static_cast<size_t>(size)};
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path, Mode mode) {
  std::unique_ptr<Database> database(new Database());
  database->path_ = path;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  if (mode == Mode::kWrite) flags |= SQLITE_OPEN_CREATE;
  int code = sqlite3_open_v2(path.c_str(), &database->handle_, flags, nullptr);
  if (code != SQLITE_OK) return database->Error(code, "opening it");
  sqlite3_extended_result_codes(database->handle_, 1);
  sqlite3_busy_timeout(database->handle_, kBusyMillis);
  if (mode == Mode::kWrite) {
    // A journal mode that cannot be set is reported by its row, not by an error.
    Statement wal = database->Query("PRAGMA journal_mode = WAL");
    ASSIGN_OR_RETURN(bool row, wal.Step());
    if (!row || wal.Text(0) != "wal") {
      return Failure(absl::StatusCode::kFailedPrecondition, reason::kIoError,
                     StrCat(path,
                            ": its file system offers no shared memory, which the "
                            "write-ahead log needs; put LAB_HOME on a local disk"));
    }
  }
  std::string_view settings = mode == Mode::kWrite
                                  ? "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
                                  : "PRAGMA query_only = 1; PRAGMA temp_store = MEMORY;";
  RETURN_IF_ERROR(database->Script(settings));
  return database;
}

Database::~Database() {
  for (auto& [sql, handles] : idle_) {
    for (sqlite3_stmt* handle : handles) sqlite3_finalize(handle);
  }
  sqlite3_close(handle_);
}

Statement Database::Prepare(std::string_view sql) {
  auto found = idle_.find(sql);
  if (found != idle_.end() && !found->second.empty()) {
    sqlite3_stmt* handle = found->second.back();
    found->second.pop_back();
    return Statement(this, std::string(sql), handle, absl::OkStatus());
  }
  sqlite3_stmt* handle = nullptr;
  int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  absl::Status status = code == SQLITE_OK ? absl::OkStatus() : Error(code, sql);
  return Statement(this, std::string(sql), handle, status);
}

absl::Status Database::Script(std::string_view sql) {
  int code = sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(code, sql.substr(0, 80));
}

int64_t Database::LastInsertId() const { return sqlite3_last_insert_rowid(handle_); }
bool Database::InTransaction() const { return handle_ && !sqlite3_get_autocommit(handle_); }

absl::Status Database::Error(int code, std::string_view doing) const {
  std::string what = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  int system_error = handle_ ? sqlite3_system_errno(handle_) : 0;
  int basic = code & 0xFF;
  bool no_space = system_error == ENOSPC || system_error == EDQUOT;
  if (basic == SQLITE_FULL || (basic == SQLITE_IOERR && no_space)) {
    return Failure(absl::StatusCode::kResourceExhausted, reason::kDiskFull,
                   StrCat("the disk that holds ", path_, " is full"));
  }
  if (basic == SQLITE_CORRUPT || basic == SQLITE_NOTADB) return Damaged(path_, what);
  if (basic == SQLITE_BUSY || basic == SQLITE_LOCKED) {
    return Failure(absl::StatusCode::kUnavailable, reason::kIoError,
                   StrCat(path_, " is locked by another program: ", what));
  }
  if (system_error != 0) what = StrCat(what, " (", std::strerror(system_error), ")");
  bool disk = basic == SQLITE_IOERR || basic == SQLITE_CANTOPEN || basic == SQLITE_READONLY ||
              basic == SQLITE_PERM;
  return Failure(absl::StatusCode::kInternal, disk ? reason::kIoError : reason::kInternal,
                 StrCat(path_, ": ", what, " (", doing, ")"));
}

absl::StatusOr<Transaction> Transaction::Begin(Database* database, bool write) {
  RETURN_IF_ERROR(database->Run(write ? "BEGIN IMMEDIATE" : "BEGIN"));
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // After some failures SQLite has rolled back already.
  if (database_ && database_->InTransaction()) database_->Run("ROLLBACK").IgnoreError();
}

absl::Status Transaction::Commit() {
  RETURN_IF_ERROR(database_->Run("COMMIT"));
  database_ = nullptr;
  return absl::OkStatus();
}

namespace {

absl::Status BackUp(Database* database, int64_t version) {
  std::string target = StrCat(database->path(), ".v", version, ".backup");
  std::string partial = target + ".partial";
  std::error_code ignored;
  fs::remove(partial, ignored);
  absl::Status copied = database->Run("VACUUM INTO ?", partial);
  if (copied.ok()) copied = SyncPath(partial);
  std::error_code error;
  if (copied.ok()) fs::rename(partial, target, error);
  if (error) copied = absl::InternalError(error.message());
  if (copied.ok()) return copied;
  fs::remove(partial, ignored);
  return WithContext(copied, StrCat("copying ", database->path(), " to ", target,
                                    " before bringing it to this version"));
}

}  // namespace

absl::Status Migrate(Database* database, const std::vector<std::string_view>& steps) {
  ASSIGN_OR_RETURN(int64_t version, database->QueryInt(0, "PRAGMA user_version"));
  ASSIGN_OR_RETURN(int64_t application, database->QueryInt(0, "PRAGMA application_id"));
  ASSIGN_OR_RETURN(int64_t tables, database->QueryInt(0, "SELECT count(*) FROM sqlite_master"));
  const auto newest = static_cast<int64_t>(steps.size());
  if (tables > 0 && application != kApplicationId) {
    return absl::FailedPreconditionError(
        StrCat(database->path(), " is a database of another program; move it away"));
  }
  if (version > newest) {
    return absl::FailedPreconditionError(StrCat(database->path(),
                                                " was written by a newer labd (schema ", version,
                                                "; this one knows up to ", newest,
                                                "): install that version again, or move the file "
                                                "away to begin with an empty queue"));
  }
  if (version == newest) return absl::OkStatus();
  if (tables > 0) {
    RETURN_IF_ERROR(BackUp(database, version));
    spdlog::info("{0} is brought from schema {1} to {2}; {0}.v{1}.backup is as it was",
                 database->path(), version, newest);
  }
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database, true));
  for (int64_t i = version; i < newest; ++i) RETURN_IF_ERROR(database->Script(steps[i]));
  RETURN_IF_ERROR(database->Script(
      StrCat("PRAGMA user_version = ", newest, "; PRAGMA application_id = ", kApplicationId)));
  return transaction.Commit();
}

absl::Status CheckIntegrity(Database* database, std::string_view unchecked, bool indices) {
  std::vector<std::string> checks;
  if (unchecked.empty()) {
    checks.push_back(indices ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)");
  } else {
    Statement tables = database->Query(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> ?", unchecked);
    while (true) {
      ASSIGN_OR_RETURN(bool row, tables.Step());
      if (!row) break;
      checks.push_back(StrCat("PRAGMA quick_check('", tables.Text(0), "')"));
    }
  }
  for (const std::string& check : checks) {
    Statement statement = database->Query(check);
    ASSIGN_OR_RETURN(bool row, statement.Step());
    if (row && statement.Text(0) != "ok") return Damaged(database->path(), statement.Text(0));
  }
  return absl::OkStatus();
}

}  // namespace lab
