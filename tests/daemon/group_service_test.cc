// Groups: who forms a grid point, mean and standard error, who is counted and who is not.

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "daemon/service/group_service.h"
#include "daemon/service/group_statistics.h"
#include "lab/v1/group.grpc.pb.h"
#include "tests/daemon/service_harness.h"

namespace lab {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

v1::Job Member(int64_t id, const std::string& label, int64_t seed,
               v1::Job::State state = v1::Job::SUCCEEDED) {
  v1::Job job;
  job.set_id(id);
  job.set_member(label);
  job.set_seed(seed);
  job.set_state(state);
  return job;
}

void AddSummary(v1::Job& job, double last, int64_t step, std::optional<double> best = {},
                const char* metric = "val/loss") {
  v1::MetricSummary& summary = *job.add_summary();
  summary.set_metric(metric);
  summary.set_unit("nats");
  summary.set_goal(best ? "min" : "none");
  summary.set_last(last);
  summary.set_step(step);
  if (best) summary.set_best(*best);
  if (best) summary.set_best_step(step - 1);
}

TEST(Moments, GivesMeanAndStandardErrorOfTheSample) {
  Moments moments;
  EXPECT_TRUE(std::isnan(moments.mean()));
  moments.Add(2);
  EXPECT_EQ(moments.mean(), 2);
  EXPECT_EQ(moments.standard_error(), std::nullopt);  // undefined, not 0
  for (double value : {4, 4, 4, 5, 5, 7, 9}) moments.Add(value);
  // Σ(x − 5)² = 32, s² = 32/7, s/√8.
  EXPECT_DOUBLE_EQ(moments.mean(), 5);
  EXPECT_DOUBLE_EQ(*moments.standard_error(), std::sqrt(32.0 / 7 / 8));
}

TEST(Moments, KeepsASmallSpreadBesideALargeMean) {
  Moments moments;
  for (double value : {1e9 + 1, 1e9 + 2, 1e9 + 3}) moments.Add(value);
  EXPECT_NEAR(*moments.standard_error(), 1 / std::sqrt(3.0), 1e-9);
}

TEST(GridLabel, LeavesOutTheSeedAlone) {
  EXPECT_EQ(GridLabel(Member(1, "seed=2", 2)), "");
  EXPECT_EQ(GridLabel(Member(1, "optim.learning_rate=0.1 seed=2", 2)), "optim.learning_rate=0.1");
  EXPECT_EQ(GridLabel(Member(1, "seed=2 model.layers=4", 2)), "model.layers=4");
  EXPECT_EQ(GridLabel(Member(1, "a=1 seed=2 b=3", 2)), "a=1 b=3");
  EXPECT_EQ(GridLabel(Member(1, "data.seed=2 model.layers=4", 2)), "data.seed=2 model.layers=4");
  EXPECT_EQ(GridLabel(Member(1, "seed=21", 2)), "seed=21");
  EXPECT_EQ(GridLabel(Member(1, "", 2)), "");
}

TEST(GroupOf, CountsFiniteEndsAndSaysWhatBecameOfTheOthers) {
  std::vector<v1::Job> members = {Member(1, "seed=1", 1),
                                  Member(2, "seed=2", 2),
                                  Member(3, "seed=3", 3),
                                  Member(4, "seed=4", 4, v1::Job::FAILED),
                                  Member(5, "seed=5", 5, v1::Job::FAILED),
                                  Member(6, "seed=6", 6, v1::Job::CANCELLED),
                                  Member(7, "seed=7", 7, v1::Job::RUNNING),
                                  Member(8, "seed=8", 8, v1::Job::QUEUED),
                                  Member(9, "seed=9", 9)};
  AddSummary(members[0], 1.0, 100, 0.9);
  AddSummary(members[1], 3.0, 120, 1.1);
  AddSummary(members[2], kNan, 100, 2.0);
  AddSummary(members[3], 1.5, 40, 0.5);
  members[3].mutable_error()->set_reason("LOSS_NOT_FINITE");
  members[4].mutable_error()->set_reason("WORKER_CRASHED");
  AddSummary(members[6], 0.1, 10, 0.1);
  v1::Group group = GroupOf("pair", members);
  ASSERT_EQ(group.points_size(), 1);
  ASSERT_EQ(group.points(0).metrics_size(), 1);
  const v1::GroupMetric& metric = group.points(0).metrics(0);
  EXPECT_EQ(metric.metric(), "val/loss");
  EXPECT_EQ(metric.unit(), "nats");
  EXPECT_EQ(metric.tally().members(), 9);
  EXPECT_EQ(metric.tally().counted(), 2);
  EXPECT_EQ(metric.tally().diverged(), 2);  // one ended in NaN, one was stopped by it
  EXPECT_EQ(metric.tally().failed(), 1);
  EXPECT_EQ(metric.tally().cancelled(), 1);
  EXPECT_EQ(metric.tally().running(), 1);
  EXPECT_EQ(metric.tally().waiting(), 1);
  EXPECT_EQ(metric.tally().without(), 1);
  EXPECT_DOUBLE_EQ(metric.last().mean(), 2.0);
  EXPECT_DOUBLE_EQ(metric.last().standard_error(), 1.0);  // s = √2, n = 2
  EXPECT_EQ(metric.last().low(), 1.0);
  EXPECT_EQ(metric.last().high(), 3.0);
  EXPECT_DOUBLE_EQ(metric.best().mean(), 1.0);
  EXPECT_EQ(metric.first_step(), 100);
  EXPECT_EQ(metric.last_step(), 120);
  EXPECT_EQ(metric.best_member().job_id(), 7);
  EXPECT_EQ(metric.best_member().value(), 0.1);
  EXPECT_EQ(metric.best_member().step(), 9);
}

TEST(GroupOf, KeepsGridPointsApart) {
  std::vector<v1::Job> members = {Member(1, "a=1 seed=1", 1), Member(2, "a=1 seed=2", 2),
                                  Member(3, "a=2 seed=1", 1), Member(4, "a=2 seed=2", 2)};
  for (size_t i = 0; i < members.size(); ++i) AddSummary(members[i], 10.0 * i, 5, 10.0 * i);
  v1::Group group = GroupOf("grid", members);
  ASSERT_EQ(group.points_size(), 2);
  EXPECT_EQ(group.points(0).label(), "a=1");
  EXPECT_EQ(group.points(0).members_size(), 2);
  EXPECT_DOUBLE_EQ(group.points(0).metrics(0).last().mean(), 5);
  EXPECT_EQ(group.points(1).label(), "a=2");
  EXPECT_DOUBLE_EQ(group.points(1).metrics(0).last().mean(), 25);
}

TEST(GroupOf, LeavesTheErrorOfOneMemberUndefined) {
  std::vector<v1::Job> members = {Member(1, "a=1", 1), Member(2, "a=2", 1)};
  for (v1::Job& member : members) AddSummary(member, 2, 5);
  v1::Group group = GroupOf("alone", members);
  ASSERT_EQ(group.points_size(), 2);
  EXPECT_TRUE(group.points(0).metrics(0).last().has_mean());
  EXPECT_FALSE(group.points(0).metrics(0).last().has_standard_error());
  EXPECT_FALSE(group.points(0).metrics(0).has_best());  // no goal
  EXPECT_FALSE(group.points(0).metrics(0).has_best_member());
}

std::vector<StoredPoint> Points(const std::vector<std::pair<int64_t, double>>& values) {
  std::vector<StoredPoint> points;
  for (auto [step, value] : values) {
    points.push_back({.step = step, .seconds = step * 0.5, .value = value});
  }
  return points;
}

TEST(StepStatistics, SaysAtEachStepHowManyThereAre) {
  StepStatistics statistics;
  statistics.Add(Points({{1, 1.0}, {2, 2.0}, {3, 3.0}, {4, 4.0}}), false);
  statistics.Add(Points({{1, 3.0}, {2, kNan}}), true);            // diverged at 2
  statistics.Add(Points({{1, 5.0}, {2, 4.0}, {2, 6.0}}), false);  // behind; logged step 2 twice
  statistics.Add(Points({{5, 7.0}}), false);
  v1::GroupPart part;
  statistics.Write(0, &part);
  EXPECT_EQ(part.members(), 4);
  EXPECT_EQ(part.raw_count(), 5);
  EXPECT_FALSE(part.thinned());
  EXPECT_THAT(part.step(), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(part.n(), ElementsAre(3, 2, 1, 1, 1));
  EXPECT_THAT(part.diverged(), ElementsAre(0, 1, 1, 1, 1));
  EXPECT_DOUBLE_EQ(part.mean(0), 3);
  EXPECT_DOUBLE_EQ(part.standard_error(0), 2 / std::sqrt(3.0));
  EXPECT_DOUBLE_EQ(part.mean(1), 4);  // of 2 and 6
  EXPECT_DOUBLE_EQ(part.standard_error(1), 2);
  EXPECT_DOUBLE_EQ(part.mean(2), 3);
  EXPECT_TRUE(std::isnan(part.standard_error(2)));
  EXPECT_DOUBLE_EQ(part.seconds(4), 2.5);
}

TEST(StepStatistics, KeepsExtremesAndGapsWhenThinned) {
  std::vector<std::pair<int64_t, double>> values;
  for (int i = 0; i < 10'000; ++i) values.emplace_back(i, std::sin(i * 0.001));
  values[1234].second = 50;
  values[5678].second = -50;
  values[7000].second = kNan;
  StepStatistics statistics;
  statistics.Add(Points(values), false);
  v1::GroupPart part;
  statistics.Write(100, &part);
  EXPECT_LE(part.step_size(), 100);
  EXPECT_EQ(part.raw_count(), 10'000);
  EXPECT_TRUE(part.thinned());
  for (int64_t step : {0, 1234, 5678, 7000, 9999}) {
    EXPECT_NE(std::find(part.step().begin(), part.step().end(), step), part.step().end()) << step;
  }
}

TEST(GroupParts, SplitWithoutLoss) {
  StepStatistics statistics;
  statistics.Add(Points({{1, 1}, {2, 2}, {3, 3}}), false);
  v1::GroupPart part;
  statistics.Write(0, &part);
  part.set_label("a=1");
  std::vector<v1::GroupPart> pieces = SplitPart(part, 2);
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_THAT(pieces[0].step(), ElementsAre(1, 2));
  EXPECT_THAT(pieces[1].mean(), ElementsAre(3));
  EXPECT_EQ(pieces[1].label(), "a=1");
  EXPECT_EQ(pieces[1].members(), 1);
  EXPECT_EQ(SplitPart(v1::GroupPart(), 2).size(), 1u);
}

// Three seeds of which the last diverges, over the wire.
class GroupServiceTest : public testing::Test {
 protected:
  GroupServiceTest() : groups_(v1::GroupService::NewStub(lab_.Channel())) {
    std::vector<NewJob> jobs(3);
    for (size_t i = 0; i < jobs.size(); ++i) {
      jobs[i].type = "pretrain";
      jobs[i].hold = true;
      jobs[i].seed = static_cast<int64_t>(i + 1);
      jobs[i].member = "seed=" + std::to_string(i + 1);
    }
    auto created = lab_.store->CreateJobs(jobs, "trio", "");
    EXPECT_TRUE(created.ok()) << created.status();
    for (int64_t id : created->ids) {
      lab_.SetState(id, v1::Job::RUNNING);
      EXPECT_TRUE(lab_.store->BeginAttempt(id, 1, -1).ok());
      lab_.AppendPoints(id, 1, id == 3 ? 2 : 4);
    }
    EXPECT_TRUE(lab_.store->Flush().ok());
    lab_.SetState(1, v1::Job::SUCCEEDED);
    lab_.SetState(2, v1::Job::SUCCEEDED);
    JobChange change;
    change.state = v1::Job::FAILED;
    change.error.emplace();
    change.error->set_reason("LOSS_NOT_FINITE");
    EXPECT_TRUE(lab_.store->UpdateJob(3, change).ok());
  }

  grpc::Status Read(const v1::ReadGroupRequest& request, std::vector<v1::GroupPart>* parts) {
    grpc::ClientContext context;
    auto reader = groups_->ReadGroup(&context, request);
    v1::GroupPart part;
    while (reader->Read(&part)) parts->push_back(part);
    return reader->Finish();
  }

  ServiceLab lab_;
  std::unique_ptr<v1::GroupService::Stub> groups_;
};

TEST_F(GroupServiceTest, GivesMembersAndStatistics) {
  grpc::ClientContext context;
  v1::GetGroupRequest request;
  request.set_group("trio");
  v1::Group group;
  ASSERT_TRUE(groups_->GetGroup(&context, request, &group).ok());
  ASSERT_EQ(group.points_size(), 1);
  EXPECT_EQ(group.points(0).members_size(), 3);
  const v1::GroupMetric& loss = group.points(0).metrics(0);
  EXPECT_EQ(loss.unit(), "nats");
  EXPECT_EQ(loss.goal(), "min");
  EXPECT_EQ(loss.tally().counted(), 2);
  EXPECT_EQ(loss.tally().diverged(), 1);
  EXPECT_EQ(loss.last().mean(), 2);
  EXPECT_EQ(loss.last().standard_error(), 0);  // equal values: defined, and 0
}

TEST_F(GroupServiceTest, GivesStatisticsAtEachStep) {
  v1::ReadGroupRequest request;
  request.set_group("trio");
  request.add_names("train/loss");
  std::vector<v1::GroupPart> parts;
  ASSERT_TRUE(Read(request, &parts).ok());
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].members(), 3);
  EXPECT_THAT(parts[0].step(), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(parts[0].n(), ElementsAre(3, 3, 2, 2));
  EXPECT_THAT(parts[0].diverged(), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(parts[0].mean(), ElementsAre(0.5, 1, 1.5, 2));
}

TEST_F(GroupServiceTest, RefusesWhatThereIsNot) {
  grpc::ClientContext context;
  v1::GetGroupRequest nobody;
  nobody.set_group("nobody");
  v1::Group group;
  EXPECT_EQ(groups_->GetGroup(&context, nobody, &group).error_code(), grpc::NOT_FOUND);
  v1::ReadGroupRequest request;
  request.set_group("trio");
  request.add_names("train/los");
  std::vector<v1::GroupPart> parts;
  grpc::Status status = Read(request, &parts);
  EXPECT_EQ(status.error_code(), grpc::NOT_FOUND);
  EXPECT_THAT(status.error_message(), HasSubstr("did you mean train/loss?"));
  request.set_max_points(-1);
  EXPECT_EQ(Read(request, &parts).error_code(), grpc::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace lab
