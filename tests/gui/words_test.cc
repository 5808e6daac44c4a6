#include "gui/models/words.h"

#include <gmock/gmock.h>

#include <limits>

namespace lab::gui {
namespace {

v1::Job jobWith(v1::Job::State state, std::vector<std::pair<std::string, double>> last) {
  v1::Job job;
  job.set_state(state);
  job.mutable_progress()->set_step(412);
  for (const auto& [metric, value] : last) {
    v1::MetricSummary* summary = job.add_summary();
    summary->set_metric(metric);
    summary->set_last(value);
    summary->set_unit("nats");
  }
  return job;
}

TEST(Verdict, MeasuresTheValidationAgainstTheFloor) {
  v1::Job job =
      jobWith(v1::Job::SUCCEEDED, {{"train/loss", 2.5}, {"val/loss", 2.0}, {"floor/loss", 1.75}});
  EXPECT_DOUBLE_EQ(*aboveFloor(job), 0.25);
  EXPECT_EQ(verdictOf(job).text, QStringLiteral("0.2500 nats/token above the floor"));
  EXPECT_EQ(verdictOf(job).tone, Tone::kGood);
}

TEST(Verdict, NamesTheLossWhereNoFloorIsKnown) {
  const Verdict verdict = verdictOf(jobWith(v1::Job::SUCCEEDED, {{"val/loss", 2.25}}));
  EXPECT_EQ(verdict.text, QStringLiteral("val/loss 2.2500 nats/token"));
}

TEST(Verdict, SaysWhereItDiverged) {
  v1::Job job = jobWith(v1::Job::FAILED, {});
  job.mutable_error()->set_reason("LOSS_NOT_FINITE");
  EXPECT_EQ(verdictOf(job).text, QStringLiteral("diverged at step 412"));
  EXPECT_EQ(verdictOf(job).tone, Tone::kBad);
}

TEST(Verdict, NeverCallsANumberThatIsNoneADistance) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  v1::Job job = jobWith(v1::Job::SUCCEEDED, {{"val/loss", nan}, {"floor/loss", 1.8}});
  EXPECT_FALSE(aboveFloor(job).has_value());
  EXPECT_EQ(verdictOf(job).text, QStringLiteral("val/loss NaN nats/token"));
}

TEST(Words, GroupThousandsByThinSpaces) {
  EXPECT_EQ(grouped(1234567), QString::fromUtf8("1\u2009234\u2009567"));
  EXPECT_EQ(grouped(12), QStringLiteral("12"));
}

}  // namespace
}  // namespace lab::gui
