#include "daemon/store/metric_store.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/store/chunk.h"
#include "tests/daemon/store_fixture.h"

namespace lab {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double FromBits(uint64_t bits) {
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
uint64_t BitsOf(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

using MetricStoreTest = StoreTest;

TEST_F(MetricStoreTest, EveryDoubleSurvivesBitForBit) {
  int64_t id = RunningJob();
  std::vector<double> values = {FromBits(0x7FF8000000000001),
                                FromBits(0xFFF800000000BEEF),
                                kInfinity,
                                -kInfinity,
                                0.0,
                                -0.0,
                                std::numeric_limits<double>::denorm_min(),
                                std::numeric_limits<double>::max(),
                                0.1};
  BatchMaker maker;
  maker.DeclareUsual();
  for (size_t i = 0; i < values.size(); ++i) maker.Point(0, i + 1, values[i]);
  AppendAndFlush(id, 1, maker.Take());
  auto check = [&](int64_t max_points) {
    Series series = ReadAll(*store_, id, "train/loss", max_points);
    ASSERT_EQ(series.values.size(), values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(BitsOf(series.values[i]), BitsOf(values[i])) << i;
    }
  };
  check(0);
  Open();
  check(0);
  // Folded into a chunk of 1,024 they are still the same.
  AppendAndFlush(id, 1, BatchMaker(10).Steps(10, 3000).Take());
  Series series = ReadAll(*store_, id, "train/loss");
  ASSERT_EQ(series.values.size(), 3000u);
  for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(BitsOf(series.values[i]), BitsOf(values[i]));
}

TEST_F(MetricStoreTest, ManySmallCommitsReadAsOneSeries) {
  int64_t id = RunningJob();
  BatchMaker maker;
  AppendAndFlush(id, 1, maker.DeclareUsual().Take());
  std::mt19937 random(7);
  uint64_t step = 0;
  while (step < 5000) {
    uint64_t count = 1 + random() % 400;
    AppendAndFlush(id, 1, maker.Steps(step + 1, step + count).Take());
    step += count;
  }
  Series series = ReadAll(*store_, id, "train/loss");
  ASSERT_EQ(series.steps.size(), step);
  for (uint64_t i = 0; i < step; ++i) {
    ASSERT_EQ(series.steps[i], static_cast<int64_t>(i + 1));
    ASSERT_EQ(series.values[i], static_cast<double>(i + 1));
  }
  EXPECT_EQ(series.raw_count, static_cast<int64_t>(step));
  EXPECT_FALSE(series.thinned);
}

TEST_F(MetricStoreTest, TailsAreFoldedIntoChunks) {
  int64_t id = RunningJob();
  BatchMaker maker;
  AppendAndFlush(id, 1, maker.DeclareUsual().Take());
  for (uint64_t step = 1; step <= 1100; ++step)
    store_->Append(id, 1, maker.Steps(step, step).Take());
  ASSERT_TRUE(store_->Flush().ok());
  store_.reset();
  auto database = Database::Open(path(), Database::Mode::kRead);
  EXPECT_EQ(*(*database)->QueryInt(-1, "SELECT count(*) FROM chunks WHERE open = 0"), 1);
  EXPECT_EQ(*(*database)->QueryInt(-1, "SELECT n FROM chunks WHERE open = 0"), kChunkPoints);
  EXPECT_EQ(*(*database)->QueryInt(-1, "SELECT sum(n) FROM chunks"), 1100);
}

TEST_F(MetricStoreTest, TheSummaryFollowsTheDirection) {
  int64_t id = RunningJob();
  BatchMaker maker;
  maker.DeclareUsual();
  double nan = std::numeric_limits<double>::quiet_NaN();
  maker.Point(0, 1, 3.0).Point(0, 2, 1.5).Point(0, 3, 2.0).Point(0, 4, nan);
  maker.Point(1, 2, 0.5).Point(1, 3, 0.75).Point(1, 4, 0.6).Point(2, 4, 1e-3);
  AppendAndFlush(id, 1, maker.Take());
  auto check = [&] {
    v1::Job job = Get(id);
    ASSERT_EQ(job.summary_size(), 3);
    const auto* loss = FindSummary(job, "train/loss");
    EXPECT_TRUE(std::isnan(loss->last()));
    EXPECT_EQ(loss->step(), 4);
    EXPECT_EQ(loss->best(), 1.5);
    EXPECT_EQ(loss->best_step(), 2);
    const auto* accuracy = FindSummary(job, "val/accuracy");
    EXPECT_EQ(accuracy->last(), 0.6);
    EXPECT_EQ(accuracy->best(), 0.75);
    EXPECT_EQ(accuracy->best_step(), 3);
    const auto* rate = FindSummary(job, "train/learning_rate");
    EXPECT_EQ(rate->last(), 1e-3);
    EXPECT_FALSE(rate->has_best());
    EXPECT_FALSE(rate->has_best_step());
  };
  check();
  Open();
  check();
}

TEST_F(MetricStoreTest, OnlyNanHasNoBest) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Point(0, 1, std::nan("")).Take());
  v1::Job job = Get(id);
  EXPECT_TRUE(std::isnan(FindSummary(job, "train/loss")->last()));
  EXPECT_FALSE(FindSummary(job, "train/loss")->has_best());
}

TEST_F(MetricStoreTest, ARewindHidesLaterSteps) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 1500).Sample(900, "a").Take());
  ASSERT_TRUE(store_->BeginAttempt(id, 2, 1000).ok());
  Series series = ReadAll(*store_, id, "train/loss");
  EXPECT_EQ(series.raw_count, 1000);
  EXPECT_EQ(series.steps.back(), 1000);
  EXPECT_EQ(FindSummary(Get(id), "train/loss")->step(), 1000);
  EXPECT_EQ(FindSummary(Get(id), "train/loss")->last(), 1000.0);
  AppendAndFlush(id, 2, BatchMaker().DeclareUsual().Steps(1001, 1200).Take());
  series = ReadAll(*store_, id, "train/loss");
  ASSERT_EQ(series.steps.size(), 1200u);
  for (int64_t i = 0; i < 1200; ++i) {
    ASSERT_EQ(series.steps[i], i + 1);
    ASSERT_EQ(series.attempts[i], i < 1000 ? 1 : 2);
  }
  Series all = ReadAll(*store_, id, "train/loss", 0, true);
  EXPECT_EQ(all.raw_count, 1700);
  EXPECT_EQ(Get(id).attempt(), 2);
}

TEST_F(MetricStoreTest, TwoResumesKeepWhatBothLeft) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 50).Take());
  ASSERT_TRUE(store_->BeginAttempt(id, 2, 40).ok());
  AppendAndFlush(id, 2, BatchMaker().DeclareUsual().Steps(41, 60).Take());
  // Back behind the first resume: only 1 … 30 of the first attempt remain.
  ASSERT_TRUE(store_->BeginAttempt(id, 3, 30).ok());
  AppendAndFlush(id, 3, BatchMaker().DeclareUsual().Steps(31, 35).Take());
  Series series = ReadAll(*store_, id, "train/loss");
  ASSERT_EQ(series.steps.size(), 35u);
  for (int64_t i = 0; i < 35; ++i) {
    EXPECT_EQ(series.steps[i], i + 1);
    EXPECT_EQ(series.attempts[i], i < 30 ? 1 : 3);
  }
  EXPECT_EQ(FindSummary(Get(id), "train/loss")->step(), 35);
  EXPECT_EQ(ReadAll(*store_, id, "train/loss", 0, true).raw_count, 75);
}

TEST_F(MetricStoreTest, StartingAfreshHidesEverything) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(0, 9).Take());
  ASSERT_TRUE(store_->BeginAttempt(id, 2, -1).ok());
  EXPECT_EQ(ReadAll(*store_, id, "train/loss").raw_count, 0);
  EXPECT_EQ(Get(id).summary_size(), 0);
  AppendAndFlush(id, 2, BatchMaker().DeclareUsual().Steps(0, 4).Take());
  EXPECT_THAT(ReadAll(*store_, id, "train/loss").attempts, ElementsAre(2, 2, 2, 2, 2));
}

TEST_F(MetricStoreTest, ASummaryAfterARewindLooksIntoChunks) {
  int64_t id = RunningJob();
  BatchMaker maker;
  maker.DeclareUsual();
  for (uint64_t step = 1; step <= 3000; ++step) maker.Point(0, step, step == 2100 ? -1 : 10.0);
  AppendAndFlush(id, 1, maker.Take());
  EXPECT_EQ(FindSummary(Get(id), "train/loss")->best_step(), 2100);
  ASSERT_TRUE(store_->BeginAttempt(id, 2, 2099).ok());
  EXPECT_EQ(FindSummary(Get(id), "train/loss")->best(), 10.0);
  EXPECT_EQ(FindSummary(Get(id), "train/loss")->best_step(), 1);
  EXPECT_EQ(FindSummary(Get(id), "train/loss")->step(), 2099);
}

TEST_F(MetricStoreTest, ThinningKeepsExtremesAndTheRawCount) {
  int64_t id = RunningJob();
  BatchMaker maker;
  maker.DeclareUsual();
  std::mt19937 random(3);
  for (uint64_t step = 1; step <= 50'000; ++step) {
    double value = 2 + 1e-9 * static_cast<double>(random());
    if (step == 31'337) value = 1e6;
    if (step == 31'339) value = -1e6;
    if (step == 40'000) value = std::nan("");
    maker.Point(0, step, value);
  }
  AppendAndFlush(id, 1, maker.Take());
  Series thin = ReadAll(*store_, id, "train/loss", 500);
  EXPECT_TRUE(thin.thinned);
  EXPECT_EQ(thin.raw_count, 50'000);
  EXPECT_LE(thin.steps.size(), 500u);
  EXPECT_GE(thin.steps.size(), 300u);
  EXPECT_EQ(thin.steps.front(), 1);
  EXPECT_EQ(thin.steps.back(), 50'000);
  EXPECT_TRUE(std::is_sorted(thin.steps.begin(), thin.steps.end()));
  auto value_at = [&](int64_t step) {
    auto found = std::find(thin.steps.begin(), thin.steps.end(), step);
    return found == thin.steps.end() ? 0 : thin.values[found - thin.steps.begin()];
  };
  EXPECT_EQ(value_at(31'337), 1e6);
  EXPECT_EQ(value_at(31'339), -1e6);
  EXPECT_TRUE(std::isnan(value_at(40'000)));
  // Each kept point is a raw one.
  Series raw = ReadAll(*store_, id, "train/loss");
  ASSERT_EQ(raw.values.size(), 50'000u);
  for (size_t i = 0; i < thin.steps.size(); ++i) {
    EXPECT_EQ(BitsOf(thin.values[i]), BitsOf(raw.values[thin.steps[i] - 1]));
  }
  Series one = ReadAll(*store_, id, "train/loss", 1);
  EXPECT_LE(one.steps.size(), 5u);
  EXPECT_EQ(one.raw_count, 50'000);
}

TEST_F(MetricStoreTest, ThinningEqualsTheExtremesOfItsBuckets) {
  int64_t id = RunningJob();
  std::mt19937 random(11);
  BatchMaker maker;
  maker.DeclareUsual();
  // Random commits and a rewind in the middle of a chunk.
  uint64_t step = 0;
  while (step < 20'000) {
    uint64_t count = 1 + random() % 700;
    for (uint64_t i = 0; i < count; ++i) maker.Point(0, ++step, static_cast<double>(random()));
    AppendAndFlush(id, 1, maker.Take());
  }
  ASSERT_TRUE(store_->BeginAttempt(id, 2, 17'777).ok());
  BatchMaker second;
  second.DeclareUsual();
  for (uint64_t i = 17'778; i <= 18'500; ++i) second.Point(0, i, static_cast<double>(random()));
  AppendAndFlush(id, 2, second.Take());
  Series raw = ReadAll(*store_, id, "train/loss");
  ASSERT_EQ(raw.raw_count, 18'500);
  constexpr int64_t kBuckets = 25;
  std::vector<int64_t> expected;
  std::vector<Extremes> buckets(kBuckets);
  for (int64_t i = 0; i < raw.raw_count; ++i) {
    buckets[i * kBuckets / raw.raw_count].Add(StoredPoint{i + 1, raw.steps[i], 0, raw.values[i]});
  }
  for (const Extremes& bucket : buckets) {
    for (const StoredPoint& point : bucket.Points()) expected.push_back(point.step);
  }
  Series thin = ReadAll(*store_, id, "train/loss", 4 * kBuckets);
  EXPECT_EQ(thin.steps, expected);
  for (size_t i = 0; i < thin.steps.size(); ++i) {
    EXPECT_EQ(thin.attempts[i], thin.steps[i] <= 17'777 ? 1 : 2);
  }
}

TEST_F(MetricStoreTest, ARangeHasFinerBucketsAndExactExtremes) {
  int64_t id = RunningJob();
  BatchMaker maker;
  maker.DeclareUsual();
  std::mt19937 random(5);
  std::vector<double> values;
  for (uint64_t step = 1; step <= 30'000; ++step) {
    values.push_back(static_cast<double>(random()));
    maker.Point(0, step, values.back());
    // Chunks of several sizes.
    if (step % 1777 == 0) AppendAndFlush(id, 1, maker.Take());
  }
  AppendAndFlush(id, 1, maker.Take());
  constexpr int64_t kFrom = 12'345, kTo = 14'347, kCount = kTo - kFrom + 1;
  constexpr int64_t kBuckets = 50;
  auto inside = [](const Series& series) {
    return std::count_if(series.steps.begin(), series.steps.end(),
                         [](int64_t step) { return kFrom <= step && step <= kTo; });
  };
  const Series whole = ReadAll(*store_, id, "train/loss", 4 * kBuckets);
  const Series range =
      ReadAll(*store_, id, "train/loss", 4 * kBuckets, false, StepRange{kFrom, kTo});
  EXPECT_TRUE(range.thinned);
  EXPECT_EQ(range.raw_count, kCount);
  EXPECT_EQ(inside(range), static_cast<int64_t>(range.steps.size()));
  EXPECT_GT(inside(range), 10 * inside(whole));
  // Each bucket with its first, least, greatest and last one.
  std::vector<int64_t> expected;
  std::vector<Extremes> buckets(kBuckets);
  for (int64_t i = 0; i < kCount; ++i) {
    const int64_t step = kFrom + i;
    buckets[i * kBuckets / kCount].Add(
        StoredPoint{step, step, 0, values[static_cast<size_t>(step - 1)]});
  }
  for (const Extremes& bucket : buckets) {
    for (const StoredPoint& point : bucket.Points()) expected.push_back(point.step);
  }
  EXPECT_EQ(range.steps, expected);
  for (size_t i = 0; i < range.steps.size(); ++i) {
    EXPECT_EQ(range.values[i], values[static_cast<size_t>(range.steps[i] - 1)]);
  }
}

TEST_F(MetricStoreTest, ARangeIsReadWholeWithBothItsEnds) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 5000).Take());
  Series some = ReadAll(*store_, id, "train/loss", 0, false, StepRange{1020, 1030});
  ASSERT_EQ(some.steps.size(), 11u);
  EXPECT_EQ(some.steps.front(), 1020);
  EXPECT_EQ(some.steps.back(), 1030);
  EXPECT_EQ(some.raw_count, 11);
  EXPECT_EQ(ReadAll(*store_, id, "train/loss", 0, false, StepRange{.from = 4990}).steps.size(),
            11u);
  EXPECT_EQ(ReadAll(*store_, id, "train/loss", 0, false, StepRange{.to = 10}).steps.size(), 10u);
  // Nothing there: one empty part, as for a series without points.
  Series none = ReadAll(*store_, id, "train/loss", 10, false, StepRange{6000, 7000});
  EXPECT_THAT(none.steps, IsEmpty());
  EXPECT_EQ(none.parts, 1);
  EXPECT_EQ(none.raw_count, 0);
}

TEST_F(MetricStoreTest, AShortSeriesIsNotThinned) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 100).Take());
  Series series = ReadAll(*store_, id, "train/loss", 100);
  EXPECT_FALSE(series.thinned);
  EXPECT_EQ(series.steps.size(), 100u);
}

TEST_F(MetricStoreTest, ASeriesWithoutPointsIsOneEmptyPart) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 3).Take());
  Series series = ReadAll(*store_, id, "val/accuracy");
  EXPECT_EQ(series.parts, 1);
  EXPECT_THAT(series.steps, IsEmpty());
  EXPECT_EQ(Get(id).summary_size(), 1);
}

TEST_F(MetricStoreTest, AnUnknownMetricIsNamedWithTheNearest) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 3).Take());
  absl::Status status =
      store_->ReadMetrics(id, {"train/los"}, 0, false, [](const auto&) { return true; });
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(MessageOf(status)), ::testing::HasSubstr("did you mean train/loss?"));
}

TEST_F(MetricStoreTest, AReaderMayStop) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 100'000).Take());
  int parts = 0;
  absl::Status status = store_->ReadMetrics(id, {}, 0, false, [&](const auto&) {
    ++parts;
    return false;
  });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(parts, 1);
}

TEST_F(MetricStoreTest, PointsThatComeWhileReadingDoNotDisturb) {
  int64_t id = RunningJob();
  BatchMaker maker;
  AppendAndFlush(id, 1, maker.DeclareUsual().Steps(1, 40'500).Take());
  std::vector<int64_t> steps;
  int64_t raw_count = 0;
  absl::Status status = store_->ReadMetrics(id, {"train/loss"}, 0, false, [&](const auto& part) {
    steps.insert(steps.end(), part.step().begin(), part.step().end());
    raw_count = part.raw_count();
    // Folds the open tail into a chunk while the reader is between two parts.
    uint64_t next = static_cast<uint64_t>(maker.next());
    store_->Append(id, 1, maker.Steps(next, next + 1999).Take());
    EXPECT_TRUE(store_->Flush().ok());
    return true;
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(raw_count, 40'500);
  ASSERT_EQ(steps.size(), 40'500u);
  for (size_t i = 0; i < steps.size(); ++i) ASSERT_EQ(steps[i], static_cast<int64_t>(i + 1));
}

TEST_F(MetricStoreTest, ALaterWorkerMayNumberItsMetricsOtherwise) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 2).Take());
  ASSERT_TRUE(store_->BeginAttempt(id, 2, 2).ok());
  BatchMaker second;
  second.Declare({{7, "train/loss", "nats", "min"}, {0, "train/tokens", "", "none"}});
  AppendAndFlush(id, 2, second.Point(7, 3, 0.5).Point(0, 3, 4096).Take());
  EXPECT_THAT(ReadAll(*store_, id, "train/loss").values, ElementsAre(1, 2, 0.5));
  EXPECT_THAT(ReadAll(*store_, id, "train/tokens").values, ElementsAre(4096));
}

}  // namespace
}  // namespace lab
