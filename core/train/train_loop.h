#pragma once

// The training loop: batch, loss, gradients, clip, update; validation, samples and checkpoints
// between steps. Runs on the calling thread until the end or a stop.
//
// Exactness: what follows a checkpoint is a pure function of what it holds. Batches, dropout and
// samples are keyed by step and position, and whatever is due after a step is remembered as done
// in the checkpoint, so that a run stopped anywhere logs the same points as an undisturbed one.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/retention.h"
#include "core/data/prepare.h"
#include "core/model/language_model.h"
#include "core/optim/adamw.h"
#include "core/optim/schedule.h"
#include "core/train/control.h"
#include "core/train/event_sink.h"
#include "core/train/live_change.h"
#include "core/train/observe_config.h"
#include "core/train/observer.h"
#include "core/train/train_config.h"

namespace lab {

struct TrainSetup;

// Puts a changed setting into the setup; the config in force from then on, as YAML.
using ApplyChange =
    std::function<absl::StatusOr<std::string>(const LiveChange& change, TrainSetup& setup)>;

// Everything a run is made of; references outlive the loop.
struct TrainSetup {
  TrainConfig train;
  EvaluateConfig evaluate;
  SampleConfig sample;
  CheckpointConfig checkpoint;
  ScheduleConfig schedule;
  ObserveConfig observe;
  int64_t limit_windows = 0;
  uint64_t seed = 1;
  int64_t total_steps = 0;       // at least 1
  double flops_per_token = 0;    // forward and backward
  double flops_per_second = 0;   // this machine's measured rate; 0: not measured
  std::filesystem::path folder;  // the job's own, for the batch of a NaN
  std::filesystem::path checkpoints_folder;
  ApplyChange apply_change;      // absent: settings cannot be changed
  Observer* observer = nullptr;  // its metrics are declared; null: nothing is observed
  LanguageModel& model;
  AdamW& optimizer;
  const PreparedData& data;
};

// How far a run is, and what was already done after that step. The start, or what a checkpoint
// restored.
struct TrainPosition {
  TrainerState state;
  int64_t evaluated_step = -1;      // the last step whose validation is logged
  int64_t sampled_step = -1;        // the last step whose sample is logged
  int64_t observed_step = -1;       // the last step that was looked into
  std::optional<double> best_loss;  // lowest val/loss so far
  int64_t best_step = -1;
  int64_t stale_evaluations = 0;  // validations since the best one
  int64_t skipped_in_row = 0;     // updates left out since the last one that was made
  int64_t skipped_total = 0;
  std::vector<LiveChange> changes;      // that acted up to here, in order
  int64_t begin_step = -1;              // where this attempt began; -1: at the start
  std::optional<int64_t> resumed_step;  // that checkpoint, while nothing newer was written

  // Reads the parts that `state.extra` carries.
  static TrainPosition FromState(TrainerState state);
};

// How a run ended without an error.
enum class Outcome { kSucceeded, kPaused, kCancelled, kLeft };

// The outcome that a stop asks for. Requires: not Stop::kNone.
Outcome StoppedOutcome(Stop stop);

// Runs from `position` to the end or until `control` asks to stop, which leaves a checkpoint.
// Changed settings that `control` holds act between steps: one that has a step acts again when that
// step comes (at once if it is past), one without acts at the next; always in order of their ids.
// What `position` already holds is put into `setup` first. LOSS_NOT_FINITE with the step if a loss
// or gradient norm is NaN or infinite (ten times in a row where such updates are skipped), with the
// batch saved in `setup.folder`; DISK_FULL and IO_ERROR from checkpoints. Logs the metrics of
// TrainMetrics().
absl::StatusOr<Outcome> Train(TrainSetup& setup, TrainPosition position, Control& control,
                              EventSink& sink);

// What Train and Evaluate log.
std::vector<MetricSpec> TrainMetrics();

}  // namespace lab
