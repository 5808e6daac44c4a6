#include "core/train/train_loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <memory>
#include <numeric>
#include <utility>

#include "core/base/strings.h"
#include "core/data/manifest.h"
#include "core/generate/generate.h"
#include "core/optim/grad_clip.h"
#include "core/tensor/device.h"
#include "core/train/bad_batch.h"
#include "core/train/batches.h"
#include "core/train/cadence.h"
#include "core/train/evaluate.h"

namespace lab {
namespace {

constexpr int64_t kEvaluationTokens = 2048;  // in one forward of a validation, at least
constexpr int64_t kSkipLimit = 10;           // updates left out in a row that end the run
constexpr int64_t kSavedBatches = 100;       // of one run's skipped updates, at most

double Now() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

class TrainLoop {
 public:
  TrainLoop(TrainSetup& setup, TrainPosition position, Control& control, EventSink& sink)
      : setup_(setup),
        position_(std::move(position)),
        control_(control),
        sink_(sink),
        batches_(setup.data.train, setup.model.context(), setup.seed, setup.limit_windows),
        began_(Now()),
        first_step_(position_.state.step) {
    SetIntervals();
  }

  absl::StatusOr<Outcome> Run() {
    RETURN_IF_ERROR(RestoreChanges());
    ReportProgress("training");  // a run resumed at its end makes no step that would
    while (true) {
      RETURN_IF_ERROR(ApplyChanges());
      RETURN_IF_ERROR(AfterStep());
      if (control_.stopping()) return Leave();
      if (step() == end_step()) return Outcome::kSucceeded;
      ASSIGN_OR_RETURN(bool finished, Step());
      if (!finished) return Leave();
    }
  }

 private:
  int64_t step() const { return position_.state.step; }
  bool out_of_patience() const {
    return setup_.evaluate.patience > 0 && position_.stale_evaluations >= setup_.evaluate.patience;
  }
  int64_t end_step() const { return out_of_patience() ? step() : setup_.total_steps; }
  // Whether the model is to be looked into here.
  bool observing() const {
    return setup_.observer != nullptr && Due(step(), observe_every_, end_step()) &&
           position_.observed_step < step();
  }
  // The fixed windows of a validation on the way. Without gradients more rows fit at once than in
  // training; the windows are the same.
  EvaluationWindows FixedWindows() const {
    return {.windows = setup_.evaluate.batches * setup_.train.micro_batch,
            .rows = std::max(setup_.train.micro_batch, kEvaluationTokens / setup_.model.context())};
  }

  void SetIntervals() {
    evaluate_every_ = Interval(setup_.evaluate.every, setup_.total_steps, 20);
    sample_every_ = Interval(setup_.sample.every, setup_.total_steps, 10);
    checkpoint_every_ = Interval(setup_.checkpoint.every, setup_.total_steps, 10);
    const bool with_validation = setup_.observe.every.is_auto() && evaluate_every_ > 0;
    observe_every_ =
        with_validation ? evaluate_every_ : Interval(setup_.observe.every, setup_.total_steps, 20);
  }

  absl::Status PutIntoSetup(const LiveChange& change) {
    absl::StatusOr<std::string> config = setup_.apply_change(change, setup_);
    if (!config.ok()) {
      return WithContext(config.status(), StrCat("changing ", LiveChangeText(change)));
    }
    position_.state.config_yaml = *std::move(config);
    // An end that was passed before it was heard of is here.
    setup_.total_steps = std::max(setup_.total_steps, step());
    SetIntervals();
    return absl::OkStatus();
  }

  // What the checkpoint's run had changed is in force from the start.
  absl::Status RestoreChanges() {
    for (const LiveChange& change : position_.changes) RETURN_IF_ERROR(PutIntoSetup(change));
    return absl::OkStatus();
  }

  absl::Status ApplyChanges() {
    for (LiveChange& change : control_.TakeChanges()) {
      auto known = std::find_if(position_.changes.begin(), position_.changes.end(),
                                [&](const LiveChange& one) { return one.id == change.id; });
      if (known == position_.changes.end()) {
        waiting_.push_back(std::move(change));
      } else if (change.step < 0) {
        sink_.Changed(*known);  // nobody has heard of it yet
      }
    }
    while (!waiting_.empty() && waiting_.front().step <= step()) {
      LiveChange change = std::move(waiting_.front());
      waiting_.pop_front();
      // Its mark of an earlier attempt stays if it came before what this one goes on from; at that
      // step it came after the checkpoint, which would know of it otherwise.
      const bool told = change.step >= 0 && change.step < position_.begin_step;
      if (change.step < 0) change.step = step();
      RETURN_IF_ERROR(PutIntoSetup(change));
      if (!told) {
        sink_.Changed(change);
        sink_.Log(StrCat("step ", step(), ": ", LiveChangeText(change)));
      }
      position_.changes.push_back(std::move(change));
    }
    return absl::OkStatus();
  }

  // One update. False if a stop was asked for: then nothing of it happened.
  absl::StatusOr<bool> Step() {
    const int64_t next = step() + 1;
    const double start = Now();
    double data_seconds = 0;
    std::vector<double> losses;  // of the micro-batches
    setup_.model.parameters().ZeroGradients();
    const auto accumulation = static_cast<double>(setup_.train.accumulation);
    for (int64_t micro = 0; micro < setup_.train.accumulation; ++micro) {
      if (control_.stopping()) return false;
      const double asked = Now();
      const int64_t first_row = micro * setup_.train.micro_batch;
      Batch batch =
          batches_.At(position_.state.position + first_row, setup_.train.micro_batch);  // [B, T]
      data_seconds += Now() - asked;
      DropoutKey dropout{setup_.seed, next, first_row};
      at::Tensor loss = setup_.model.Loss(batch.inputs, batch.targets, {.dropout = &dropout});
      // Every micro-batch has as many tokens, so the mean of means is the mean over the step.
      loss.div(accumulation).backward();
      losses.push_back(loss.item<double>());
    }
    const double loss = std::accumulate(losses.begin(), losses.end(), 0.0) / accumulation;
    const double norm = GradientNorm(setup_.model.parameters());
    const double rate = LearningRate(setup_.optimizer.config().learning_rate, setup_.schedule, next,
                                     setup_.total_steps);
    sink_.Metric("train/loss", next, loss);
    sink_.Metric("train/grad_norm", next, norm);
    sink_.Metric("train/learning_rate", next, rate);
    UpdateSize update;  // of a skipped update: none
    if (std::isfinite(loss) && std::isfinite(norm)) {
      update = setup_.optimizer.Step(rate, ClipFactor(norm, setup_.train.clip_norm));
      position_.skipped_in_row = 0;
    } else {
      BadUpdate bad{.step = next, .loss = loss, .gradient_norm = norm, .learning_rate = rate};
      bad.micro_losses = std::move(losses);
      RETURN_IF_ERROR(SkipOrFail(std::move(bad)));
    }
    sink_.Metric("update/ratio", next, update.ratio());
    position_.state.step = next;
    position_.state.position += setup_.train.rows_per_step();
    const int64_t step_tokens = setup_.train.rows_per_step() * setup_.model.context();
    position_.state.tokens += step_tokens;
    LogCosts(step_tokens, Now() - start, data_seconds);
    return true;
  }

  // An update that cannot be made: its batch is saved, then it is left out or ends the run.
  absl::Status SkipOrFail(BadUpdate bad) {
    const char* what = std::isfinite(bad.loss) ? "gradient norm" : "loss";
    const double value = std::isfinite(bad.loss) ? bad.gradient_norm : bad.loss;
    std::string text = StrCat("the ", what, " at step ", bad.step, " is ", FormatDouble(value));
    const bool skips = setup_.train.on_nonfinite == "skip";
    const std::string batch = SaveBatch(bad);
    ++position_.skipped_total;
    if (skips && ++position_.skipped_in_row < kSkipLimit) {
      text += StrCat("; this update was left out", batch);
      sink_.MarkAs("skip", bad.step, text);
      sink_.Log(text);
      return absl::OkStatus();
    }
    text += StrCat(" (learning rate ", FormatDouble(bad.learning_rate), ")");
    if (skips) {
      text += StrCat(", and so were those of the ", kSkipLimit - 1, " steps before");
    } else {
      text += StrCat("; the weights of step ", step(), " were not updated");
    }
    return Failure(absl::StatusCode::kOutOfRange, reason::kLossNotFinite,
                   StrCat(text, batch,
                          ". Try a lower optim.learning_rate, a longer schedule.warmup or a "
                          "smaller train.clip_norm"));
  }

  // Says in half a sentence where the batch is.
  std::string SaveBatch(BadUpdate& bad) {
    if (position_.skipped_total >= kSavedBatches) {
      return StrCat("; its batch was not saved, for ", kSavedBatches, " are saved already");
    }
    bad.position = position_.state.position;
    bad.windows = batches_.WindowsAt(bad.position, setup_.train.rows_per_step());
    absl::Status saved = WriteBadBatch(setup_.folder, bad, setup_.data.train,
                                       setup_.model.context(), *setup_.data.tokenizer);
    if (!saved.ok()) return StrCat("; its batch could not be saved: ", MessageOf(saved));
    return StrCat("; its batch is the artifact ", BadBatchName(bad.step));
  }

  void LogCosts(int64_t step_tokens, double seconds, double data_seconds) {
    const double rate = static_cast<double>(step_tokens) / seconds;
    sink_.Metric("train/tokens", step(), static_cast<double>(position_.state.tokens));
    sink_.Metric("train/tokens_per_second", step(), rate);
    sink_.Metric("train/step_seconds", step(), seconds);
    sink_.Metric("train/data_seconds", step(), data_seconds);
    if (setup_.flops_per_second > 0) {
      sink_.Metric("train/mfu", step(), rate * setup_.flops_per_token / setup_.flops_per_second);
    }
    sink_.Metric("memory/allocated_bytes", step(), static_cast<double>(ResidentBytes()));
    sink_.Metric("memory/peak_bytes", step(), static_cast<double>(PeakResidentBytes()));
    ReportProgress("training");
  }

  void ReportProgress(std::string_view phase) {
    ProgressRecord progress;
    progress.step = step();
    progress.total_steps = setup_.total_steps;
    progress.phase = phase;
    progress.fraction = static_cast<double>(step()) / static_cast<double>(setup_.total_steps);
    progress.tokens = position_.state.tokens;
    if (step() > first_step_) {
      progress.eta_seconds = (Now() - began_) / static_cast<double>(step() - first_step_) *
                             static_cast<double>(setup_.total_steps - step());
    }
    sink_.Progress(progress);
  }

  // What is due once `step()` updates are done, each at most once for a step.
  absl::Status AfterStep() {
    if (Due(step(), evaluate_every_, setup_.total_steps) && position_.evaluated_step < step()) {
      EvaluateNow();
    }
    if (observing()) ObserveNow();
    // The validation may have ended the run.
    const int64_t end = end_step();
    if (Due(step(), sample_every_, end) && position_.sampled_step < step()) {
      RETURN_IF_ERROR(SampleNow());
    }
    if (control_.stopping()) return absl::OkStatus();  // Leave() writes the checkpoint
    const bool asked = control_.TakeCheckpointRequest();
    const bool full = step() == end || asked || (step() > 0 && Due(step(), checkpoint_every_, end));
    const bool logged = setup_.checkpoint.keep == "log" && LogSpaced(step());
    const bool best = position_.best_step == step();
    if (position_.resumed_step == step() && !asked) return absl::OkStatus();  // it lies there
    if (full || logged || best) RETURN_IF_ERROR(WriteNow(full));
    return absl::OkStatus();
  }

  void EvaluateNow() {
    if (setup_.data.validation_windows == 0) return;  // no validation split
    ReportProgress("evaluating");
    EvaluationWindows windows = FixedWindows();
    // The end reads the whole split, and what is observed stays the same text at all steps.
    const bool whole = step() == setup_.total_steps && windows.windows != 0;
    if (whole) windows.windows = 0;
    Observer* observer = observing() && !whole ? setup_.observer : nullptr;
    const std::vector<FloorPart>& named = setup_.data.floor_parts;
    const TokenParts parts{setup_.data.validation_parts, named.size()};
    auto evaluation = Evaluate(setup_.model, setup_.data.validation, windows, control_,
                               named.empty() ? nullptr : &parts, observer);
    if (!evaluation) return;  // stopped; due again when the run goes on
    if (observer != nullptr) LogObserved();
    position_.evaluated_step = step();
    const double loss = evaluation->loss;
    sink_.Metric("val/loss", step(), loss);
    sink_.Metric("val/perplexity", step(), std::exp(loss));
    sink_.Metric("val/bits_per_byte", step(), loss / std::log(2.0) / setup_.data.bytes_per_token);
    for (size_t i = 0; i < named.size(); ++i) {
      sink_.Metric(StrCat("val/", named[i].name), step(), evaluation->part_losses[i]);
    }
    if (std::isfinite(loss) && (!position_.best_loss || loss < *position_.best_loss)) {
      position_.best_loss = loss;
      position_.best_step = step();
      position_.stale_evaluations = 0;
      return;
    }
    ++position_.stale_evaluations;
    if (!out_of_patience() || step() == setup_.total_steps) return;
    sink_.MarkAs("stop", step(), EarlyEnd());
    sink_.Log(EarlyEnd());
  }

  void ObserveNow() {
    ReportProgress("observing");
    Observe(setup_.model, setup_.data.validation, FixedWindows(), *setup_.observer);
    LogObserved();
  }

  void LogObserved() {
    for (const auto& [name, value] : setup_.observer->Values()) sink_.Metric(name, step(), value);
    position_.observed_step = step();
  }

  std::string EarlyEnd() const {
    std::string text = StrCat("ended early at step ", step(), ": ", setup_.evaluate.keep_best,
                              " found no new best in ", setup_.evaluate.patience, " validations");
    if (position_.best_loss) text += StrCat("; the best is that of step ", position_.best_step);
    return text;
  }

  absl::Status SampleNow() {
    GenerateRequest request;
    request.prompt = setup_.sample.prompt;
    request.max_tokens = setup_.sample.tokens;
    request.temperature = setup_.sample.temperature;
    request.top_k = setup_.sample.top_k;
    request.top_p = setup_.sample.top_p;
    request.seed = setup_.seed;
    request.step = step();
    auto go_on = [this](const NewToken&) { return !control_.stopping(); };
    // In fp32, as the checkpoint of this step would.
    std::unique_ptr<LanguageModel> copy;
    if (setup_.model.parameters().precision() != Precision::kFp32) copy = setup_.model.CopyInFp32();
    ASSIGN_OR_RETURN(GenerateResult result,
                     Generate(copy ? *copy : setup_.model, *setup_.data.tokenizer, request, go_on));
    if (result.stop_reason == "cancelled") return absl::OkStatus();  // due again
    position_.sampled_step = step();
    sink_.Sample({.step = step(),
                  .prompt = request.prompt,
                  .text = result.text,
                  .tokens = result.new_tokens,
                  .seed = request.seed,
                  .temperature = request.temperature,
                  .top_k = request.top_k,
                  .top_p = request.top_p});
    return absl::OkStatus();
  }

  // A stop: the checkpoint from which the run goes on exactly here.
  absl::StatusOr<Outcome> Leave() {
    RETURN_IF_ERROR(WriteNow(true));
    return StoppedOutcome(control_.stop());
  }

  absl::Status WriteNow(bool full) {
    TrainerState& state = position_.state;
    state.seconds = sink_.Seconds();
    state.extra = {{"evaluated_step", position_.evaluated_step},
                   {"sampled_step", position_.sampled_step},
                   {"observed_step", position_.observed_step},
                   {"best_step", position_.best_step},
                   {"stale_evaluations", position_.stale_evaluations},
                   {"skipped_in_row", position_.skipped_in_row},
                   {"skipped_total", position_.skipped_total},
                   {"changes", LiveChangesJson(position_.changes)}};
    if (position_.best_loss) state.extra["best_loss"] = *position_.best_loss;
    // labd may never hear of the last checkpoint of a run, nor that it took the place of the one
    // that the run began from: what was reported and counts as done in it must lie beside it.
    const bool replaces = position_.resumed_step == step();
    state.unacknowledged = control_.stopping() || replaces ? sink_.Unacknowledged() : "";
    ASSIGN_OR_RETURN(
        CheckpointRecord record,
        WriteCheckpoint(setup_.checkpoints_folder, setup_.model, *setup_.data.tokenizer, state,
                        full ? &setup_.optimizer : nullptr));
    RetentionMarks marks;
    if (position_.best_step >= 0) marks.best_step = position_.best_step;
    if (step() == end_step()) marks.final_step = step();
    // Whoever restarts this run may not have heard of the newest one yet.
    if (last_full_step_) marks.pinned.push_back(*last_full_step_);
    if (position_.resumed_step) marks.pinned.push_back(*position_.resumed_step);
    RETURN_IF_ERROR(ApplyRetention(
        setup_.checkpoints_folder,
        {*ParseKeep(setup_.checkpoint.keep), setup_.checkpoint.keep_last}, marks, record));
    if (full) {
      last_full_step_ = step();
      if (position_.resumed_step != step()) position_.resumed_step.reset();
    }
    state.parent_sha256 = record.sha256;
    sink_.Checkpoint(record);
    return absl::OkStatus();
  }

  TrainSetup& setup_;
  TrainPosition position_;
  Control& control_;
  EventSink& sink_;
  TrainingBatches batches_;
  std::deque<LiveChange> waiting_;  // that have not acted yet, in order
  int64_t evaluate_every_ = 0, sample_every_ = 0, checkpoint_every_ = 0, observe_every_ = 0;
  double began_;
  int64_t first_step_;
  std::optional<int64_t> last_full_step_;
};

}  // namespace

Outcome StoppedOutcome(Stop stop) {
  switch (stop) {
    case Stop::kPause:
      return Outcome::kPaused;
    case Stop::kCancel:
      return Outcome::kCancelled;
    default:
      return Outcome::kLeft;
  }
}

TrainPosition TrainPosition::FromState(TrainerState state) {
  TrainPosition position;
  position.evaluated_step = state.extra.value("evaluated_step", int64_t{-1});
  position.sampled_step = state.extra.value("sampled_step", int64_t{-1});
  position.observed_step = state.extra.value("observed_step", int64_t{-1});
  position.best_step = state.extra.value("best_step", int64_t{-1});
  position.stale_evaluations = state.extra.value("stale_evaluations", int64_t{0});
  position.skipped_in_row = state.extra.value("skipped_in_row", int64_t{0});
  position.skipped_total = state.extra.value("skipped_total", int64_t{0});
  position.changes = LiveChangesOf(state.extra.value("changes", nlohmann::json::array()));
  position.begin_step = state.step;
  if (state.extra.contains("best_loss")) position.best_loss = state.extra["best_loss"];
  position.resumed_step = state.step;
  position.state = std::move(state);
  return position;
}

absl::StatusOr<Outcome> Train(TrainSetup& setup, TrainPosition position, Control& control,
                              EventSink& sink) {
  return TrainLoop(setup, std::move(position), control, sink).Run();
}

std::vector<MetricSpec> TrainMetrics() {
  std::vector<MetricSpec> metrics = {
      {"train/loss", "nats", Goal::kMin, "mean −ln p per token of the batch that made this update"},
      {"train/grad_norm", "", Goal::kNone, "global gradient norm before clipping"},
      {"train/learning_rate", "", Goal::kNone, "rate of this update"},
      {"update/ratio", "", Goal::kNone, "norm of this update over the norm of the weights"},
      {"train/tokens", "tokens", Goal::kNone, "tokens trained on so far"},
      {"train/tokens_per_second", "tokens/s", Goal::kMax, "of the step alone"},
      {"train/step_seconds", "s", Goal::kMin,
       "from asking for the batch to the finished update; no validation, samples, checkpoints"},
      {"train/data_seconds", "s", Goal::kMin, "the part of the step spent on getting the batch"},
      {"train/mfu", "", Goal::kMax,
       "operations of the model a second over this machine's measured matrix-product rate in the "
       "training precision"},
      {"val/loss", "nats", Goal::kMin, "mean −ln p per token of the fixed validation windows"},
      {"val/perplexity", "", Goal::kMin, "exp(val/loss)"},
      {"val/bits_per_byte", "bits", Goal::kMin, "val/loss in bits per byte of validation text"},
      {"memory/allocated_bytes", "bytes", Goal::kNone, "resident memory of the worker (VmRSS)"},
      {"memory/peak_bytes", "bytes", Goal::kNone, "its peak so far (VmHWM)"},
      {"floor/loss", "nats", Goal::kNone, "entropy of the corpus per token: the lower bound"},
      {"floor/val_loss", "nats", Goal::kNone,
       "the generator's own mean −ln p of the validation text"},
  };
  for (const std::string& part : AllPartNames()) {
    metrics.push_back({StrCat("floor/", part), "nats", Goal::kNone,
                       StrCat("the share of floor/loss that lies in this part of the text (", part,
                              "); the shares add up")});
    metrics.push_back({StrCat("val/", part), "nats", Goal::kMin,
                       StrCat("the share of val/loss that lies in this part of the text (", part,
                              "), over all its tokens; the shares add up")});
  }
  return metrics;
}

}  // namespace lab
