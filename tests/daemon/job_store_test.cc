#include "daemon/store/job_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/store_fixture.h"

namespace lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class JobStoreTest : public StoreTest {
 protected:
  void Move(int64_t id, v1::Job::State state) {
    JobChange change;
    change.state = state;
    absl::Status moved = store_->UpdateJob(id, change);
    ASSERT_TRUE(moved.ok()) << moved;
  }
  std::vector<int64_t> Listed(JobFilter filter = {}) {
    auto page = store_->ListJobs(filter);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<int64_t> ids;
    for (const v1::Job& job : page->jobs) ids.push_back(job.id());
    return ids;
  }
};

TEST_F(JobStoreTest, GivesBackWhatWasQueued) {
  NewJob job = PlainJob("a name");
  job.member = "seed=2";
  job.seed = 2;
  job.priority = 5;
  job.hold = true;
  job.parent.emplace();
  job.parent->set_job_id(7);
  job.parent->set_step(300);
  job.submitted.set_file("my.yaml");
  job.submitted.set_base("/home/x");
  job.submitted.add_overrides("train.steps=3");
  job.submitted.add_overrides("name=\"ä\"");
  job.submitted.set_override_base("/tmp");
  int64_t id = NewJobId(job);
  v1::Job got = Get(id);
  EXPECT_EQ(got.name(), "a name");
  EXPECT_EQ(got.type(), "pretrain");
  EXPECT_EQ(got.state(), v1::Job::HELD);
  EXPECT_EQ(got.member(), "seed=2");
  EXPECT_EQ(got.seed(), 2);
  EXPECT_EQ(got.priority(), 5);
  EXPECT_EQ(got.attempt(), 1);
  EXPECT_EQ(got.parent().job_id(), 7);
  EXPECT_EQ(got.parent().step(), 300);
  EXPECT_GT(got.create_time().seconds(), 1'600'000'000);
  EXPECT_FALSE(got.has_start_time());
  EXPECT_FALSE(got.has_end_time());
  EXPECT_FALSE(got.has_error());
  auto texts = store_->GetJobTexts(id);
  ASSERT_TRUE(texts.ok());
  EXPECT_EQ(texts->submitted.SerializeAsString(), job.submitted.SerializeAsString());
  EXPECT_EQ(texts->resolved, job.resolved);
}

TEST_F(JobStoreTest, UnknownJobsAreNotFound) {
  EXPECT_EQ(store_->GetJob(12).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->GetJobTexts(12).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->UpdateJob(12, {}).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->RemoveJob(12).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->BeginAttempt(12, 1, -1).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->ListSamples(12).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->ReadEventsAfter(12, 0, {}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->LastSequence(12).status().code(), absl::StatusCode::kNotFound);
  // A write that was refused does not disturb the next one.
  EXPECT_GT(NewJobId(), 0);
}

TEST_F(JobStoreTest, IdsAreNeverUsedAgain) {
  int64_t first = NewJobId();
  int64_t second = NewJobId();
  ASSERT_TRUE(store_->RemoveJob(second).ok());
  EXPECT_EQ(NewJobId(), second + 1);
  Open();
  ASSERT_TRUE(store_->RemoveJob(second + 1).ok());
  ASSERT_TRUE(store_->RemoveJob(first).ok());
  EXPECT_EQ(NewJobId(), second + 2);
}

TEST_F(JobStoreTest, GroupNamesAreUnique) {
  auto first = store_->CreateJobs({PlainJob(), PlainJob()}, "sweep", "");
  auto second = store_->CreateJobs({PlainJob()}, "sweep", "");
  auto third = store_->CreateJobs({PlainJob()}, "sweep", "");
  auto digits = store_->CreateJobs({PlainJob()}, "12", "");
  EXPECT_EQ(first->group, "sweep");
  EXPECT_EQ(second->group, "sweep-2");
  EXPECT_EQ(third->group, "sweep-3");
  EXPECT_EQ(digits->group, "group-12");  // "12" is job 12
  EXPECT_EQ(*store_->GroupMembers("sweep"), first->ids);
  EXPECT_THAT(*store_->GroupMembers(""), IsEmpty());
  EXPECT_THAT(*store_->GroupMembers("sweep-9"), IsEmpty());
  JobFilter filter;
  filter.group = "sweep";
  EXPECT_EQ(Listed(filter), first->ids);
}

TEST_F(JobStoreTest, ARepeatedRequestAnswersWithTheFirstJobs) {
  auto first = store_->CreateJobs({PlainJob(), PlainJob()}, "g", "request-1");
  auto again = store_->CreateJobs({PlainJob(), PlainJob()}, "g", "request-1");
  EXPECT_FALSE(first->repeated);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->ids, first->ids);
  EXPECT_EQ(again->group, "g");
  EXPECT_EQ(Listed().size(), 2u);
  Open();
  EXPECT_EQ(store_->CreateJobs({PlainJob()}, "", "request-1")->ids, first->ids);
  EXPECT_EQ(store_->CreateJobs({PlainJob()}, "", "")->ids.size(), 1u);
}

TEST_F(JobStoreTest, TimesFollowTheStates) {
  int64_t id = NewJobId();
  Move(id, v1::Job::RUNNING);
  v1::Job running = Get(id);
  EXPECT_TRUE(running.has_start_time());
  JobChange failed;
  failed.state = v1::Job::FAILED;
  failed.error.emplace();
  failed.error->set_reason("DISK_FULL");
  failed.error->set_message("no space");
  ASSERT_TRUE(store_->UpdateJob(id, failed).ok());
  v1::Job ended = Get(id);
  EXPECT_TRUE(ended.has_end_time());
  EXPECT_EQ(ended.error().reason(), "DISK_FULL");
  EXPECT_EQ(ended.error().message(), "no space");
  Move(id, v1::Job::QUEUED);
  v1::Job again = Get(id);
  EXPECT_FALSE(again.has_end_time());
  EXPECT_FALSE(again.has_error());
  EXPECT_EQ(again.start_time().SerializeAsString(), running.start_time().SerializeAsString());
}

TEST_F(JobStoreTest, AStateChangeIsAnEvent) {
  int64_t id = NewJobId();
  Move(id, v1::Job::RUNNING);
  JobChange change;
  change.state = v1::Job::RUNNING;  // no change
  change.device = "cpu";
  change.worker_pid = 1234;
  change.desired = Desired::kPause;
  change.crashes = 2;
  change.note = "look here";
  change.tags = std::vector<std::string>{"a", "b"};
  change.resolved = "seed: 9\n";
  ASSERT_TRUE(store_->UpdateJob(id, change).ok());
  auto history = store_->ReadEventsAfter(id, 0, {});
  ASSERT_TRUE(history.ok());
  ASSERT_EQ(history->events.size(), 2u);
  EXPECT_EQ(history->events[0].state().state(), v1::Job::QUEUED);
  EXPECT_EQ(history->events[0].sequence(), 1);
  EXPECT_EQ(history->events[1].state().state(), v1::Job::RUNNING);
  EXPECT_EQ(history->events[1].sequence(), 2);
  auto record = store_->GetJobRecord(id);
  EXPECT_EQ(record->desired, Desired::kPause);
  EXPECT_EQ(record->crashes, 2);
  EXPECT_EQ(record->job.device(), "cpu");
  EXPECT_EQ(record->job.worker_pid(), 1234);
  EXPECT_EQ(record->job.note(), "look here");
  EXPECT_THAT(record->job.tags(), ElementsAre("a", "b"));
  EXPECT_EQ(store_->GetJobTexts(id)->resolved, "seed: 9\n");
}

TEST_F(JobStoreTest, TheQueueIsByPriorityThenPosition) {
  std::vector<int64_t> ids;
  for (int64_t priority : {0, 0, 5, 0}) {
    NewJob job = PlainJob();
    job.priority = priority;
    ids.push_back(NewJobId(job));
  }
  auto queued = store_->NextQueued(10);
  ASSERT_EQ(queued->size(), 4u);
  EXPECT_EQ((*queued)[0].job.id(), ids[2]);
  EXPECT_EQ((*queued)[1].job.id(), ids[0]);
  JobChange front;
  front.position = 0;
  ASSERT_TRUE(store_->UpdateJob(ids[3], front).ok());
  Move(ids[2], v1::Job::HELD);
  EXPECT_EQ(store_->NextQueued()->at(0).job.id(), ids[3]);
}

TEST_F(JobStoreTest, ListsRunningThenQueuedThenEndedNewestFirst) {
  std::vector<int64_t> ids;
  for (int i = 0; i < 7; ++i) ids.push_back(NewJobId());
  Move(ids[0], v1::Job::RUNNING);
  Move(ids[0], v1::Job::SUCCEEDED);
  Move(ids[1], v1::Job::CANCELLED);
  Move(ids[4], v1::Job::RUNNING);
  Move(ids[5], v1::Job::HELD);
  Move(ids[6], v1::Job::PAUSED);
  std::vector<int64_t> order = Listed();
  ASSERT_EQ(order.size(), 7u);
  EXPECT_THAT(std::vector<int64_t>(order.begin(), order.begin() + 5),
              ElementsAre(ids[4], ids[2], ids[3], ids[5], ids[6]));
  // Ended within the same millisecond, the newer id is first.
  EXPECT_THAT(std::vector<int64_t>(order.begin() + 5, order.end()), ElementsAre(ids[1], ids[0]));
  JobFilter some;
  some.states = {v1::Job::HELD, v1::Job::RUNNING};
  EXPECT_THAT(Listed(some), ElementsAre(ids[4], ids[5]));
  EXPECT_EQ(store_->JobsInState({v1::Job::RUNNING, v1::Job::QUEUED})->size(), 3u);
}

TEST_F(JobStoreTest, PagesCoverTheListOnce) {
  for (int i = 0; i < 5; ++i) NewJobId();
  JobFilter filter;
  filter.page_size = 2;
  std::vector<int64_t> seen;
  int pages = 0;
  do {
    auto page = store_->ListJobs(filter);
    ASSERT_TRUE(page.ok());
    for (const v1::Job& job : page->jobs) seen.push_back(job.id());
    filter.page_token = page->next_page_token;
    ++pages;
  } while (!filter.page_token.empty());
  EXPECT_THAT(seen, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(pages, 3);
  filter.page_token = "x";
  EXPECT_EQ(store_->ListJobs(filter).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(JobStoreTest, PagesNeitherSkipNorRepeatWhenTheQueueChanges) {
  std::vector<int64_t> ids;
  for (int i = 0; i < 9; ++i) ids.push_back(NewJobId());
  Move(ids[0], v1::Job::RUNNING);
  JobFilter filter;
  filter.page_size = 3;
  auto page = store_->ListJobs(filter);
  EXPECT_THAT(Listed(filter), ElementsAre(ids[0], ids[1], ids[2]));
  // One that was given ends, one that was not starts, one moves to the front, one goes, one comes.
  Move(ids[0], v1::Job::SUCCEEDED);
  Move(ids[8], v1::Job::RUNNING);
  ASSERT_TRUE(store_->ArrangeJobs({ids[7]}, QueuePlace::kTop, 0).ok());
  Move(ids[5], v1::Job::CANCELLED);
  ASSERT_TRUE(store_->RemoveJob(ids[4]).ok());
  NewJobId();
  std::vector<int64_t> rest;
  while (!page->next_page_token.empty()) {
    filter.page_token = page->next_page_token;
    page = store_->ListJobs(filter);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Job& job : page->jobs) rest.push_back(job.id());
  }
  EXPECT_THAT(rest, ElementsAre(ids[3], ids[5], ids[6], ids[7], ids[8]));
}

TEST_F(JobStoreTest, TagsFilterTheList) {
  int64_t both = NewJobId();
  int64_t one = NewJobId();
  NewJobId();
  JobChange change;
  change.tags = std::vector<std::string>{"good", "paper"};
  ASSERT_TRUE(store_->UpdateJob(both, change).ok());
  change.tags = std::vector<std::string>{"good"};
  ASSERT_TRUE(store_->UpdateJob(one, change).ok());
  JobFilter filter;
  filter.tags = {"good"};
  EXPECT_THAT(Listed(filter), ElementsAre(both, one));
  filter.tags = {"good", "paper"};
  EXPECT_THAT(Listed(filter), ElementsAre(both));
  filter.tags = {"goo"};
  EXPECT_THAT(Listed(filter), IsEmpty());
}

TEST_F(JobStoreTest, ArrangesTheQueueWithThePrioritiesThatRuleThere) {
  std::vector<int64_t> ids;
  for (int64_t priority : {0, 0, 5, 5, -2}) {
    NewJob job = PlainJob();
    job.priority = priority;
    ids.push_back(NewJobId(job));
  }
  EXPECT_THAT(Listed(), ElementsAre(ids[2], ids[3], ids[0], ids[1], ids[4]));
  ASSERT_TRUE(store_->ArrangeJobs({ids[4], ids[1]}, QueuePlace::kTop, 0).ok());
  EXPECT_THAT(Listed(), ElementsAre(ids[4], ids[1], ids[2], ids[3], ids[0]));
  EXPECT_EQ(Get(ids[4]).priority(), 5);
  ASSERT_TRUE(store_->ArrangeJobs({ids[2]}, QueuePlace::kBottom, 0).ok());
  EXPECT_THAT(Listed(), ElementsAre(ids[4], ids[1], ids[3], ids[0], ids[2]));
  EXPECT_EQ(Get(ids[2]).priority(), 0);
  ASSERT_TRUE(store_->ArrangeJobs({ids[2], ids[0]}, QueuePlace::kBefore, ids[1]).ok());
  EXPECT_THAT(Listed(), ElementsAre(ids[4], ids[2], ids[0], ids[1], ids[3]));
  Open();
  EXPECT_THAT(Listed(), ElementsAre(ids[4], ids[2], ids[0], ids[1], ids[3]));
  EXPECT_EQ(store_->ArrangeJobs({99}, QueuePlace::kTop, 0).code(), absl::StatusCode::kNotFound);
}

TEST_F(JobStoreTest, RemovingLeavesNothingBehind) {
  auto created = store_->CreateJobs({PlainJob()}, "g", "");
  int64_t id = created->ids[0];
  ASSERT_TRUE(store_->BeginAttempt(id, 1, -1).ok());
  AppendAndFlush(
      id, 1,
      BatchMaker().DeclareUsual().Steps(1, 3000).Sample(5, "x").Checkpoint(9, "full").Take());
  ASSERT_TRUE(store_->RemoveJob(id).ok());
  EXPECT_EQ(store_->GetJob(id).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->CreateJobs({PlainJob()}, "g", "")->group, "g");
  store_.reset();
  auto database = Database::Open(path(), Database::Mode::kRead);
  for (std::string table : {"job_texts", "attempts", "metrics", "declared", "chunks", "summaries",
                            "events", "checkpoints", "dependencies"}) {
    EXPECT_EQ(*(*database)->QueryInt(-1, "SELECT count(*) FROM " + table + " WHERE job = 1"), 0)
        << table;
  }
}

TEST_F(JobStoreTest, ProgressIsVisibleAtOnceAndSurvivesAClose) {
  int64_t id = NewJobId();
  v1::Progress progress;
  progress.set_step(17);
  progress.set_phase("training");
  store_->SetProgress(id, progress);
  EXPECT_EQ(Get(id).progress().step(), 17);
  EXPECT_EQ(store_->ListJobs({})->jobs.at(0).progress().phase(), "training");
  Open();
  EXPECT_EQ(Get(id).progress().step(), 17);
}

TEST_F(JobStoreTest, ALaterChangeIsMadeInOrder) {
  int64_t id = RunningJob();
  store_->Append(id, 1, BatchMaker().DeclareUsual().Steps(1, 10).Take());
  JobChange change;
  change.state = v1::Job::SUCCEEDED;
  store_->UpdateJobEventually(id, change);
  ASSERT_TRUE(store_->Flush().ok());
  EXPECT_EQ(Get(id).state(), v1::Job::SUCCEEDED);
  auto history = store_->ReadEventsAfter(id, 2, {});
  ASSERT_EQ(history->events.size(), 2u);
  EXPECT_EQ(history->events[0].metrics().step_size(), 10);
  EXPECT_EQ(history->events[1].state().state(), v1::Job::SUCCEEDED);
  EXPECT_EQ(history->events[1].sequence(), 13);
}

TEST_F(JobStoreTest, ChangesAreNumberedAndAnOutdatedOneIsRefused) {
  int64_t id = NewJobId();
  v1::Change change;
  change.set_field("optim.learning_rate");
  change.set_before("0.001");
  change.set_value("0.0001");
  ASSERT_TRUE(store_->AddChanges(id, 0, {change}, "resolved: now\n").ok());
  EXPECT_EQ(store_->AddChanges(id, 0, {change}, "other\n").code(), absl::StatusCode::kAborted);
  v1::Job job = *store_->GetJob(id);
  ASSERT_EQ(job.changes_size(), 1);
  EXPECT_EQ(job.changes(0).id(), 1);
  EXPECT_FALSE(job.changes(0).has_step());
  EXPECT_EQ(store_->GetJobTexts(id)->current, "resolved: now\n");
  EXPECT_NE(store_->GetJobTexts(id)->resolved, "resolved: now\n");
  EXPECT_TRUE(absl::IsNotFound(store_->AddChanges(99, 0, {change}, "")));
}

TEST_F(JobStoreTest, MarksTellThatAChangeActedAndWhyARunEndedEarly) {
  int64_t id = NewJobId();
  ASSERT_TRUE(store_->AddChanges(id, 0, {v1::Change()}, "x").ok());
  ASSERT_TRUE(store_->BeginAttempt(id, 1, -1).ok());
  auto mark = [&](int64_t number, const char* kind, const char* text, int64_t change) {
    WorkerEvent event;
    event.number = number;
    event.step = 40;
    v1::Mark data;
    data.set_step(40);
    data.set_kind(kind);
    data.set_text(text);
    data.set_change_id(change);
    event.data = data;
    WorkerBatch batch;
    batch.event_count = 1;
    batch.last_number = number;
    batch.items.emplace_back(std::move(event));
    store_->Append(id, 1, std::move(batch));
  };
  mark(1, "set", "a 1 → 2", 1);
  mark(2, "stop", "ended early", 0);
  ASSERT_TRUE(store_->Flush().ok());
  EXPECT_EQ(store_->GetJob(id)->changes(0).step(), 40);
  EXPECT_EQ(store_->GetJob(id)->ending(), "ended early");
  // What a rewind takes back is no ending.
  ASSERT_TRUE(store_->BeginAttempt(id, 2, 20).ok());
  EXPECT_EQ(store_->GetJob(id)->ending(), "");
  EXPECT_EQ(store_->GetJob(id)->changes(0).step(), 40);
}

}  // namespace
}  // namespace lab
