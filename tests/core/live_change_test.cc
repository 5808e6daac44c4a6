// Changed settings, early ends and updates that cannot be made, in real tiny runs.

#include <cmath>
#include <map>
#include <set>

#include <ATen/ops/mul.h>
#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "core/checkpoint/manifest.h"
#include "core/data/prepare.h"
#include "core/jobs/job.h"
#include "core/jobs/run_resolved.h"
#include "core/model/gpt2.h"
#include "core/model/init.h"
#include "core/model/kv_cache.h"
#include "core/train/bad_batch.h"
#include "core/train/batches.h"
#include "tests/support/collecting_sink.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr char kTiny[] = R"(type: pretrain
model: {preset: custom, layers: 2, heads: 2, width: 32, context: 16, dropout: 0.1}
data: {corpus: markov, tokenizer: byte}
train: {steps: 12, micro_batch: 4, threads: 1}
optim: {learning_rate: 3.0e-3}
evaluate: {every: 4, batches: 2}
sample: {every: 5, tokens: 8, prompt: ""}
checkpoint: {every: 3, keep: all, keep_last: 100}
)";

// Hands the run a change while it makes the update of a step, and remembers what acted.
class ChangingSink : public CollectingSink {
 public:
  explicit ChangingSink(Control* control, int64_t stop_step = 0)
      : CollectingSink(control, stop_step), control_(control) {}

  void Metric(std::string_view name, int64_t step, double value) override {
    CollectingSink::Metric(name, step, value);
    if (name != "train/loss") return;
    if (auto found = during.find(step); found != during.end()) {
      control_->AddChanges(found->second);
    }
  }
  void MarkAs(std::string_view kind, int64_t step, std::string_view text) override {
    kinds.emplace_back(kind, step);
    Mark(step, text);
  }
  void Changed(const LiveChange& change) override { acted.emplace_back(change.id, change.step); }

  std::map<int64_t, std::vector<LiveChange>> during;
  std::vector<std::pair<std::string, int64_t>> kinds;
  std::vector<std::pair<int64_t, int64_t>> acted;

 private:
  Control* control_;
};

using Acted = std::vector<std::pair<int64_t, int64_t>>;

class LiveTest : public testing::Test {
 protected:
  std::string Resolved(std::vector<std::string> overrides = {}) {
    CheckResult check = CheckConfig(
        {.text = kTiny, .file = "tiny.yaml", .base = "/", .overrides = std::move(overrides)},
        false);
    for (const ConfigError& error : check.errors) ADD_FAILURE() << ToString(error);
    return check.resolved;
  }

  struct Given {
    std::vector<LiveChange> before;                     // known when the run begins
    std::map<int64_t, std::vector<LiveChange>> during;  // by the step that is being made
    int64_t stop_step = 0;
  };

  // Runs in folder `name` from its newest full checkpoint, if there is one.
  std::unique_ptr<ChangingSink> Run(const std::string& name, const std::string& resolved,
                                    const Given& given) {
    Control control;
    control.AddChanges(given.before);
    auto sink = std::make_unique<ChangingSink>(&control, given.stop_step);
    sink->during = given.during;
    RunResolvedArgs args{
        .resolved = resolved, .folder = dir_.path() / name, .cache = dir_.path() / "cache"};
    auto checkpoints = ListCheckpoints(args.folder / "checkpoints");
    if (checkpoints.ok()) {
      for (const CheckpointFolder& folder : *checkpoints) {
        if (folder.full) args.resume = folder.path;
      }
    }
    outcome_ = RunResolved(args, *sink, control, [](const JobInfo&) {});
    return sink;
  }

  // As if the worker had been killed before it wrote anything after `step`.
  void LoseCheckpointsAfter(const std::string& run, int64_t step) {
    auto checkpoints = ListCheckpoints(dir_.path() / run / "checkpoints");
    ASSERT_TRUE(checkpoints.ok());
    for (const CheckpointFolder& folder : *checkpoints) {
      if (folder.step > step) fs::remove_all(folder.path);
    }
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
  absl::StatusOr<Outcome> outcome_ = Outcome::kSucceeded;
};

const LiveChange kSlower{
    .id = 1, .field = "optim.learning_rate", .before = "0.003", .value = "0.001"};

LiveChange At(LiveChange change, int64_t step) {
  change.step = step;
  return change;
}

TEST_F(LiveTest, ARateSetMidRunScalesTheScheduleFromTheNextStepOn) {
  auto plain = Run("plain", Resolved(), {});
  auto changed = Run("changed", Resolved(), {.during = {{5, {kSlower}}}});
  ASSERT_TRUE(outcome_.ok()) << outcome_.status();
  EXPECT_EQ(changed->acted, (Acted{{1, 5}}));
  auto before = plain->Series("train/learning_rate");
  for (const auto& [step, rate] : changed->Series("train/learning_rate")) {
    EXPECT_DOUBLE_EQ(rate, step <= 5 ? before[step] : before[step] / 3) << step;
  }
  EXPECT_EQ(changed->Series("train/loss").at(6), plain->Series("train/loss").at(6));
  EXPECT_NE(changed->Series("train/loss").at(8), plain->Series("train/loss").at(8));
  EXPECT_NE(File("changed", 6, "trainer/state.json").find("learning_rate: 0.001"),
            std::string::npos);
  EXPECT_NE(File("changed", 3, "trainer/state.json").find("learning_rate: 0.003"),
            std::string::npos);
}

TEST_F(LiveTest, AReplayAppliesChangesAgainAtTheirStepsBitForBit) {
  const LiveChange often{.id = 2, .field = "evaluate.every", .before = "4", .value = "1"};
  const Given given{.during = {{5, {kSlower}}, {7, {often}}}};
  auto whole = Run("whole", Resolved(), given);
  Run("parts", Resolved(), {.during = given.during, .stop_step = 8});
  LoseCheckpointsAfter("parts", 3);
  auto replay = Run("parts", Resolved(), {.before = {At(kSlower, 5), At(often, 7)}});
  ASSERT_TRUE(outcome_.ok()) << outcome_.status();
  EXPECT_EQ(replay->acted, (Acted{{1, 5}, {2, 7}}));
  for (const char* metric : {"train/loss", "train/learning_rate", "val/loss"}) {
    auto expected = whole->Series(metric);
    std::erase_if(expected, [](const auto& point) { return point.first <= 3; });
    EXPECT_EQ(replay->Series(metric), expected) << metric;
  }
  EXPECT_EQ(replay->Series("val/loss").count(9), 1u);
  ExpectSameEnd("whole", "parts", 12);
}

TEST_F(LiveTest, AResumeAfterAChangeCarriesItAndTellsItNoSecondTime) {
  auto whole = Run("whole", Resolved(), {.during = {{5, {kSlower}}}});
  Run("parts", Resolved(), {.during = {{5, {kSlower}}}, .stop_step = 8});
  auto resumed = Run("parts", Resolved(), {.before = {At(kSlower, 5)}});
  EXPECT_TRUE(resumed->acted.empty());
  ExpectSameEnd("whole", "parts", 12);
  // By hand nobody tells the changes: the checkpoint knows them.
  Run("hand", Resolved(), {.during = {{5, {kSlower}}}, .stop_step = 8});
  Run("hand", Resolved(), {});
  ExpectSameEnd("whole", "hand", 12);
}

TEST_F(LiveTest, AChangeThatActedUntoldIsToldAfterAResume) {
  Run("parts", Resolved(), {.during = {{5, {kSlower}}}, .stop_step = 8});
  auto resumed = Run("parts", Resolved(), {.before = {kSlower}});
  EXPECT_EQ(resumed->acted, (Acted{{1, 5}}));
}

TEST_F(LiveTest, AChangeThatActedBehindTheCheckpointOfItsStepIsToldAgain) {
  Run("parts", Resolved(), {.stop_step = 6});
  // The mark of the first time came after the checkpoint: it is superseded.
  auto again = Run("parts", Resolved(), {.before = {At(kSlower, 6)}});
  EXPECT_EQ(again->acted, (Acted{{1, 6}}));
  Run("earlier", Resolved(), {.stop_step = 6});
  auto earlier = Run("earlier", Resolved(), {.before = {At(kSlower, 5)}});
  EXPECT_TRUE(earlier->acted.empty());
}

TEST_F(LiveTest, ChangesActInTheirOrderAlsoWhereAnEarlierOneWaitsForItsStep) {
  const LiveChange later{
      .id = 2, .field = "optim.learning_rate", .before = "0.001", .value = "0.002"};
  auto run = Run("run", Resolved(), {.before = {At(kSlower, 5), later}});
  EXPECT_EQ(run->acted, (Acted{{1, 5}, {2, 5}}));
}

TEST_F(LiveTest, AChangeOfAQueuedJobActsBeforeTheFirstStep) {
  auto changed = Run("changed", Resolved(), {.before = {kSlower}});
  auto submitted = Run("submitted", Resolved({"optim.learning_rate=0.001"}), {});
  EXPECT_EQ(changed->acted, (Acted{{1, 0}}));
  EXPECT_EQ(changed->Series("train/loss"), submitted->Series("train/loss"));
  ExpectSameEnd("changed", "submitted", 12);
}

TEST_F(LiveTest, ANewLengthMovesTheEndOfRunAndSchedule) {
  const LiveChange shorter{.id = 1, .field = "train.steps", .before = "12", .value = "9"};
  auto run = Run("run", Resolved(), {.during = {{5, {shorter}}}});
  auto rates = run->Series("train/learning_rate");
  EXPECT_EQ(rates.size(), 9u);
  EXPECT_NEAR(rates.at(9), 3e-4, 1e-12);  // the final tenth of the peak
  EXPECT_EQ(run->Series("val/loss").count(9), 1u);
  // One that was passed before it was heard of ends the run where it is.
  const LiveChange passed{.id = 1, .field = "train.steps", .before = "12", .value = "4"};
  auto stopped = Run("stopped", Resolved(), {.during = {{6, {passed}}}});
  ASSERT_TRUE(outcome_.ok()) << outcome_.status();
  EXPECT_EQ(*outcome_, Outcome::kSucceeded);
  EXPECT_EQ(stopped->Series("train/loss").size(), 6u);
}

TEST_F(LiveTest, PatienceEndsARunThatFindsNoNewBest) {
  auto run = Run("run",
                 Resolved({"optim.learning_rate=0", "evaluate.patience=2", "evaluate.every=2",
                           "checkpoint.every=0"}),
                 {});
  ASSERT_TRUE(outcome_.ok()) << outcome_.status();
  EXPECT_EQ(*outcome_, Outcome::kSucceeded);
  EXPECT_EQ(run->Series("train/loss").size(), 4u);
  ASSERT_EQ(run->kinds.size(), 1u);
  EXPECT_EQ(run->kinds[0], (std::pair<std::string, int64_t>{"stop", 4}));
  EXPECT_EQ(run->marks.back().second,
            "ended early at step 4: val/loss found no new best in 2 validations; the best is that "
            "of step 0");
  EXPECT_EQ(run->checkpoints.back().step, 4);
  EXPECT_EQ(run->checkpoints.back().kind, "full");
  // The count goes over a pause.
  Run("parts", Resolved({"optim.learning_rate=0", "evaluate.patience=2", "evaluate.every=2"}),
      {.stop_step = 3});
  auto rest = Run(
      "parts", Resolved({"optim.learning_rate=0", "evaluate.patience=2", "evaluate.every=2"}), {});
  EXPECT_EQ(rest->Series("train/loss").size(), 1u);
}

TEST_F(LiveTest, EachNewBestIsKeptWhateverTheCheckpointCadence) {
  auto run =
      Run("run", Resolved({"evaluate.every=1", "checkpoint.every=0", "checkpoint.keep=none"}), {});
  ASSERT_TRUE(outcome_.ok()) << outcome_.status();
  std::optional<std::pair<int64_t, double>> best;
  for (const auto& [step, loss] : run->Series("val/loss")) {
    if (!best || loss < best->second) best = {step, loss};
  }
  std::set<int64_t> kept;
  auto folders = ListCheckpoints(dir_.path() / "run" / "checkpoints");
  for (const CheckpointFolder& folder : *folders) kept.insert(folder.step);
  EXPECT_EQ(kept, (std::set<int64_t>{best->first, 12}));
}

TEST_F(LiveTest, AHaltedRunLeavesTheBatchThatEndedIt) {
  Run("run", Resolved({"optim.learning_rate=1e6", "train.clip_norm=0", "schedule.warmup=0"}), {});
  ASSERT_FALSE(outcome_.ok());
  EXPECT_EQ(ReasonOf(outcome_.status()), "LOSS_NOT_FINITE");
  std::string name;
  for (const auto& entry : fs::directory_iterator(dir_.path() / "run")) {
    if (entry.path().filename().string().starts_with("batch-")) {
      name = entry.path().filename().string();
    }
  }
  ASSERT_NE(name, "");
  EXPECT_NE(outcome_.status().message().find(name), std::string::npos) << outcome_.status();
  auto batch = nlohmann::json::parse(*ReadFile(dir_.path() / "run" / name));
  ASSERT_EQ(batch["windows"].size(), 4u);
  EXPECT_TRUE(batch["loss"].is_string() || batch["grad_norm"].is_string());
  for (const auto& window : batch["windows"]) {
    EXPECT_EQ(window["tokens"].size(), 17u);
    std::string text;  // of the byte tokenizer
    for (int id : window["tokens"]) {
      if (id < 256) text += static_cast<char>(id);
    }
    EXPECT_EQ(window["text"].get<std::string>().substr(0, 3), text.substr(0, 3));
  }
}

TEST_F(LiveTest, TenSkipsInARowFail) {
  auto run = Run("run",
                 Resolved({"optim.learning_rate=1e6", "train.clip_norm=0", "schedule.warmup=0",
                           "train.steps=60", "train.on_nonfinite=skip", "sample.every=0"}),
                 {});
  ASSERT_FALSE(outcome_.ok());
  EXPECT_EQ(ReasonOf(outcome_.status()), "LOSS_NOT_FINITE");
  ASSERT_GE(run->kinds.size(), 9u);
  EXPECT_EQ(run->kinds.back().first, "skip");
  EXPECT_EQ(run->Series("update/ratio").rbegin()->second, 0);
}

// A model whose loss of one step is NaN.
class FlawedModel : public Gpt2 {
 public:
  FlawedModel(const Gpt2Shape& shape, int64_t bad_step) : Gpt2(shape), bad_step_(bad_step) {}
  at::Tensor Loss(const at::Tensor& tokens, const at::Tensor& targets,
                  const ForwardContext& context) override {
    at::Tensor loss = Gpt2::Loss(tokens, targets, context);
    const bool bad = context.dropout != nullptr && context.dropout->step == bad_step_;
    return bad ? loss.mul(std::nan("")) : loss;
  }

 private:
  int64_t bad_step_;
};

TEST_F(LiveTest, ASkippedUpdateLeavesWeightsAloneAndGoesOnWithTheNextBatch) {
  DataConfig data_config;
  data_config.corpus = "markov";
  data_config.tokenizer = "byte";
  auto data = PrepareData(data_config, dir_.path(), 16,
                          [](std::string_view, int64_t, int64_t) { return true; });
  ASSERT_TRUE(data.ok()) << data.status();
  Gpt2Shape shape{.layers = 1, .heads = 1, .width = 8, .context = 16, .vocab = 257};
  FlawedModel flawed(shape, 3);
  InitializeGpt2(flawed, 1);
  AdamW optimizer(flawed.parameters(), {});
  TrainSetup setup{.train = {.micro_batch = 2, .on_nonfinite = "skip"},
                   .sample = {.every = {0}},
                   .checkpoint = {.every = {1}, .keep = "all", .keep_last = 10},
                   .total_steps = 5,
                   .folder = dir_.path(),
                   .checkpoints_folder = dir_.path() / "run" / "checkpoints",
                   .model = flawed,
                   .optimizer = optimizer,
                   .data = *data};
  Control control;
  ChangingSink sink(&control);
  auto outcome = Train(setup, {}, control, sink);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(sink.kinds, (std::vector<std::pair<std::string, int64_t>>{{"skip", 3}}));
  EXPECT_TRUE(std::isnan(sink.Series("train/loss").at(3)));
  EXPECT_EQ(sink.Series("update/ratio").at(3), 0);
  EXPECT_EQ(File("run", 2, "model.safetensors"), File("run", 3, "model.safetensors"));
  EXPECT_NE(File("run", 3, "model.safetensors"), File("run", 4, "model.safetensors"));
  EXPECT_EQ(optimizer.step_count(), 4);
  EXPECT_EQ(sink.Series("train/tokens").at(5), 5 * 2 * 16);
  TrainingBatches batches(data->train, 16, setup.seed, 0);
  auto batch = nlohmann::json::parse(*ReadFile(dir_.path() / BadBatchName(3)));
  EXPECT_EQ(batch["windows"][1]["window"], batches.WindowsAt(4, 2)[1]);
  EXPECT_EQ(batch["micro_losses"][0], "NaN");
}

CheckResult Change(std::vector<std::string> overrides, int64_t step) {
  const size_t count = overrides.size();
  return CheckChange({{.text = kTiny, .overrides = std::move(overrides)}, count, step});
}

TEST(ChangeCheck, SaysWhatDiffersAndRefusesWhatIsNotLive) {
  CheckResult fine = Change({"optim.learning_rate=1e-3", "sample.prompt=a: b"}, 5);
  ASSERT_TRUE(fine.errors.empty()) << ToString(fine.errors[0]);
  EXPECT_EQ(fine.changes, (std::vector<Difference>{{"optim.learning_rate", "0.003", "0.001"},
                                                   {"sample.prompt", "\"\"", "\"a: b\""}}));
  EXPECT_TRUE(Change({"optim.learning_rate=0.003"}, 5).changes.empty());

  CheckResult fixed = Change({"model.layers=3"}, 5);
  ASSERT_EQ(fixed.errors.size(), 1u);
  EXPECT_EQ(fixed.errors[0].reason, "SETTING_NOT_LIVE");
  EXPECT_NE(fixed.errors[0].message.find("duplicate"), std::string::npos);
  EXPECT_EQ(fixed.resolved, "");
  EXPECT_EQ(Change({"optim.learning_rate=-1"}, 5).errors.size(), 1u);
  EXPECT_EQ(ToString(Change({"optim.learning_rat=1"}, 5).errors.at(0)).find("--set"),
            std::string::npos);
}

TEST(ChangeCheck, RefusesAnEndThatIsPassed) {
  EXPECT_TRUE(Change({"train.steps=6"}, 5).errors.empty());
  CheckResult passed = Change({"train.steps=5"}, 5);
  ASSERT_EQ(passed.errors.size(), 1u);
  EXPECT_EQ(passed.errors[0].reason, "STEP_PASSED");
  EXPECT_NE(passed.errors[0].message.find("labctl pause"), std::string::npos);
}

}  // namespace
}  // namespace lab
