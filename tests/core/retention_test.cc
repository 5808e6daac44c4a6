#include "core/checkpoint/retention.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/checkpoint/manifest.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

StoredCheckpoint Full(int64_t step) { return {.step = step, .full = true}; }
StoredCheckpoint Weights(int64_t step) { return {.step = step}; }

TEST(Retention, LogSpacedIsZeroAndPowersOfTwo) {
  std::vector<int64_t> steps;
  for (int64_t step = -3; step <= 70; ++step) {
    if (LogSpaced(step)) steps.push_back(step);
  }
  EXPECT_THAT(steps, ElementsAre(0, 1, 2, 4, 8, 16, 32, 64));
  EXPECT_TRUE(LogSpaced(int64_t{1} << 40));
}

TEST(Retention, ParsesItsThreeWords) {
  EXPECT_EQ(ParseKeep("log"), Keep::kLog);
  EXPECT_EQ(ParseKeep("all"), Keep::kAll);
  EXPECT_EQ(ParseKeep("none"), Keep::kNone);
  EXPECT_EQ(ParseKeep("some"), std::nullopt);
}

TEST(Retention, LogKeepsLogSpacedWeightsAndTheLastFullOnes) {
  RetentionPlan plan =
      PlanRetention({Keep::kLog, 3}, {Weights(0), Weights(1), Weights(2), Weights(4), Full(100),
                                      Full(128), Full(200), Full(300), Full(400)});
  EXPECT_THAT(plan.remove, ElementsAre(100));
  EXPECT_THAT(plan.reduce, ElementsAre(128));
}

TEST(Retention, AllReducesAndNoneRemoves) {
  std::vector<StoredCheckpoint> stored = {Weights(1), Full(100), Full(200), Full(300), Full(400)};
  RetentionPlan all = PlanRetention({Keep::kAll, 2}, stored);
  EXPECT_THAT(all.remove, IsEmpty());
  EXPECT_THAT(all.reduce, ElementsAre(100, 200));
  RetentionPlan none = PlanRetention({Keep::kNone, 2}, stored);
  EXPECT_THAT(none.remove, ElementsAre(1, 100, 200));
  EXPECT_THAT(none.reduce, IsEmpty());
}

TEST(Retention, BestAndFinalWeightsAlwaysStay) {
  StoredCheckpoint best = Full(100), final = Full(150);
  best.best = true;
  final.final = true;
  RetentionPlan plan =
      PlanRetention({Keep::kNone, 1}, {Full(50), best, final, Full(200), Full(300)});
  EXPECT_THAT(plan.remove, ElementsAre(50, 200));
  EXPECT_THAT(plan.reduce, ElementsAre(100, 150));
}

TEST(Retention, TheNewestFullOneIsNeverTouched) {
  for (int64_t keep_last : {-1, 0, 1}) {
    RetentionPlan plan = PlanRetention({Keep::kNone, keep_last}, {Full(10), Full(20)});
    EXPECT_THAT(plan.remove, ElementsAre(10)) << keep_last;
    EXPECT_THAT(plan.reduce, IsEmpty()) << keep_last;
  }
}

TEST(Retention, WeightsNewerThanTheNewestFullOneDoNotPushItOut) {
  RetentionPlan plan = PlanRetention({Keep::kNone, 1}, {Full(10), Weights(20), Weights(30)});
  EXPECT_THAT(plan.remove, ElementsAre(20));  // 30 is the newest of all
  EXPECT_THAT(plan.reduce, IsEmpty());
}

TEST(Retention, PinnedOnesAreLeftAsTheyAre) {
  StoredCheckpoint pinned = Full(10);
  pinned.pinned = true;
  RetentionPlan plan = PlanRetention({Keep::kNone, 1}, {pinned, Full(20), Full(30)});
  EXPECT_THAT(plan.remove, ElementsAre(20));
}

TEST(Retention, OrderOfTheListDoesNotMatter) {
  std::vector<StoredCheckpoint> stored = {Full(5), Full(8), Full(9), Full(12), Weights(2)};
  std::sort(stored.begin(), stored.end(),
            [](const auto& a, const auto& b) { return a.step < b.step; });
  RetentionPlan first = PlanRetention({Keep::kLog, 1}, stored);
  do {
    RetentionPlan plan = PlanRetention({Keep::kLog, 1}, stored);
    EXPECT_EQ(plan.remove, first.remove);
    EXPECT_EQ(plan.reduce, first.reduce);
  } while (std::next_permutation(stored.begin(), stored.end(),
                                 [](const auto& a, const auto& b) { return a.step < b.step; }));
  EXPECT_THAT(first.remove, ElementsAre(5, 9));
  EXPECT_THAT(first.reduce, ElementsAre(8));
}

class RetentionFolderTest : public ::testing::Test {
 protected:
  void Make(int64_t step, bool full) {
    fs::path folder = dir_.path() / CheckpointName(step);
    fs::create_directories(folder);
    std::ofstream(folder / "model.safetensors") << "weights";
    if (!full) return;
    fs::create_directories(folder / "trainer");
    std::ofstream(folder / "trainer" / "state.json") << "state";
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(dir_.path())) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  TempDir dir_;
};

TEST_F(RetentionFolderTest, RemovesReducesAndTells) {
  for (int64_t step : {64, 100, 200, 300}) Make(step, true);
  CheckpointRecord record{.name = "step-000300", .step = 300};
  ASSERT_TRUE(ApplyRetention(dir_.path(), {Keep::kLog, 2}, {}, record).ok());
  EXPECT_THAT(record.removed, ElementsAre("step-000100"));
  EXPECT_THAT(record.reduced, ElementsAre(Pair("step-000064", 7)));
  EXPECT_THAT(Names(), ElementsAre("step-000064", "step-000200", "step-000300"));
  EXPECT_FALSE(fs::exists(dir_.path() / "step-000064" / "trainer"));
  EXPECT_TRUE(fs::exists(dir_.path() / "step-000064" / "model.safetensors"));
  EXPECT_TRUE(fs::exists(dir_.path() / "step-000200" / "trainer" / "state.json"));

  CheckpointRecord again{.name = "step-000300", .step = 300};
  ASSERT_TRUE(ApplyRetention(dir_.path(), {Keep::kLog, 2}, {}, again).ok());
  EXPECT_THAT(again.removed, IsEmpty());
  EXPECT_THAT(again.reduced, IsEmpty());
}

TEST_F(RetentionFolderTest, LaterStepsOfAReplacedAttemptDoNotPushOutTheNewOne) {
  for (int64_t step : {100, 150, 200, 300, 400}) Make(step, true);
  CheckpointRecord record{.name = "step-000150", .step = 150};
  ASSERT_TRUE(ApplyRetention(dir_.path(), {Keep::kNone, 1}, {}, record).ok());
  EXPECT_THAT(record.removed, ElementsAre("step-000100"));
  EXPECT_EQ(ListCheckpoints(dir_.path())->size(), 4u);
}

TEST_F(RetentionFolderTest, MarksKeepBestFinalAndPinned) {
  for (int64_t step : {10, 20, 30, 40, 50}) Make(step, true);
  CheckpointRecord record{.name = "step-000050", .step = 50};
  ASSERT_TRUE(ApplyRetention(dir_.path(), {Keep::kNone, 1},
                             {.best_step = 20, .final_step = 50, .pinned = {40}}, record)
                  .ok());
  EXPECT_THAT(record.removed, ElementsAre("step-000010", "step-000030"));
  EXPECT_THAT(record.reduced, ElementsAre(Pair("step-000020", 7)));
  EXPECT_TRUE(fs::exists(dir_.path() / "step-000040" / "trainer" / "state.json"));
}

TEST(CheckpointNames, AreAtLeastSixDigitsAndNothingElse) {
  EXPECT_EQ(CheckpointName(0), "step-000000");
  EXPECT_EQ(CheckpointName(500), "step-000500");
  EXPECT_EQ(CheckpointName(12345678), "step-12345678");
  for (int64_t step : {int64_t{0}, int64_t{7}, int64_t{999999}, int64_t{1000000}}) {
    EXPECT_EQ(CheckpointStep(CheckpointName(step)), step);
  }
  for (const char* name :
       {"step-500", "step-0000500", "step-00050x", "step-", "step--00005", "step-+00005",
        ".step-000500", "step-000500.tmp", "Step-000500", "step-99999999999999999999", ""}) {
    EXPECT_EQ(CheckpointStep(name), std::nullopt) << name;
  }
}

TEST_F(RetentionFolderTest, ListingSortsByNumberAndSkipsWhatIsNoCheckpoint) {
  for (int64_t step : {1000000, 999999, 5}) Make(step, step == 5);
  fs::create_directories(dir_.path() / ".writing-step-000007");
  fs::create_directories(dir_.path() / "step-7");
  std::ofstream(dir_.path() / "step-000009") << "a file";
  auto found = ListCheckpoints(dir_.path());
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 3u);
  EXPECT_EQ((*found)[0].name, "step-000005");
  EXPECT_TRUE((*found)[0].full);
  EXPECT_EQ((*found)[1].step, 999999);
  EXPECT_EQ((*found)[2].step, 1000000);
  EXPECT_FALSE((*found)[2].full);
  EXPECT_TRUE(ListCheckpoints(dir_.path() / "none")->empty());
}

TEST_F(RetentionFolderTest, SweepingRemovesWhatWasHalfMade) {
  Make(5, true);
  fs::create_directories(dir_.path() / ".writing-step-000007" / "trainer");
  fs::create_directories(dir_.path() / ".removed-step-000003");
  fs::create_directories(dir_.path() / ".replaced-step-000005");
  fs::create_directories(dir_.path() / ".something-else");
  ASSERT_TRUE(SweepTemporaries(dir_.path()).ok());
  EXPECT_THAT(Names(), ElementsAre(".something-else", "step-000005"));
  EXPECT_TRUE(SweepTemporaries(dir_.path() / "none").ok());
}

TEST_F(RetentionFolderTest, SweepingFinishesAReplacementThatDiedBetweenItsRenames) {
  Make(5, true);
  fs::rename(dir_.path() / "step-000005", dir_.path() / ".replaced-step-000005");
  ASSERT_TRUE(SweepTemporaries(dir_.path()).ok());
  EXPECT_THAT(Names(), ElementsAre("step-000005"));
  EXPECT_TRUE(fs::exists(dir_.path() / "step-000005" / "trainer" / "state.json"));
}

}  // namespace
}  // namespace lab
