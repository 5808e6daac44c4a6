#include "daemon/worker/by_hand.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>

#include <unistd.h>

#include "core/base/file.h"
#include "core/base/places.h"
#include "core/base/strings.h"
#include "core/checkpoint/manifest.h"
#include "core/jobs/job.h"
#include "core/jobs/run_resolved.h"
#include "daemon/worker/run_guarded.h"

namespace lab {
namespace {

Control* interrupted_control = nullptr;  // what SIGINT stops

absl::StatusOr<CheckResult> CheckFile(const std::filesystem::path& file,
                                      const std::vector<std::string>& overrides) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(file, 1 << 20));
  const auto here = std::filesystem::current_path();
  return CheckConfig({.text = std::move(text),
                      .file = file.string(),
                      .base = std::filesystem::absolute(file).parent_path().string(),
                      .overrides = overrides,
                      .override_base = here.string()},
                     true);
}

std::optional<std::filesystem::path> NewestFull(const std::filesystem::path& checkpoints) {
  std::optional<std::filesystem::path> newest;
  auto folders = ListCheckpoints(checkpoints);
  if (!folders.ok()) return newest;
  for (const CheckpointFolder& folder : *folders) {
    if (folder.full) newest = folder.path;
  }
  return newest;
}

int Refused(const std::vector<ConfigError>& errors) {
  for (const ConfigError& error : errors) std::cerr << ToString(error) << "\n";
  return 2;
}

int Failed(const absl::Status& status) {
  std::cerr << "lab-worker: " << MessageOf(status) << " (" << ReasonOf(status) << ")\n";
  return 1;
}

// Shows a run on a terminal: one live line, samples and log lines above it.
class TerminalSink : public EventSink {
 public:
  explicit TerminalSink(bool live) : live_(live) {}

  void Declare(const std::vector<MetricSpec>&) override {}
  void Metric(std::string_view name, int64_t, double value) override {
    if (name == "train/loss") loss_ = value;
    if (name == "val/loss") validation_ = value;
    if (name == "floor/loss") floor_ = value;
    if (name == "train/tokens_per_second") rate_ = value;
  }
  void Sample(const SampleRecord& sample) override {
    Line(StrCat("[step ", sample.step, "] ", ReplaceInvalidUtf8(sample.prompt + sample.text)));
  }
  void Checkpoint(const CheckpointRecord& checkpoint) override {
    Line(StrCat("[step ", checkpoint.step, "] wrote ", checkpoint.name, " (", checkpoint.kind, ", ",
                FormatBytes(checkpoint.size_bytes), ")"));
  }
  void Mark(int64_t step, std::string_view text) override {
    Line(StrCat("[step ", step, "] ", text));
  }
  void Progress(const ProgressRecord& progress) override {
    const auto now = std::chrono::steady_clock::now();
    const auto pause = live_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(5000);
    if (now - last_ < pause && progress.phase == phase_) return;
    last_ = now;
    phase_ = progress.phase;
    std::string line = progress.phase;
    if (progress.total_steps > 0) line += StrCat(" ", progress.step, "/", progress.total_steps);
    if (loss_) line += StrCat("  loss ", Fixed(*loss_));
    if (validation_) line += StrCat("  validation ", Fixed(*validation_));
    if (floor_) line += StrCat("  floor ", Fixed(*floor_));
    if (rate_) line += StrCat("  ", static_cast<int64_t>(*rate_), " tokens/s");
    if (progress.eta_seconds) {
      line += StrCat("  ", static_cast<int64_t>(*progress.eta_seconds), " s left");
    }
    if (live_) {
      std::cout << "\r\x1b[K" << line << std::flush;
      open_ = true;
    } else {
      std::cout << line << std::endl;
    }
  }
  void Log(std::string_view line) override { Line(std::string(line)); }
  double Seconds() const override {
    std::chrono::duration<double> here = std::chrono::steady_clock::now() - start_;
    return earlier_ + here.count();
  }
  void SetEarlierSeconds(double seconds) override { earlier_ = seconds; }

  void Finish(const std::string& line) {
    if (validation_) Line(StrCat("validation loss ", Fixed(*validation_)));
    Line(line);
  }

 private:
  static std::string Fixed(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.4f", value);
    return buffer;
  }
  void Line(const std::string& text) {
    if (open_) std::cout << "\r\x1b[K";
    open_ = false;
    std::cout << text << std::endl;
  }

  const bool live_;
  bool open_ = false;  // the live line is on the screen
  std::string phase_;
  std::optional<double> loss_, validation_, floor_, rate_;
  double earlier_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace

int DescribeByHand() {
  std::cout << DescribeInstallation().dump(2) << "\n";
  return 0;
}

int CheckByHand(const std::string& file, const std::vector<std::string>& overrides) {
  auto result = CheckFile(file, overrides);
  if (!result.ok()) return Failed(result.status());
  if (!result->errors.empty()) return Refused(result->errors);
  for (const ConfigError& warning : result->warnings) {
    std::cerr << "warning: " << ToString(warning) << "\n";
  }
  std::cout << result->resolved << "# forecast: " << ToJson(*result)["forecast"].dump() << "\n";
  return 0;
}

int RunByHand(const std::string& folder) {
  const std::filesystem::path job = std::filesystem::absolute(folder);
  auto checked = CheckFile(job / "config.yaml", {});
  if (!checked.ok()) return Failed(checked.status());
  if (!checked->errors.empty()) return Refused(checked->errors);
  auto places = FindPlaces();
  if (!places.ok()) return Failed(places.status());
  auto lock = FileLock::TryAcquire(job / "lock");
  if (!lock.ok()) return Failed(WithContext(lock.status(), "another worker runs this job"));

  RunResolvedArgs args{.resolved = checked->resolved,
                       .folder = job,
                       .cache = places->cache / "tokens",
                       .resume = NewestFull(job / "checkpoints")};
  TerminalSink sink(::isatty(STDOUT_FILENO) != 0);
  Control control;
  interrupted_control = &control;
  std::signal(SIGINT, [](int) { interrupted_control->RequestStop(Stop::kPause); });
  Outcome outcome = Outcome::kSucceeded;
  absl::Status status = RunGuarded([&]() -> absl::Status {
    ASSIGN_OR_RETURN(outcome, RunResolved(args, sink, control, [](const JobInfo&) {}));
    return absl::OkStatus();
  });
  if (!status.ok()) return Failed(status);
  sink.Finish(StrCat(OutcomeName(outcome), " after ", static_cast<int64_t>(sink.Seconds()), " s"));
  return outcome == Outcome::kSucceeded ? 0 : 130;
}

}  // namespace lab
