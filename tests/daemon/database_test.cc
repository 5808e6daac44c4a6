#include "daemon/store/database.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/store/schema.h"
#include "tests/daemon/store_fixture.h"

namespace lab {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<Database> OpenOrDie(const std::string& path) {
  auto opened = Database::Open(path, Database::Mode::kWrite);
  EXPECT_TRUE(opened.ok()) << opened.status();
  return *std::move(opened);
}

// As the first version of the schema has it; every later one must take it over.
absl::Status InsertOldJob(Database* database) {
  return database->Script(
      "INSERT INTO jobs(name, type, state, position, seed, created_ms) "
      "VALUES ('old', 'pretrain', 1, 1, 7, 0);"
      "INSERT INTO job_texts VALUES (1, '', '', '', '[]', '', 'seed: 7')");
}

class DatabaseTest : public ::testing::Test {
 protected:
  std::string path() const { return (folder_.path() / "lab.db").string(); }
  TempDir folder_;
};

TEST_F(DatabaseTest, KeepsCommittedRowsAndRollsBackOthers) {
  auto database = OpenOrDie(path());
  ASSERT_TRUE(database->Script("CREATE TABLE t(x INTEGER)").ok());
  {
    auto transaction = Transaction::Begin(database.get(), true);
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(database->Run("INSERT INTO t VALUES (?)", int64_t{1}).ok());
  }
  EXPECT_EQ(*database->QueryInt(-1, "SELECT count(*) FROM t"), 0);
  auto transaction = Transaction::Begin(database.get(), true);
  ASSERT_TRUE(database->Run("INSERT INTO t VALUES (?)", int64_t{1}).ok());
  ASSERT_TRUE(transaction->Commit().ok());
  EXPECT_EQ(*database->QueryInt(-1, "SELECT count(*) FROM t"), 1);
}

TEST_F(DatabaseTest, SyncsEveryCommit) {
  auto database = OpenOrDie(path());
  EXPECT_EQ(*database->QueryInt(-1, "PRAGMA synchronous"), 2);  // FULL
}

TEST_F(DatabaseTest, ReadConnectionsCannotWrite) {
  auto database = OpenOrDie(path());
  ASSERT_TRUE(database->Script("CREATE TABLE t(x INTEGER)").ok());
  auto reader = Database::Open(path(), Database::Mode::kRead);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_FALSE((*reader)->Run("INSERT INTO t VALUES (1)").ok());
}

TEST_F(DatabaseTest, NamesTheStatementThatIsWrong) {
  auto database = OpenOrDie(path());
  absl::Status status = database->Run("SELECT * FROM nowhere");
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("no such table: nowhere"));
}

TEST_F(DatabaseTest, TheSameStatementMayRunInsideItself) {
  auto database = OpenOrDie(path());
  ASSERT_TRUE(database->Script("CREATE TABLE t(x INTEGER); INSERT INTO t VALUES (1), (2)").ok());
  Statement outer = database->Query("SELECT x FROM t ORDER BY x");
  int64_t sum = 0;
  while (*outer.Step()) {
    Statement inner = database->Query("SELECT x FROM t ORDER BY x");
    while (*inner.Step()) sum += outer.Int(0) * inner.Int(0);
  }
  EXPECT_EQ(sum, 9);
}

TEST_F(DatabaseTest, RefusesANewerSchema) {
  {
    auto database = OpenOrDie(path());
    ASSERT_TRUE(Migrate(database.get(), SchemaSteps()).ok());
    ASSERT_TRUE(database->Script("PRAGMA user_version = 99").ok());
  }
  SystemClock clock;
  auto store = Store::Open(path(), nullptr, &clock);
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(MessageOf(store.status())), HasSubstr("lab.db"));
  EXPECT_THAT(std::string(MessageOf(store.status())), HasSubstr("schema 99"));
  EXPECT_THAT(std::string(MessageOf(store.status())),
              HasSubstr("knows up to " + std::to_string(SchemaSteps().size())));
}

TEST_F(DatabaseTest, RefusesAnotherProgramsDatabase) {
  {
    auto database = OpenOrDie(path());
    ASSERT_TRUE(database->Script("CREATE TABLE recipes(x)").ok());
  }
  SystemClock clock;
  auto store = Store::Open(path(), nullptr, &clock);
  ASSERT_FALSE(store.ok());
  EXPECT_THAT(std::string(MessageOf(store.status())), HasSubstr("another program"));
}

TEST_F(DatabaseTest, MigrationCopiesTheOldVersionFirst) {
  std::vector<std::string_view> steps = {"CREATE TABLE t(x INTEGER); INSERT INTO t VALUES (7)"};
  {
    auto database = OpenOrDie(path());
    ASSERT_TRUE(Migrate(database.get(), steps).ok());
  }
  EXPECT_FALSE(std::filesystem::exists(path() + ".v0.backup"));  // a new file needs none
  steps.push_back("ALTER TABLE t ADD COLUMN y INTEGER DEFAULT 8");
  {
    auto database = OpenOrDie(path());
    absl::Status migrated = Migrate(database.get(), steps);
    ASSERT_TRUE(migrated.ok()) << migrated;
    EXPECT_EQ(*database->QueryInt(-1, "SELECT x + y FROM t"), 15);
    EXPECT_EQ(*database->QueryInt(-1, "PRAGMA user_version"), 2);
  }
  auto backup = OpenOrDie(path() + ".v1.backup");
  EXPECT_EQ(*backup->QueryInt(-1, "PRAGMA user_version"), 1);
  EXPECT_EQ(*backup->QueryInt(-1, "SELECT x FROM t"), 7);
  EXPECT_FALSE(backup->Run("SELECT y FROM t").ok());
}

// A database as each earlier labd left it, with a job in it.
TEST_F(DatabaseTest, EverySchemaIsBroughtToTheNewestAfterACopy) {
  const auto newest = static_cast<int64_t>(SchemaSteps().size());
  for (int64_t version = 1; version < newest; ++version) {
    SCOPED_TRACE(version);
    const std::string old = path() + std::to_string(version);
    {
      auto database = OpenOrDie(old);
      ASSERT_TRUE(
          Migrate(database.get(), {SchemaSteps().begin(), SchemaSteps().begin() + version}).ok());
      ASSERT_TRUE(InsertOldJob(database.get()).ok());
    }
    SystemClock clock;
    {
      auto store = Store::Open(old, nullptr, &clock);
      ASSERT_TRUE(store.ok()) << store.status();
      EXPECT_EQ((*store)->GetJob(1)->name(), "old");
      EXPECT_FALSE((*store)->GetJob(1)->has_origin());
      EXPECT_EQ((*store)->NextQueued(9)->size(), 1u);
      ASSERT_TRUE((*store)->AddChanges(1, 0, {v1::Change()}, "seed: 8").ok());
      NewJob after = PlainJob("after");
      after.dependencies.push_back({1, false});
      ASSERT_TRUE((*store)->CreateJobs({after}, "", "").ok());
      EXPECT_EQ((*store)->NextQueued(9)->size(), 1u) << "the new one waits for the old one";
    }
    auto now = OpenOrDie(old);
    EXPECT_EQ(*now->QueryInt(-1, "PRAGMA user_version"), newest);
    EXPECT_EQ(*now->QueryInt(-1, "SELECT count(*) FROM origins"), 0);
    EXPECT_TRUE(CheckIntegrity(now.get(), "", true).ok());
    auto copy = OpenOrDie(old + ".v" + std::to_string(version) + ".backup");
    EXPECT_EQ(*copy->QueryInt(-1, "PRAGMA user_version"), version);
    EXPECT_EQ(*copy->QueryInt(-1, "SELECT count(*) FROM jobs WHERE name = 'old'"), 1);
    EXPECT_EQ(*copy->QueryInt(-1, "SELECT count(*) FROM jobs"), 1);
    // Opened again there is nothing to do, and the copy stays as it was.
    ASSERT_TRUE(Store::Open(old, nullptr, &clock).ok());
    EXPECT_EQ(*copy->QueryInt(-1, "SELECT count(*) FROM jobs"), 1);
  }
}

TEST_F(DatabaseTest, WithoutACopyNothingIsMigrated) {
  {
    auto database = OpenOrDie(path());
    ASSERT_TRUE(Migrate(database.get(), {SchemaSteps()[0]}).ok());
  }
  // A folder is in the copy's way.
  std::filesystem::create_directories(path() + ".v1.backup/full");
  SystemClock clock;
  auto store = Store::Open(path(), nullptr, &clock);
  ASSERT_FALSE(store.ok());
  EXPECT_THAT(std::string(MessageOf(store.status())), HasSubstr("lab.db.v1.backup"));
  auto database = OpenOrDie(path());
  EXPECT_EQ(*database->QueryInt(-1, "PRAGMA user_version"), 1);
}

TEST_F(DatabaseTest, AJobOfTheFirstSchemaIsReadAndMayChange) {
  {
    auto database = OpenOrDie(path());
    ASSERT_TRUE(Migrate(database.get(), {SchemaSteps()[0]}).ok());
    ASSERT_TRUE(InsertOldJob(database.get()).ok());
  }
  SystemClock clock;
  auto store = Store::Open(path(), nullptr, &clock);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->GetJob(1)->name(), "old");
  EXPECT_EQ((*store)->GetJobTexts(1)->current, "seed: 7");
  ASSERT_TRUE((*store)->AddChanges(1, 0, {v1::Change()}, "new").ok());
  EXPECT_EQ((*store)->GetJob(1)->changes_size(), 1);
}

TEST_F(DatabaseTest, AFailedMigrationLeavesTheOldVersion) {
  std::vector<std::string_view> steps = {"CREATE TABLE t(x INTEGER)"};
  auto database = OpenOrDie(path());
  ASSERT_TRUE(Migrate(database.get(), steps).ok());
  steps.push_back("CREATE TABLE u(x INTEGER); CREATE TABLE t(x INTEGER)");
  EXPECT_FALSE(Migrate(database.get(), steps).ok());
  EXPECT_EQ(*database->QueryInt(-1, "PRAGMA user_version"), 1);
  EXPECT_FALSE(database->Run("SELECT x FROM u").ok());
}

// Fills a lab.db and returns its size.
int64_t FillStore(const std::string& path) {
  SystemClock clock;
  auto store = Store::Open(path, nullptr, &clock);
  EXPECT_TRUE(store.ok()) << store.status();
  auto created = (*store)->CreateJobs({PlainJob()}, "", "");
  EXPECT_TRUE((*store)->BeginAttempt(created->ids[0], 1, -1).ok());
  (*store)->Append(created->ids[0], 1, BatchMaker().DeclareUsual().Steps(1, 20'000).Take());
  EXPECT_TRUE((*store)->Flush().ok());
  store->reset();
  return static_cast<int64_t>(std::filesystem::file_size(path));
}

TEST_F(DatabaseTest, RefusesADamagedFileAndNamesIt) {
  int64_t size = FillStore(path());
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    for (int64_t at = 4096; at + 4096 <= size; at += 4096) {
      file.seekp(at);
      file.write("this is no page of a b-tree", 27);
    }
  }
  SystemClock clock;
  auto store = Store::Open(path(), nullptr, &clock);
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReasonOf(store.status()), "DATABASE_DAMAGED");
  EXPECT_THAT(std::string(MessageOf(store.status())), HasSubstr("lab.db is damaged"));
  EXPECT_THAT(std::string(MessageOf(store.status())), HasSubstr("beside it there is none"));
  EXPECT_EQ(static_cast<int64_t>(std::filesystem::file_size(path())), size) << "it stays";
  std::ofstream(path() + ".v3.backup") << "a copy";
  std::string said(MessageOf(Store::Open(path(), nullptr, &clock).status()));
  EXPECT_THAT(said, HasSubstr("lies lab.db.v3.backup"));
  EXPECT_THAT(said, HasSubstr("labctl doctor"));
}

TEST_F(DatabaseTest, ADeepCheckComparesIndicesWithTables) {
  FillStore(path());
  auto database = OpenOrDie(path());
  ASSERT_TRUE(CheckIntegrity(database.get(), "", true).ok());
  // The index now claims another column, whose values it does not hold.
  ASSERT_TRUE(database
                  ->Script("PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = 'CREATE "
                           "INDEX jobs_by_state ON jobs(created_ms)' WHERE name = 'jobs_by_state'")
                  .ok());
  database = nullptr;
  database = OpenOrDie(path());
  EXPECT_TRUE(CheckIntegrity(database.get(), "").ok());
  absl::Status deep = CheckIntegrity(database.get(), "", true);
  EXPECT_EQ(ReasonOf(deep), kDatabaseDamaged) << deep;
  EXPECT_THAT(std::string(MessageOf(deep)), HasSubstr("jobs_by_state"));
}

TEST_F(DatabaseTest, FindsOneDamagedPage) {
  int64_t size = FillStore(path());
  int refused = 0;
  // Not every byte of every page is part of the structure, but pages of tables and indices are.
  for (int64_t page : {int64_t{2}, int64_t{5}, int64_t{8}, int64_t{11}}) {
    ASSERT_LT((page + 1) * 4096, size);
    std::string copy = (folder_.path() / "copy.db").string();
    std::filesystem::copy_file(path(), copy, std::filesystem::copy_options::overwrite_existing);
    {
      std::fstream file(copy, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(page * 4096);
      file.write("\x63\x63\x63\x63\x63\x63\x63\x63", 8);
    }
    SystemClock clock;
    auto store = Store::Open(copy, nullptr, &clock);
    if (!store.ok()) {
      ++refused;
      EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss) << store.status();
      EXPECT_THAT(std::string(MessageOf(store.status())), HasSubstr("copy.db is damaged"));
    }
    store = absl::CancelledError("closed");
    std::filesystem::remove(copy + "-wal");
    std::filesystem::remove(copy + "-shm");
  }
  EXPECT_EQ(refused, 4);
}

TEST_F(DatabaseTest, RefusesATextFile) {
  std::ofstream(path()) << std::string(8192, 'x');
  SystemClock clock;
  auto store = Store::Open(path(), nullptr, &clock);
  ASSERT_FALSE(store.ok());
  EXPECT_THAT(std::string(MessageOf(store.status())), HasSubstr("lab.db"));
}

TEST_F(DatabaseTest, AFolderThatIsNotThereIsNamed) {
  SystemClock clock;
  auto store = Store::Open((folder_.path() / "none" / "lab.db").string(), nullptr, &clock);
  ASSERT_FALSE(store.ok());
  EXPECT_THAT(std::string(MessageOf(store.status())), HasSubstr("none/lab.db"));
}

}  // namespace
}  // namespace lab
