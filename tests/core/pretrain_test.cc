#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "core/checkpoint/manifest.h"
#include "core/jobs/job.h"
#include "core/jobs/run_resolved.h"
#include "core/tensor/precision.h"
#include "tests/support/collecting_sink.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr char kTiny[] = R"(type: pretrain
model: {preset: custom, layers: 2, heads: 2, width: 32, context: 16}
data: {corpus: markov, tokenizer: byte}
train: {steps: 12, micro_batch: 4, threads: 2}
optim: {learning_rate: 3.0e-3}
evaluate: {every: 4, batches: 2}
sample: {every: 5, tokens: 8, prompt: ""}
checkpoint: {every: 3, keep: all, keep_last: 100}
)";

// A run's folder and what it reported.
struct RunResult {
  absl::StatusOr<Outcome> outcome = Outcome::kSucceeded;
  CollectingSink sink;
};

class PretrainTest : public testing::Test {
 protected:
  std::string Resolved(const std::string& text, std::vector<std::string> overrides = {}) {
    CheckResult check = CheckConfig(
        {.text = text, .file = "tiny.yaml", .base = "/", .overrides = std::move(overrides)}, false);
    for (const ConfigError& error : check.errors) ADD_FAILURE() << ToString(error);
    return check.resolved;
  }

  // Runs in folder `name`; stops after `stop_step` (0: never); resumes from its newest full
  // checkpoint if there is one.
  RunResult Run(const std::string& name, const std::string& resolved, int64_t stop_step = 0,
                Stop stop = Stop::kPause) {
    Control control;
    RunResult result{.sink = CollectingSink(&control, stop_step, stop)};
    RunResolvedArgs args{
        .resolved = resolved, .folder = dir_.path() / name, .cache = dir_.path() / "cache"};
    auto checkpoints = ListCheckpoints(args.folder / "checkpoints");
    if (checkpoints.ok()) {
      for (const CheckpointFolder& folder : *checkpoints) {
        if (folder.full) args.resume = folder.path;
      }
    }
    result.outcome = RunResolved(args, result.sink, control, [](const JobInfo&) {});
    return result;
  }

  std::string File(const std::string& run, int64_t step, const std::string& file) {
    auto content = ReadFile(dir_.path() / run / "checkpoints" / CheckpointName(step) / file);
    EXPECT_TRUE(content.ok()) << content.status();
    return content.ok() ? *content : "";
  }

  void ExpectSameEnd(const std::string& a, const std::string& b, int64_t step) {
    for (const char* file : {"model.safetensors", "trainer/optimizer.safetensors"}) {
      EXPECT_TRUE(File(a, step, file) == File(b, step, file)) << file << " differs";
    }
  }

  TempDir dir_;
};

// Every step's value of `parts`, later runs replacing earlier ones from their resume on.
std::map<int64_t, double> Joined(const std::vector<const CollectingSink*>& parts,
                                 const std::string& metric) {
  std::map<int64_t, double> joined;
  for (const CollectingSink* part : parts) {
    for (const auto& [step, value] : part->Series(metric)) joined[step] = value;
  }
  return joined;
}

class PretrainIn : public PretrainTest, public testing::WithParamInterface<const char*> {
 protected:
  std::string InPrecision(std::vector<std::string> overrides = {}) {
    overrides.push_back(StrCat("train.precision=", GetParam()));
    return Resolved(kTiny, std::move(overrides));
  }
};

INSTANTIATE_TEST_SUITE_P(Precision, PretrainIn, testing::Values("fp32", "bf16"),
                         [](const auto& info) { return info.param; });

TEST_P(PretrainIn, ResumedRunEqualsUndisturbedBitForBit) {
  const std::string config =
      InPrecision({"model.dropout=0.1", "train.accumulation=2", "train.micro_batch=2"});
  RunResult whole = Run("whole", config);
  ASSERT_TRUE(whole.outcome.ok()) << whole.outcome.status();
  EXPECT_EQ(*whole.outcome, Outcome::kSucceeded);

  RunResult first = Run("parts", config, 5);
  ASSERT_TRUE(first.outcome.ok());
  EXPECT_EQ(*first.outcome, Outcome::kPaused);
  RunResult second = Run("parts", config, 8, Stop::kLeave);
  EXPECT_EQ(*second.outcome, Outcome::kLeft);
  RunResult third = Run("parts", config);
  ASSERT_TRUE(third.outcome.ok()) << third.outcome.status();

  for (const char* metric : {"train/loss", "train/grad_norm", "train/learning_rate", "val/loss",
                             "train/tokens", "update/ratio"}) {
    EXPECT_EQ(whole.sink.Series(metric), Joined({&first.sink, &second.sink, &third.sink}, metric))
        << metric;
  }
  std::map<int64_t, std::string> samples, resumed_samples;
  for (const SampleRecord& sample : whole.sink.samples) samples[sample.step] = sample.text;
  for (const RunResult* part : {&first, &second, &third}) {
    for (const SampleRecord& sample : part->sink.samples) {
      EXPECT_EQ(resumed_samples.count(sample.step), 0u) << "sampled twice at " << sample.step;
      resumed_samples[sample.step] = sample.text;
    }
  }
  EXPECT_EQ(samples, resumed_samples);
  ExpectSameEnd("whole", "parts", 12);
}

TEST_F(PretrainTest, ContinuesAnotherRunsCheckpointBitForBit) {
  RunResult whole = Run("jobs/000001", Resolved(kTiny));
  ASSERT_TRUE(whole.outcome.ok()) << whole.outcome.status();
  // By labd's pinned reference: the job beside this one.
  RunResult rest = Run("jobs/000002", Resolved(kTiny, {"resume=1@6"}));
  ASSERT_TRUE(rest.outcome.ok()) << rest.outcome.status();
  ExpectSameEnd("jobs/000001", "jobs/000002", 12);
  std::map<int64_t, double> losses = rest.sink.Series("train/loss");
  EXPECT_EQ(losses.begin()->first, 7);
  for (const auto& [step, loss] : losses) {
    EXPECT_EQ(loss, whole.sink.Series("train/loss").at(step)) << step;
  }
  // Evaluated and sampled where the whole run was, and not once more for step 6.
  EXPECT_EQ(rest.sink.Series("val/loss").count(4), 0u);
  EXPECT_EQ(rest.sink.Series("val/loss").at(12), whole.sink.Series("val/loss").at(12));
  ASSERT_EQ(rest.sink.marks.size(), 1u);
  EXPECT_EQ(rest.sink.marks[0].second, "continues 1@6");
  // Stopped and gone on with, it goes on from its own checkpoint.
  Run("jobs/000003", Resolved(kTiny, {"resume=1@6"}), 9);
  RunResult last = Run("jobs/000003", Resolved(kTiny, {"resume=1@6"}));
  EXPECT_EQ(last.sink.Series("train/loss").begin()->first, 10);
  ExpectSameEnd("jobs/000001", "jobs/000003", 12);
}

TEST_F(PretrainTest, SaysInWhatAContinuedRunDiffers) {
  Run("first", Resolved(kTiny));
  const std::string folder = (dir_.path() / "first/checkpoints/step-000012").string();
  RunResult more = Run("more", Resolved(kTiny, {StrCat("resume=", folder), "train.steps=14",
                                                "optim.learning_rate=1e-4"}));
  ASSERT_TRUE(more.outcome.ok()) << more.outcome.status();
  EXPECT_EQ(more.sink.Series("train/loss").size(), 2u);
  ASSERT_EQ(more.sink.marks.size(), 1u);
  EXPECT_EQ(more.sink.marks[0].first, 12);
  EXPECT_EQ(more.sink.marks[0].second,
            StrCat("continues ", folder,
                   "; differs in train.steps 12 → 14, optim.learning_rate 0.003 → 1e-04"));
  RunResult none = Run("none", Resolved(kTiny, {StrCat("resume=", folder)}));
  EXPECT_NE(none.outcome.status().message().find("set train.steps higher"), std::string::npos)
      << none.outcome.status();
}

TEST_F(PretrainTest, BeginsWithAnotherRunsWeights) {
  Run("first", Resolved(kTiny));
  const std::string init =
      StrCat("init=", (dir_.path() / "first/checkpoints/step-000012").string());
  // At no rate to speak of the weights stay what they were.
  RunResult same = Run("same", Resolved(kTiny, {init, "train.steps=1", "optim.learning_rate=1e-30",
                                                "optim.weight_decay=0"}));
  ASSERT_TRUE(same.outcome.ok()) << same.outcome.status();
  EXPECT_TRUE(File("first", 12, "model.safetensors") == File("same", 1, "model.safetensors"));
  RunResult fresh = Run("fresh", Resolved(kTiny, {"train.steps=1"}));
  EXPECT_LT(same.sink.Series("train/loss").at(1), fresh.sink.Series("train/loss").at(1) - 0.1);
  ASSERT_FALSE(same.sink.marks.empty());
  EXPECT_EQ(same.sink.marks[0].first, 0);
}

TEST_F(PretrainTest, RefusesToBeginWithWhatDoesNotFit) {
  Run("first", Resolved(kTiny));
  const std::string folder = (dir_.path() / "first/checkpoints/step-000012").string();
  for (const char* field : {"init", "resume"}) {
    const std::string from = StrCat(field, "=", folder);
    RunResult wide = Run(StrCat("wide", field), Resolved(kTiny, {from, "model.width=64"}));
    EXPECT_NE(wide.outcome.status().message().find("is of another model"), std::string::npos)
        << wide.outcome.status();
    RunResult words =
        Run(StrCat("words", field), Resolved(kTiny, {from, "data.tokenizer=bpe:257"}));
    EXPECT_NE(words.outcome.status().message().find("another tokenizer"), std::string::npos)
        << words.outcome.status();
  }
  CheckResult both = CheckConfig(
      {.text = kTiny, .base = "/", .overrides = {"init=1@6", StrCat("resume=", folder)}}, false);
  ASSERT_EQ(both.errors.size(), 1u);
  EXPECT_EQ(both.errors[0].field, "init");
}

TEST_F(PretrainTest, ProgressOfAResumedRunNeverFallsBack) {
  const std::string config = Resolved(kTiny);
  Run("run", config, 7);
  RunResult rest = Run("run", config);
  ASSERT_FALSE(rest.sink.progress.empty());
  for (const ProgressRecord& record : rest.sink.progress) {
    EXPECT_GE(record.step, 7) << record.phase;
    EXPECT_EQ(record.total_steps, 12) << record.phase;
    EXPECT_GT(record.tokens, 0) << record.phase;
  }
  // One that had made its last step before it was cut off.
  RunResult again = Run("run", config);
  ASSERT_FALSE(again.sink.progress.empty());
  EXPECT_EQ(again.sink.progress.back().step, 12);
  EXPECT_EQ(again.sink.progress.back().phase, "training");
  EXPECT_EQ(again.sink.progress.back().fraction, 1);
}

TEST_F(PretrainTest, StoppedWhileEvaluatingLogsThatEvaluationOnceItGoesOn) {
  const std::string config = Resolved(kTiny);
  // The stop is asked for at the loss of step 4, whose evaluation is then due.
  RunResult first = Run("parts", config, 4);
  EXPECT_EQ(first.sink.Series("val/loss").count(4), 0u);
  RunResult second = Run("parts", config);
  RunResult whole = Run("whole", config);
  EXPECT_EQ(second.sink.Series("val/loss").count(4), 1u);
  EXPECT_EQ(whole.sink.Series("val/loss"), Joined({&first.sink, &second.sink}, "val/loss"));
}

TEST_P(PretrainIn, LossDoesNotDependOnTheSplitOfTheBatch) {
  const double tolerance = GetParam() == std::string("bf16") ? 1e-3 : 1e-6;
  std::vector<std::map<int64_t, double>> losses;
  for (auto [micro, accumulation] : {std::pair{8, 1}, {4, 2}, {2, 4}, {1, 8}}) {
    RunResult run =
        Run(StrCat("split", micro), InPrecision({StrCat("train.micro_batch=", micro),
                                                 StrCat("train.accumulation=", accumulation),
                                                 "model.dropout=0.2", "train.steps=6"}));
    ASSERT_TRUE(run.outcome.ok()) << run.outcome.status();
    losses.push_back(run.sink.Series("train/loss"));
  }
  for (const auto& series : losses) {
    ASSERT_EQ(series.size(), 6u);
    for (const auto& [step, loss] : series) {
      EXPECT_NEAR(loss, losses[0][step], tolerance * loss * static_cast<double>(step)) << step;
    }
  }
}

TEST_P(PretrainIn, ExplicitAttentionTrainsLikeFused) {
  const double tolerance = GetParam() == std::string("bf16") ? 5e-3 : 2e-5;
  RunResult fused = Run("fused", InPrecision({"model.dropout=0.1"}));
  RunResult explicit_run =
      Run("explicit", InPrecision({"model.dropout=0.1", "model.attention=explicit"}));
  ASSERT_TRUE(explicit_run.outcome.ok()) << explicit_run.outcome.status();
  for (const auto& [step, loss] : fused.sink.Series("train/loss")) {
    EXPECT_NEAR(explicit_run.sink.Series("train/loss").at(step), loss, tolerance) << step;
  }
}

TEST_F(PretrainTest, Bf16LearnsAsFp32Does) {
  auto final_loss = [&](const char* precision) {
    RunResult run =
        Run(precision, Resolved(kTiny, {StrCat("train.precision=", precision), "train.steps=120",
                                        "checkpoint.every=0", "checkpoint.keep=none"}));
    EXPECT_TRUE(run.outcome.ok()) << run.outcome.status();
    return run.sink.Series("val/loss").at(120);
  };
  const double fp32 = final_loss("fp32"), bf16 = final_loss("bf16");
  EXPECT_LT(fp32, 4.5);  // from 5.55: it learned
  EXPECT_NEAR(bf16, fp32, 0.01 * fp32);
  EXPECT_NE(bf16, fp32);
}

TEST_F(PretrainTest, Bf16CheckpointsHoldTheForwardsWeightsAndTheMasters) {
  RunResult run = Run("run", Resolved(kTiny, {"train.precision=bf16", "train.steps=3"}));
  ASSERT_TRUE(run.outcome.ok()) << run.outcome.status();
  EXPECT_NE(File("run", 3, "model.safetensors").find("\"BF16\""), std::string::npos);
  EXPECT_EQ(File("run", 3, "model.safetensors").find("\"F32\""), std::string::npos);
  EXPECT_NE(File("run", 3, "config.json").find("\"torch_dtype\": \"bfloat16\""), std::string::npos);
  EXPECT_NE(File("run", 3, "trainer/optimizer.safetensors").find("\"master.transformer.wte.weight"),
            std::string::npos);
  EXPECT_NE(File("run", 3, "trainer/state.json").find("\"precision\": \"bf16\""),
            std::string::npos);
}

TEST_F(PretrainTest, ARunKeepsThePrecisionItBeganInAndSaysSo) {
  RunResult first = Run("run", Resolved(kTiny, {"train.precision=bf16"}), 5);
  ASSERT_TRUE(first.outcome.ok()) << first.outcome.status();
  RunResult second = Run("run", Resolved(kTiny, {"train.precision=fp32"}));
  ASSERT_TRUE(second.outcome.ok()) << second.outcome.status();
  RunResult whole = Run("whole", Resolved(kTiny, {"train.precision=bf16"}));
  EXPECT_EQ(whole.sink.Series("train/loss"), Joined({&first.sink, &second.sink}, "train/loss"));
  bool said = false;
  for (const std::string& line : second.sink.log) {
    said = said || line.find("the run goes on in bf16") != std::string::npos;
  }
  EXPECT_TRUE(said);
}

TEST(PretrainCheck, AutoPrecisionIsResolvedByTheProcessor) {
  CheckResult check = CheckConfig({.text = "type: pretrain\nmodel: {preset: nano}\n"}, false);
  const char* expected = HasBf16Instructions() ? "precision: bf16" : "precision: fp32";
  EXPECT_NE(check.resolved.find(expected), std::string::npos) << check.resolved;
}

TEST(PretrainCheck, ForecastsBf16Memory) {
  auto bytes = [](const char* precision) {
    CheckResult check = CheckConfig({.text = "type: pretrain\nmodel: {preset: nano}\n",
                                     .overrides = {StrCat("train.precision=", precision)}},
                                    false);
    std::map<std::string, int64_t> parts;
    for (const MemoryComponent& part : check.forecast->memory) parts[part.component] = part.bytes;
    return parts;
  };
  auto fp32 = bytes("fp32"), bf16 = bytes("bf16");
  EXPECT_EQ(bf16.at("weights") * 2, fp32.at("weights"));
  EXPECT_EQ(bf16.at("masters"), fp32.at("weights"));
  EXPECT_EQ(bf16.at("gradients"), fp32.at("gradients"));
  EXPECT_EQ(bf16.at("optimizer"), fp32.at("optimizer"));
  EXPECT_EQ(bf16.at("logits") * 2, fp32.at("logits"));
  EXPECT_LT(bf16.at("activations"), 0.51 * static_cast<double>(fp32.at("activations")));
  EXPECT_EQ(fp32.count("masters"), 0u);
}

TEST_F(PretrainTest, LogsFloorsValidationAndCosts) {
  RunResult run = Run("run", Resolved(kTiny));
  ASSERT_TRUE(run.outcome.ok()) << run.outcome.status();
  const double floor = run.sink.Series("floor/loss").at(0);
  EXPECT_GT(floor, 0);
  EXPECT_NEAR(run.sink.Series("floor/val_loss").at(0), floor, 0.1 * floor);
  auto validation = run.sink.Series("val/loss");
  std::set<int64_t> steps;
  for (const auto& [step, loss] : validation) steps.insert(step);
  EXPECT_EQ(steps, (std::set<int64_t>{0, 4, 8, 12}));
  EXPECT_NEAR(validation.at(0), std::log(257.0), 0.1);
  EXPECT_LT(validation.at(12), validation.at(0));
  EXPECT_NEAR(run.sink.Series("val/perplexity").at(12), std::exp(validation.at(12)), 1e-9);
  EXPECT_EQ(run.sink.Series("train/loss").size(), 12u);
  EXPECT_EQ(run.sink.Series("train/tokens").at(12), 12 * 4 * 16);
  EXPECT_GT(run.sink.Series("memory/peak_bytes").at(12), 1e6);
}

TEST_F(PretrainTest, LossesAndFloorsSplitIntoTheTextsParts) {
  using Parts = std::vector<std::string>;
  for (auto& [corpus, parts] : {std::pair{"arithmetic", Parts{"question", "answer"}},
                                {"copy", Parts{"first", "returning"}}}) {
    for (const char* tokenizer : {"byte", "char", "bpe:300"}) {
      RunResult run = Run(StrCat(corpus, std::string(1, tokenizer[1])),
                          Resolved(kTiny, {StrCat("data.corpus=", corpus), "train.steps=4",
                                           StrCat("data.tokenizer=", tokenizer)}));
      ASSERT_TRUE(run.outcome.ok()) << run.outcome.status();
      auto series = [&](const std::string& name) { return run.sink.Series(name); };
      const double floor = series("floor/loss").at(0);
      EXPECT_NEAR(series("floor/" + parts[0]).at(0) + series("floor/" + parts[1]).at(0), floor,
                  1e-12);
      ASSERT_EQ(series("val/loss").size(), 2u);
      for (const auto& [step, loss] : series("val/loss")) {
        const double first = series("val/" + parts[0]).at(step);
        const double second = series("val/" + parts[1]).at(step);
        EXPECT_GT(first, 0);
        EXPECT_GT(second, 0);
        EXPECT_NEAR(first + second, loss, 1e-9) << step;
      }
    }
  }
  EXPECT_TRUE(Run("plain", Resolved(kTiny)).sink.Series("floor/question").empty());
}

TEST_F(PretrainTest, NeverMeansNeverAndSilenceMovesNothing) {
  RunResult loud = Run("loud", Resolved(kTiny));
  RunResult quiet = Run("quiet", Resolved(kTiny, {"evaluate.every=0", "sample.every=0"}));
  EXPECT_TRUE(quiet.sink.Series("val/loss").empty());
  EXPECT_TRUE(quiet.sink.samples.empty());
  EXPECT_EQ(loud.sink.Series("train/loss"), quiet.sink.Series("train/loss"));
}

std::vector<int64_t> Steps(const std::map<int64_t, double>& series) {
  std::vector<int64_t> steps;
  for (const auto& [step, value] : series) steps.push_back(step);
  return steps;
}

TEST_F(PretrainTest, ObservingLogsWhatIsAskedForAndMovesNothing) {
  const std::string asked = "observe.metrics=[heads/induction, residual/norm]";
  RunResult plain = Run("plain", Resolved(kTiny));
  RunResult with = Run("with", Resolved(kTiny, {asked}));
  EXPECT_TRUE(plain.sink.declared.empty());
  EXPECT_EQ(with.sink.declared.size(), 4u + 5u);  // heads, points
  for (const char* metric : {"train/loss", "val/loss"}) {
    EXPECT_EQ(plain.sink.Series(metric), with.sink.Series(metric)) << metric;
  }
  ExpectSameEnd("plain", "with", 12);
  const auto induction = with.sink.Series("heads/induction/1.0");
  EXPECT_EQ(Steps(induction), (std::vector<int64_t>{0, 4, 8, 12}));
  EXPECT_GT(induction.at(12), 0);
  EXPECT_LT(induction.at(12), 1);

  // On a cadence of its own, and without validation, it hears the same text.
  RunResult often = Run("often", Resolved(kTiny, {asked, "observe.every=3"}));
  const auto other = often.sink.Series("heads/induction/1.0");
  EXPECT_EQ(Steps(other), (std::vector<int64_t>{0, 3, 6, 9, 12}));
  EXPECT_EQ(other.at(0), induction.at(0));
  EXPECT_EQ(other.at(12), induction.at(12));
  RunResult alone = Run("alone", Resolved(kTiny, {asked, "observe.every=6", "evaluate.every=0"}));
  EXPECT_EQ(alone.sink.Series("residual/norm/1.post").at(6),
            often.sink.Series("residual/norm/1.post").at(6));
  EXPECT_TRUE(alone.sink.Series("val/loss").empty());
}

TEST_F(PretrainTest, ObservationsOfAResumedRunAreTheUndisturbedOnes) {
  const std::string config = Resolved(
      kTiny, {"observe.metrics=[heads/entropy, heads/repeated_induction]", "observe.every=5"});
  RunResult whole = Run("whole", config);
  RunResult first = Run("parts", config, 5);
  RunResult second = Run("parts", config);
  ASSERT_TRUE(second.outcome.ok()) << second.outcome.status();
  for (const char* metric : {"heads/entropy/0.1", "heads/repeated_induction/1.1"}) {
    EXPECT_EQ(whole.sink.Series(metric), Joined({&first.sink, &second.sink}, metric)) << metric;
    const size_t points = first.sink.metrics[metric].size() + second.sink.metrics[metric].size();
    EXPECT_EQ(points, whole.sink.Series(metric).size()) << "observed twice";
  }
}

TEST(PretrainCheck, RefusesToObserveWhatCannotBe) {
  auto first_error = [](const std::string& more) {
    CheckResult check = CheckConfig({.text = StrCat(kTiny, more), .base = "/"}, false);
    return check.errors.empty() ? "" : ToString(check.errors.front());
  };
  EXPECT_NE(first_error("observe: {metrics: [heads/inducton]}\n").find("must be one of"),
            std::string::npos);
  CheckResult check = CheckConfig({.text = StrCat(kTiny, "observe: {metrics: [heads/sink]}\n"),
                                   .base = "/",
                                   .overrides = {"data.validation.fraction=0", "evaluate.every=0"}},
                                  false);
  ASSERT_FALSE(check.errors.empty());
  EXPECT_EQ(check.errors.front().field, "observe.metrics");
}

TEST_F(PretrainTest, RunEndsWithAReasonWhenTheLossExplodes) {
  RunResult run = Run("run", Resolved(kTiny, {"optim.learning_rate=1e6", "train.clip_norm=0",
                                              "schedule.warmup=0", "train.steps=40"}));
  ASSERT_FALSE(run.outcome.ok());
  EXPECT_EQ(ReasonOf(run.outcome.status()), "LOSS_NOT_FINITE");
  auto losses = run.sink.Series("train/loss");
  auto norms = run.sink.Series("train/grad_norm");
  EXPECT_FALSE(std::isfinite(losses.rbegin()->second) && std::isfinite(norms.rbegin()->second));
}

TEST_F(PretrainTest, StopBeforeTheTextIsReadyLeavesNothingHalfMade) {
  Control control;
  control.RequestStop(Stop::kCancel);
  CollectingSink sink;
  auto outcome = RunResolved(
      {.resolved = Resolved(kTiny), .folder = dir_.path() / "run", .cache = dir_.path() / "cache"},
      sink, control, [](const JobInfo&) {});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(*outcome, Outcome::kCancelled);
  for (const auto& entry : fs::recursive_directory_iterator(dir_.path() / "cache")) {
    EXPECT_FALSE(entry.path().filename().string().ends_with(".tokens")) << entry.path();
  }
}

TEST_F(PretrainTest, OrphanedRunLeavesItsFramesInTheFarewell) {
  RunResult run = Run("run", Resolved(kTiny), 5, Stop::kOrphaned);
  ASSERT_TRUE(run.outcome.ok()) << run.outcome.status();
  EXPECT_EQ(File("run", 5, "trainer/unacknowledged.frames"), "frames");
}

// labd may die before it hears of a pause's checkpoint, and it must know it again if it did hear.
TEST_F(PretrainTest, PausedRunLeavesItsFramesAndTellsTheTrainersHash) {
  RunResult run = Run("run", Resolved(kTiny), 5);
  ASSERT_TRUE(run.outcome.ok()) << run.outcome.status();
  EXPECT_EQ(File("run", 5, "trainer/unacknowledged.frames"), "frames");
  const CheckpointRecord& last = run.sink.checkpoints.back();
  EXPECT_EQ(last.step, 5);
  EXPECT_EQ(last.trainer_sha256, Sha256(File("run", 5, "trainer/manifest.json")));
  RunResult whole = Run("run", Resolved(kTiny));
  ASSERT_TRUE(whole.outcome.ok()) << whole.outcome.status();
  EXPECT_EQ(File("run", 12, "trainer/unacknowledged.frames"), "");
}

TEST_F(PretrainTest, KeepsLogSpacedWeightsAndTheLastFullOnes) {
  RunResult run = Run("run", Resolved(kTiny, {"checkpoint.keep=log", "checkpoint.keep_last=2"}));
  ASSERT_TRUE(run.outcome.ok()) << run.outcome.status();
  std::map<int64_t, bool> kept;
  auto folders = ListCheckpoints(dir_.path() / "run" / "checkpoints");
  ASSERT_TRUE(folders.ok()) << folders.status();
  for (const CheckpointFolder& folder : *folders) kept[folder.step] = folder.full;
  for (int64_t step : {0, 1, 2, 4, 8}) EXPECT_EQ(kept.count(step), 1u) << step;
  EXPECT_TRUE(kept.at(12));
  EXPECT_TRUE(kept.at(9));
  EXPECT_EQ(kept.count(3), 0u);
}

TEST_F(PretrainTest, LengthMayBeGivenInTokensOrEpochs) {
  RunResult tokens = Run("tokens", Resolved(R"(type: pretrain
model: {preset: custom, layers: 1, heads: 1, width: 8, context: 16}
data: {corpus: markov, tokenizer: byte}
train: {tokens: 200, micro_batch: 4}
)"));
  ASSERT_TRUE(tokens.outcome.ok()) << tokens.outcome.status();
  EXPECT_EQ(tokens.sink.Series("train/loss").size(), 4u);  // ⌈200 / 64⌉
}

TEST(PretrainCheck, ListsEveryErrorAtOnce) {
  CheckResult check = CheckConfig({.text = "type: pretrain\n"
                                           "model: {preset: nano, headz: 3}\n"
                                           "train: {steps: 0, tokens: 5}\n"
                                           "data: {corpus: storys}\n",
                                   .file = "bad.yaml"},
                                  false);
  std::string all;
  for (const ConfigError& error : check.errors) all += ToString(error) + "\n";
  EXPECT_NE(all.find("bad.yaml:2: model.headz"), std::string::npos) << all;
  EXPECT_NE(all.find("heads"), std::string::npos) << all;
  EXPECT_NE(all.find("bad.yaml:3: train.steps"), std::string::npos) << all;
  EXPECT_FALSE(check.forecast.has_value());
}

TEST(PretrainCheck, ForecastsParametersMemoryAndTokens) {
  CheckResult check = CheckConfig({.text = "type: pretrain\nmodel: {preset: nano}\n"}, false);
  ASSERT_TRUE(check.errors.empty()) << ToString(check.errors[0]);
  ASSERT_TRUE(check.forecast.has_value());
  EXPECT_EQ(check.forecast->tokens_per_step, 8 * 256);
  EXPECT_EQ(check.forecast->total_steps, 600);
  // 2048·256 + 256·256 embeddings, 6 blocks of 12·256² + 13·256 − 3·256 (no QKV bias), 2·256.
  EXPECT_EQ(check.forecast->parameters,
            2048 * 256 + 256 * 256 + 6 * (12 * 256 * 256 + 10 * 256) + 2 * 256);
  EXPECT_FALSE(check.forecast->memory.empty());
  EXPECT_NE(check.resolved.find("layers: 6"), std::string::npos) << check.resolved;
}

TEST(PretrainCheck, RefusesACorpusThatCannotSuffice) {
  TempDir dir;
  ASSERT_TRUE(WriteFileAtomically(dir.path() / "tiny.txt", "too little").ok());
  CheckResult check =
      CheckConfig({.text = "type: pretrain\ndata: {corpus: ./tiny.txt, tokenizer: byte}\n",
                   .file = "c.yaml",
                   .base = dir.path().string()},
                  false);
  ASSERT_EQ(check.errors.size(), 1u);
  EXPECT_EQ(check.errors[0].reason, "CORPUS_TOO_SMALL");
  EXPECT_NE(check.errors[0].message.find("10"), std::string::npos) << check.errors[0].message;
}

TEST(PretrainCheck, UnknownJobTypeNamesTheNearest) {
  CheckResult check = CheckConfig({.text = "type: pretrian\n", .file = "x.yaml"}, false);
  ASSERT_EQ(check.errors.size(), 1u);
  EXPECT_EQ(check.errors[0].suggestion, "pretrain");
}

}  // namespace
}  // namespace lab
