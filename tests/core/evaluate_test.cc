// The job that measures a model, beside what the training run said of it.

#include <cmath>

#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/places.h"
#include "core/base/strings.h"
#include "core/checkpoint/manifest.h"
#include "core/jobs/job.h"
#include "core/jobs/run_resolved.h"
#include "core/train/evaluate.h"
#include "tests/support/collecting_sink.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

TEST(StandardErrorOfMean, OfAHandCase) {
  // Mean 2.5, squares 2.25 + 0.25 + 0.25 + 2.25 = 5: √(5 / 3 / 4).
  EXPECT_NEAR(StandardErrorOfMean({1, 2, 3, 4}), 0.6454972243679028, 1e-15);
  EXPECT_EQ(StandardErrorOfMean({2, 2, 2}), 0);
  EXPECT_TRUE(std::isnan(StandardErrorOfMean({1})));
}

class EvaluateJobTest : public testing::Test {
 protected:
  EvaluateJobTest() {
    std::string text;
    for (int i = 0; i < 200; ++i) text += StrCat("Line ", i, " of a small text.\n");
    EXPECT_TRUE(WriteFileAtomically(Text(), text).ok());
  }

  std::string Text() const { return (dir_.path() / "text.txt").string(); }

  // Runs `text` as job `id`.
  CollectingSink Run(int64_t id, const std::string& text) {
    CheckResult check = CheckConfig({.text = text, .file = "test.yaml", .base = "/"}, false);
    for (const ConfigError& error : check.errors) ADD_FAILURE() << ToString(error);
    Control control;
    CollectingSink sink;
    RunResolvedArgs args{.resolved = check.resolved,
                         .folder = dir_.path() / JobFolderName(id),
                         .cache = dir_.path() / "cache"};
    auto outcome = RunResolved(args, sink, control, [](const JobInfo&) {});
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_TRUE(outcome.ok() && *outcome == Outcome::kSucceeded);
    return sink;
  }

  CollectingSink Train(const char* precision) {
    return Run(1, StrCat(R"(type: pretrain
model: {preset: custom, layers: 1, heads: 2, width: 16, context: 16}
train: {steps: 4, micro_batch: 4, threads: 1, precision: )",
                         precision, R"(}
optim: {learning_rate: 3.0e-3}
sample: {every: 0}
data: {tokenizer: char, corpus: )",
                         Text(), "}\n"));
  }

  CollectingSink Measure(int64_t id, const std::string& base, const std::string& part,
                         int64_t max_windows = 0) {
    return Run(id, StrCat("type: evaluate\nmodel: {base: ", base, "}\nthreads: 1\nmax_windows: ",
                          max_windows, "\ndata: {part: ", part, ", corpus: ", Text(), "}\n"));
  }

  TempDir dir_;
};

double Only(const CollectingSink& sink, const std::string& metric) {
  const auto series = sink.Series(metric);
  EXPECT_EQ(series.size(), 1u) << metric;
  return series.empty() ? std::nan("") : series.begin()->second;
}

TEST_F(EvaluateJobTest, MeasuresWhatTheRunMeasuredAtItsEnd) {
  CollectingSink trained = Train("fp32");
  const auto losses = trained.Series("val/loss");
  ASSERT_TRUE(losses.contains(4));

  const std::string folder =
      (dir_.path() / JobFolderName(1) / "checkpoints" / CheckpointName(4)).string();
  for (const std::string& base : {std::string("1@4"), folder}) {
    CollectingSink measured = Measure(2, base, "validation");
    const double loss = Only(measured, "val/loss");
    EXPECT_NEAR(loss, losses.at(4), 1e-6) << base;
    EXPECT_NEAR(Only(measured, "val/perplexity"), std::exp(loss), 1e-9);
    EXPECT_EQ(Only(measured, "val/tokens"), 16 * Only(measured, "val/windows"));
    EXPECT_GT(Only(measured, "val/loss_error"), 0);
    EXPECT_FALSE(measured.metrics.contains("floor/loss"));
  }
}

TEST_F(EvaluateJobTest, TellsHowFarRoundingInTrainingWent) {
  CollectingSink trained = Train("bf16");
  // The weights are kept in fp32 and measured in it; the run measured itself in bf16.
  EXPECT_NEAR(Only(Measure(2, "1@4", "validation"), "val/loss"), trained.Series("val/loss").at(4),
              0.02);
}

TEST_F(EvaluateJobTest, TakesThePartAndTheWindowsAskedFor) {
  Train("fp32");
  const double held = Only(Measure(2, "1@4", "validation"), "val/windows");
  CollectingSink all = Measure(3, "1@4", "all");
  EXPECT_GT(Only(all, "val/windows"), 8 * held);
  EXPECT_EQ(Only(Measure(4, "1@4", "all", 3), "val/windows"), 3);
  CollectingSink one = Measure(5, "1@4", "all", 1);
  EXPECT_EQ(Only(one, "val/windows"), 1);
  EXPECT_FALSE(one.metrics.contains("val/loss_error"));
}

}  // namespace
}  // namespace lab
