#include "daemon/scheduler/job_state.h"

#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "daemon/scheduler/device_pool.h"

namespace lab {
namespace {

using Job = v1::Job;

const std::vector<JobState>& AllStates() {
  static const std::vector<JobState> states = {Job::QUEUED,   Job::HELD,     Job::RUNNING,
                                               Job::STOPPING, Job::PAUSED,   Job::SUCCEEDED,
                                               Job::FAILED,   Job::CANCELLED};
  return states;
}

// One test per arrow and one per missing arrow: every pair of the eight states.
class EveryPair : public ::testing::TestWithParam<std::tuple<JobState, JobState>> {};

TEST_P(EveryPair, IsAnArrowOnlyIfTheContractNamesIt) {
  const std::map<JobState, std::set<JobState>> arrows = {
      {Job::QUEUED, {Job::RUNNING, Job::HELD, Job::CANCELLED}},
      {Job::HELD, {Job::QUEUED, Job::CANCELLED}},
      {Job::RUNNING, {Job::SUCCEEDED, Job::FAILED, Job::STOPPING, Job::QUEUED}},
      {Job::STOPPING, {Job::PAUSED, Job::CANCELLED, Job::SUCCEEDED, Job::FAILED}},
      {Job::PAUSED, {Job::QUEUED, Job::CANCELLED}},
      {Job::SUCCEEDED, {}},
      {Job::FAILED, {Job::QUEUED}},
      {Job::CANCELLED, {Job::QUEUED}}};
  auto [from, to] = GetParam();
  EXPECT_EQ(MayBecome(from, to), arrows.at(from).count(to) > 0)
      << JobStateName(from) << " to " << JobStateName(to);
}

INSTANTIATE_TEST_SUITE_P(JobState, EveryPair,
                         ::testing::Combine(::testing::ValuesIn(AllStates()),
                                            ::testing::ValuesIn(AllStates())),
                         [](const auto& info) {
                           return std::string(JobStateName(std::get<0>(info.param))) + "_to_" +
                                  std::string(JobStateName(std::get<1>(info.param)));
                         });

class EveryVerb : public ::testing::TestWithParam<Verb> {};

TEST_P(EveryVerb, WorksOnlyInTheStatesOfTheContract) {
  const std::map<Verb, std::set<JobState>> works = {
      {Verb::kPause, {Job::RUNNING}},
      {Verb::kResume, {Job::PAUSED, Job::FAILED, Job::CANCELLED}},
      {Verb::kCancel, {Job::QUEUED, Job::HELD, Job::RUNNING, Job::STOPPING, Job::PAUSED}},
      {Verb::kHold, {Job::QUEUED}},
      {Verb::kRelease, {Job::HELD}},
      {Verb::kCheckpoint, {Job::RUNNING}},
      {Verb::kRemove, {Job::HELD, Job::PAUSED, Job::SUCCEEDED, Job::FAILED, Job::CANCELLED}}};
  for (JobState state : AllStates()) {
    absl::Status status = CheckVerb(GetParam(), state, 12);
    EXPECT_EQ(status.ok(), works.at(GetParam()).count(state) > 0) << JobStateName(state);
    if (status.ok()) continue;
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    std::string message(MessageOf(status));
    EXPECT_NE(message.find("job 12: it is " + std::string(JobStateName(state)) + "; "),
              std::string::npos)
        << message;
    EXPECT_NE(message.back(), ' ') << "no hint for " << message;
  }
}

INSTANTIATE_TEST_SUITE_P(JobState, EveryVerb,
                         ::testing::Values(Verb::kPause, Verb::kResume, Verb::kCancel, Verb::kHold,
                                           Verb::kRelease, Verb::kCheckpoint, Verb::kRemove),
                         [](const auto& info) { return std::string(VerbName(info.param)); });

TEST(JobState, PausingAQueuedJobHintsAtHold) {
  absl::Status status = CheckVerb(Verb::kPause, Job::QUEUED, 3);
  EXPECT_NE(std::string(MessageOf(status)).find("hold"), std::string::npos);
}

TEST(DevicePool, SeatsOneJobOnADevice) {
  DevicePool pool({"cpu"});
  EXPECT_EQ(pool.Take(4), "cpu");
  EXPECT_EQ(pool.DeviceOf(4), "cpu");
  EXPECT_FALSE(pool.HasFree());
  EXPECT_EQ(pool.Take(5), std::nullopt);
  pool.Free(5);
  EXPECT_FALSE(pool.HasFree());
  pool.Free(4);
  EXPECT_EQ(pool.DeviceOf(4), "");
  EXPECT_EQ(pool.Take(5), "cpu");
}

}  // namespace
}  // namespace lab
