#pragma once

// SQLite behind values: connections, statements, transactions, schema versions. A Database is one
// connection and belongs to one thread at a time; so do its statements.
//
// Durability: write-ahead log with synchronous = FULL. Every commit is synced, so what a commit
// acknowledged survives kill -9 and a power cut; the store commits at most 20 times a second, which
// any disk bears. NORMAL would be quicker but may lose the last commits at a power cut, after the
// worker was told that it may forget them.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace lab {

class Database;

// A prepared statement with its values bound; goes back to its connection's cache at the end. An
// error of preparing or binding is reported by the first Step.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // The next value, 1-based. A NaN cannot be bound: SQLite would store NULL.
  Statement& Bind(int64_t value);
  Statement& Bind(int value) { return Bind(int64_t{value}); }
  Statement& Bind(double value);
  Statement& Bind(std::string_view text);
  Statement& Bind(const char* text) { return Bind(std::string_view(text)); }
  Statement& Bind(const std::string& text) { return Bind(std::string_view(text)); }
  Statement& Bind(std::nullopt_t);
  Statement& BindBlob(std::string_view bytes);
  Statement& Bind(const std::optional<int64_t>& value);
  Statement& Bind(const std::optional<double>& value);

  // Advances: true if there is a row, false at the end.
  absl::StatusOr<bool> Step();
  // Runs to the end, for statements without rows.
  absl::Status Run();

  // Columns of the current row, 0-based; views live until the next Step.
  bool IsNull(int column) const;
  int64_t Int(int column) const;
  double Double(int column) const;
  std::string Text(int column) const;
  std::string_view Blob(int column) const;

 private:
  friend class Database;
  Statement(Database* database, std::string sql, sqlite3_stmt* handle, absl::Status status);
  Statement& Checked(int code);

  Database* database_;
  std::string sql_;
  sqlite3_stmt* handle_;
  absl::Status status_;
  int bound_ = 0;
};

class Database {
 public:
  enum class Mode { kWrite, kRead };
  // A write connection makes the file if it is not there. Errors name the path.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Prepares (or takes from the cache) and binds `values` in order.
  template <class... Values>
  Statement Query(std::string_view sql, const Values&... values) {
    Statement statement = Prepare(sql);
    (statement.Bind(values), ...);
    return statement;
  }
  template <class... Values>
  absl::Status Run(std::string_view sql, const Values&... values) {
    return Query(sql, values...).Run();
  }
  // One integer of a statement's first row; `otherwise` if it has none.
  template <class... Values>
  absl::StatusOr<int64_t> QueryInt(int64_t otherwise, std::string_view sql,
                                   const Values&... values) {
    Statement statement = Query(sql, values...);
    ASSIGN_OR_RETURN(bool row, statement.Step());
    return row ? statement.Int(0) : otherwise;
  }
  // Several statements at once, without values.
  absl::Status Script(std::string_view sql);

  int64_t LastInsertId() const;
  bool InTransaction() const;
  const std::string& path() const { return path_; }
  // A status for SQLite's `code`: DISK_FULL, DATA_LOSS with DATABASE_DAMAGED, UNAVAILABLE if
  // locked, INTERNAL with IO_ERROR else.
  absl::Status Error(int code, std::string_view doing) const;

 private:
  friend class Statement;
  Database() = default;
  Statement Prepare(std::string_view sql);

  std::string path_;
  sqlite3* handle_ = nullptr;
  std::map<std::string, std::vector<sqlite3_stmt*>, std::less<>> idle_;
};

inline constexpr std::string_view kDatabaseDamaged = "DATABASE_DAMAGED";

// True if the database itself could not write or read: what was attempted may work later.
bool IsDatabaseFailure(const absl::Status& status);

// Begins at once; rolls back unless committed.
class Transaction {
 public:
  static absl::StatusOr<Transaction> Begin(Database* database, bool write);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  absl::Status Commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;  // null once ended
};

// Brings a database to version `steps.size()`: steps[i] takes version i to i + 1. Unless it is
// new, a copy is first made as "PATH.v<version>.backup". A newer version is FAILED_PRECONDITION,
// and so is a file of another program.
absl::Status Migrate(Database* database, const std::vector<std::string_view>& steps);

// SQLite's own check of every table, or of all but `unchecked` ("" = all); with `indices` also that
// each index agrees with its table (of all tables only, and slow). DATA_LOSS with what is wrong and
// what to do.
absl::Status CheckIntegrity(Database* database, std::string_view unchecked, bool indices = false);

}  // namespace lab
