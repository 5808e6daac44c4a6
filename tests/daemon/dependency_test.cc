// Which job waits for which, in the store: how a dependency stands, and who may start.

#include <filesystem>

#include <gmock/gmock.h>

#include "daemon/store/database.h"
#include "daemon/store/page_token.h"
#include "daemon/store/schema.h"
#include "tests/daemon/store_fixture.h"

namespace lab {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Job = v1::Job;
using Dependency = v1::Dependency;

class DependencyTest : public StoreTest {
 protected:
  int64_t After(std::vector<NewDependency> dependencies) {
    NewJob job = PlainJob();
    job.dependencies = std::move(dependencies);
    return NewJobId(job);
  }
  void Become(int64_t id, std::vector<Job::State> states) {
    for (Job::State state : states) {
      JobChange change;
      change.state = state;
      absl::Status moved = store_->UpdateJob(id, change);
      ASSERT_TRUE(moved.ok()) << moved;
    }
  }
  std::vector<int64_t> MayStart() {
    std::vector<int64_t> ids;
    auto records = store_->NextQueued(100);
    EXPECT_TRUE(records.ok()) << records.status();
    for (const JobRecord& record : *records) ids.push_back(record.job.id());
    return ids;
  }
  std::vector<int64_t> Misplaced() {
    std::vector<int64_t> ids;
    auto records = store_->MisplacedJobs();
    EXPECT_TRUE(records.ok()) << records.status();
    for (const JobRecord& record : *records) ids.push_back(record.job.id());
    return ids;
  }
  Dependency::Standing Standing(int64_t id, int index = 0) {
    return Get(id).dependencies(index).standing();
  }
};

TEST_F(DependencyTest, StandsAsTheOtherJobStands) {
  int64_t first = NewJobId();
  int64_t success = After({{first, false}});
  int64_t end = After({{first, true}});
  EXPECT_THAT(MayStart(), ElementsAre(first));
  for (Job::State state : {Job::RUNNING, Job::STOPPING, Job::PAUSED, Job::QUEUED, Job::HELD}) {
    Become(first, {state});
    EXPECT_EQ(Standing(success), Dependency::WAITING);
    EXPECT_EQ(Standing(end), Dependency::WAITING);
    EXPECT_EQ(Get(end).dependencies(0).state(), state);
  }
  EXPECT_THAT(Misplaced(), IsEmpty());
  for (Job::State state : {Job::FAILED, Job::CANCELLED}) {
    Become(first, {state});
    EXPECT_EQ(Standing(success), Dependency::BROKEN);
    EXPECT_EQ(Standing(end), Dependency::MET);
    EXPECT_THAT(MayStart(), ElementsAre(end));
    EXPECT_THAT(Misplaced(), ElementsAre(success));
  }
  Become(first, {Job::QUEUED, Job::RUNNING, Job::SUCCEEDED});
  EXPECT_EQ(Standing(success), Dependency::MET);
  EXPECT_THAT(MayStart(), ElementsAre(success, end));
  EXPECT_THAT(Misplaced(), IsEmpty());
  // The list shows the same, and so does another labd.
  Open();
  EXPECT_EQ(store_->ListJobs({})->jobs.at(0).dependencies(0).standing(), Dependency::MET);
  EXPECT_THAT(MayStart(), ElementsAre(success, end));
}

TEST_F(DependencyTest, WaitsForAllAndKeepsTheirOrder) {
  int64_t first = NewJobId();
  int64_t second = NewJobId();
  int64_t last = After({{second, true}, {first, false}, {second, false}});
  Job job = Get(last);
  ASSERT_EQ(job.dependencies_size(), 2);
  EXPECT_EQ(job.dependencies(0).job_id(), second);
  EXPECT_FALSE(job.dependencies(0).any());  // success was asked, too
  EXPECT_EQ(job.dependencies(1).job_id(), first);
  Become(first, {Job::RUNNING, Job::SUCCEEDED});
  EXPECT_THAT(MayStart(), ElementsAre(second));
  Become(second, {Job::RUNNING, Job::SUCCEEDED});
  EXPECT_THAT(MayStart(), ElementsAre(last));
}

TEST_F(DependencyTest, AJobThatDoesNotExistIsNotFoundAndQueuesNothing) {
  int64_t first = NewJobId();
  NewJob good = PlainJob();
  NewJob bad = PlainJob();
  bad.dependencies = {{first, false}, {first + 2, false}};  // the second: itself
  auto created = store_->CreateJobs({good, bad}, "group", "request");
  EXPECT_EQ(created.status().code(), absl::StatusCode::kNotFound);
  bad.dependencies = {{77, true}};
  EXPECT_EQ(store_->CreateJobs({bad}, "", "").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->ListJobs({})->jobs.size(), 1u);
  EXPECT_EQ(store_->CreateJobs({good}, "group", "request")->group, "group");
}

TEST_F(DependencyTest, ARemovedJobSettlesWhatWaitedForIt) {
  struct Case {
    std::vector<Job::State> states;
    Dependency::Standing success;
  };
  for (const Case& one : {Case{{Job::RUNNING, Job::SUCCEEDED}, Dependency::MET},
                          Case{{Job::RUNNING, Job::FAILED}, Dependency::BROKEN},
                          Case{{Job::HELD}, Dependency::BROKEN}}) {
    int64_t first = NewJobId();
    int64_t success = After({{first, false}});
    int64_t end = After({{first, true}});
    Become(first, one.states);
    ASSERT_TRUE(store_->RemoveJob(first).ok());
    EXPECT_EQ(Standing(success), one.success);
    EXPECT_EQ(Standing(end), Dependency::MET);
    EXPECT_EQ(Get(success).dependencies(0).state(), Job::STATE_UNSPECIFIED);
    bool held = one.success == Dependency::BROKEN;
    EXPECT_EQ(Misplaced(), held ? std::vector<int64_t>{success} : std::vector<int64_t>{});
    Become(success, {Job::CANCELLED});
    Become(end, {Job::CANCELLED});
  }
}

TEST_F(DependencyTest, WaivingForgivesOnlyWhatIsBroken) {
  int64_t failed = NewJobId();
  int64_t queued = NewJobId();
  int64_t last = After({{failed, false}, {queued, false}});
  Become(failed, {Job::RUNNING, Job::FAILED});
  JobChange held;
  held.state = Job::HELD;
  held.error.emplace();
  held.error->set_reason(std::string(kDependencyFailed));
  ASSERT_TRUE(store_->UpdateJob(last, held).ok());
  EXPECT_THAT(Misplaced(), IsEmpty());
  JobChange release;
  release.state = Job::QUEUED;
  release.waive_dependencies = true;
  ASSERT_TRUE(store_->UpdateJob(last, release).ok());
  EXPECT_EQ(Standing(last, 0), Dependency::WAIVED);
  EXPECT_EQ(Standing(last, 1), Dependency::WAITING);
  EXPECT_FALSE(Get(last).has_error());
  EXPECT_THAT(MayStart(), ElementsAre(queued));
  Become(queued, {Job::RUNNING, Job::SUCCEEDED});
  EXPECT_THAT(MayStart(), ElementsAre(last));
}

TEST_F(DependencyTest, HoldingWithAReasonIsToldToWatchers) {
  int64_t id = NewJobId();
  JobChange held;
  held.state = Job::HELD;
  held.error.emplace();
  held.error->set_reason(std::string(kDependencyFailed));
  held.error->set_message("job 1 has failed");
  ASSERT_TRUE(store_->UpdateJob(id, held).ok());
  auto history = store_->ReadEventsAfter(id, 1, {});
  ASSERT_EQ(history->events.size(), 1u);
  EXPECT_EQ(history->events[0].state().error().message(), "job 1 has failed");
}

TEST_F(DependencyTest, ALabOfTheFirstSchemaIsTakenOver) {
  std::string old = (folder_.path() / "old.db").string();
  {
    auto database = Database::Open(old, Database::Mode::kWrite);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE(Migrate(database->get(), {SchemaSteps().front()}).ok());
    ASSERT_TRUE((*database)
                    ->Script("INSERT INTO jobs(name, type, state, position, seed, created_ms) "
                             "VALUES ('old', 'pretrain', 1, 1, 1, 1000)")
                    .ok());
  }
  auto opened = Store::Open(old, nullptr, &clock_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_TRUE(std::filesystem::exists(old + ".v1.backup"));
  NewJob job = PlainJob();
  job.dependencies = {{1, false}};
  int64_t id = (*opened)->CreateJobs({job}, "", "")->ids.at(0);
  EXPECT_EQ((*opened)->GetJob(id)->dependencies(0).standing(), Dependency::WAITING);
  EXPECT_EQ((*opened)->NextQueued(9)->size(), 1u);
}

TEST_F(DependencyTest, PageTokensReadBack) {
  for (const std::vector<int64_t>& ids :
       std::vector<std::vector<int64_t>>{{1}, {3, 2, 1}, {1000000, 5, 999999, int64_t{1} << 50}}) {
    EXPECT_EQ(*ReadPageToken(MakePageToken(ids)), ids);
  }
  EXPECT_EQ(MakePageToken({}), "");
  std::vector<int64_t> many(1000);
  for (size_t i = 0; i < many.size(); ++i) many[i] = 50'000 - static_cast<int64_t>(i);
  EXPECT_LT(MakePageToken(many).size(), 1400u);
  std::string good = MakePageToken({9, 8, 7});
  for (const std::string& bad : {good.substr(0, good.size() - 1), good + "AA", std::string("x"),
                                 std::string("nonsense"), std::string("4"), std::string("////")}) {
    EXPECT_EQ(ReadPageToken(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace lab
