#include "cli/follow.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <ostream>
#include <thread>
#include <utility>

#include "cli/errors.h"
#include "cli/output/progress.h"
#include "cli/output/sparkline.h"
#include "core/base/strings.h"
#include "proto/client/display.h"
#include "proto/client/job_words.h"
#include "proto/client/watch.h"

namespace lab::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kRedraw = std::chrono::milliseconds(200);
constexpr int kSparkColumns = 16;
constexpr int kNameColumns = 20;

// Of a job or of its state event.
template <class State>
bool IsHeldByLabd(const State& state) {
  return state.state() == v1::Job::HELD && state.has_error();
}

// What is known of one followed job.
struct View {
  explicit View(v1::Job given) : job(std::move(given)) {}

  v1::Job job;
  std::deque<std::pair<int64_t, double>> losses;  // step, train/loss
  double tokens_per_second = 0;
  bool away = false;  // labd does not answer
  bool done = false;  // its thread has ended
  absl::Status status;
};

class Follower {
 public:
  Follower(Context& context, const LabClient& client, const FollowOptions& options)
      : context_(context), client_(client), options_(options), live_(&context.out()) {}

  absl::StatusOr<int> Run(const std::vector<int64_t>& ids);

 private:
  enum class End { kAllEnded, kInterrupted, kTimeout };

  void StartThreads();
  End ShowUntilEnd();
  void Take(View& view, const v1::WatchEvent& event);
  bool IsStuck(int64_t id, const v1::WatchEvent& event) const;
  void TakePoints(View& view, const v1::MetricPoints& points);
  void Lost(View& view, const absl::Status& status);
  void Flush();
  std::string LiveText(const View& view) const;
  std::string StatusText(const View& view) const;
  absl::StatusOr<int> Finish(End end);

  bool live() const { return !options_.wait && !context_.json() && context_.terminal().out_is_tty; }
  bool lines() const { return !options_.wait && !context_.json(); }

  Context& context_;
  const LabClient& client_;
  const FollowOptions& options_;
  LiveLines live_;
  bool remote_ = false;  // labd is on another machine
  RetryOptions patience_;
  double begin_seconds_ = 0;  // since 1970: older events are history and get no line

  std::mutex mutex_;  // guards what follows while threads run
  std::condition_variable changed_;
  std::list<View> views_;
  std::vector<std::string> pending_;  // lines to print
  bool interrupted_ = false;

  std::list<ReconnectingWatch> watches_;
  std::vector<std::thread> threads_;
};

absl::StatusOr<int> Follower::Run(const std::vector<int64_t>& ids) {
  ASSIGN_OR_RETURN(remote_, context_.IsRemote());
  ASSIGN_OR_RETURN(patience_, context_.Patience());
  for (int64_t id : ids) {
    ASSIGN_OR_RETURN(v1::Job job, client_.GetJob(id));
    views_.emplace_back(std::move(job));
  }
  begin_seconds_ =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  End end;
  {
    Interrupts::Scope interrupt(context_.interrupts(), [this] {
      std::lock_guard lock(mutex_);
      interrupted_ = true;
      changed_.notify_all();
    });
    StartThreads();
    end = ShowUntilEnd();
    for (ReconnectingWatch& watch : watches_) watch.Cancel();
    for (std::thread& thread : threads_) thread.join();
  }
  std::unique_lock lock(mutex_);
  Flush();
  live_.Clear();
  return Finish(end);
}

void Follower::StartThreads() {
  WatchOptions options;
  static_cast<RetryOptions&>(options) = patience_;
  if (options_.wait) {
    options.kinds = {"state"};
  } else if (!context_.json()) {
    options.kinds = {"state", "progress", "metric", "checkpoint", "mark"};
  }
  for (View& view : views_) {
    ReconnectingWatch& watch = watches_.emplace_back(&client_, view.job.id(), options);
    threads_.emplace_back([this, &view, &watch] {
      absl::Status status = watch.Run(
          [&](const v1::WatchEvent& event) {
            Take(view, event);
            return !IsStuck(view.job.id(), event);
          },
          [&](const absl::Status& lost) { Lost(view, lost); });
      std::lock_guard lock(mutex_);
      view.done = true;
      view.status = status;
      changed_.notify_all();
    });
  }
}

Follower::End Follower::ShowUntilEnd() {
  auto begin = Clock::now();
  auto last_line = begin;
  std::unique_lock lock(mutex_);
  while (true) {
    bool all_done = std::all_of(views_.begin(), views_.end(), [](const View& v) { return v.done; });
    if (all_done) return End::kAllEnded;
    if (interrupted_) return End::kInterrupted;
    auto now = Clock::now();
    double passed = std::chrono::duration<double>(now - begin).count();
    if (options_.timeout_seconds > 0 && passed >= options_.timeout_seconds) return End::kTimeout;
    Flush();
    if (live()) {
      std::vector<std::string> drawn;
      for (const View& view : views_) drawn.push_back(LiveText(view));
      live_.Draw(drawn);
    } else if (lines() &&
               std::chrono::duration<double>(now - last_line).count() >= options_.line_seconds) {
      last_line = now;
      for (const View& view : views_) {
        if (!view.done) context_.Print(StrCat(StatusText(view), "\n"));
      }
    }
    changed_.wait_for(lock, kRedraw);
  }
}

// Prints what the threads have left. Requires: the mutex is held.
void Follower::Flush() {
  for (const std::string& line : pending_) {
    if (live()) {
      live_.Print(ForCharset(line, context_.terminal().unicode));
    } else if (context_.json()) {
      context_.out() << line << '\n';
    } else {
      context_.Print(StrCat(line, "\n"));
    }
  }
  if (context_.json() && !pending_.empty()) context_.out() << std::flush;
  pending_.clear();
}

void Follower::Take(View& view, const v1::WatchEvent& event) {
  std::lock_guard lock(mutex_);
  int64_t id = view.job.id();
  if (context_.json() && !options_.wait) {
    for (const Json& line : EventJson(event, id)) pending_.push_back(Line(line));
  }
  bool fresh = lines() && UnixSeconds(event.time()) >= begin_seconds_;
  if (event.has_state()) {
    view.job.set_state(event.state().state());
    view.job.clear_error();
    if (event.state().has_error()) *view.job.mutable_error() = event.state().error();
    if (fresh && !HasEnded(event.state().state())) {
      std::string wait = view.job.state() == v1::Job::HELD ? WaitText(view.job) : "";
      pending_.push_back(StrCat("job ", id, " ", StateWord(event.state().state()),
                                wait.empty() ? "" : StrCat(": ", wait)));
    }
  } else if (event.has_progress()) {
    *view.job.mutable_progress() = event.progress();
  } else if (event.has_metrics()) {
    TakePoints(view, event.metrics());
  } else if (event.has_checkpoint() && fresh && !live() && event.checkpoint().kind() == "full") {
    pending_.push_back(StrCat("job ", id, " wrote ", event.checkpoint().name()));
  } else if (event.has_mark()) {
    if (event.mark().kind() == "rewind") {
      while (!view.losses.empty() && view.losses.back().first > event.mark().step()) {
        view.losses.pop_back();
      }
    }
    if (fresh) {
      pending_.push_back(
          StrCat("job ", id, " at step ", event.mark().step(), ": ",
                 event.mark().text().empty() ? event.mark().kind() : event.mark().text()));
    }
  }
  changed_.notify_all();
}

// labd holds the job because what it waits for failed: without a person it never ends, and a script
// that waits has none. (The history also holds what was mended long ago: hence the second look.)
bool Follower::IsStuck(int64_t id, const v1::WatchEvent& event) const {
  if (!options_.wait || !event.has_state() || !IsHeldByLabd(event.state())) return false;
  auto job = client_.GetJob(id);
  return job.ok() && IsHeldByLabd(*job);
}

void Follower::TakePoints(View& view, const v1::MetricPoints& points) {
  for (int i = 0; i < points.metric_size(); ++i) {
    const std::string& name = points.metrics(points.metric(i));
    if (name == "train/loss") {
      view.losses.emplace_back(points.step(i), points.value(i));
      view.job.mutable_progress()->set_step(std::max(view.job.progress().step(), points.step(i)));
    } else if (name == "train/tokens_per_second") {
      view.tokens_per_second = points.value(i);
    }
  }
}

void Follower::Lost(View& view, const absl::Status& status) {
  const bool away = !status.ok();
  bool tell = false;
  {
    std::lock_guard lock(mutex_);
    tell = away && !view.away && lines();
    if (tell) {
      pending_.push_back(StrCat("job ", view.job.id(), ": labd does not answer; waiting for it"));
    }
    view.away = away;
    changed_.notify_all();
  }
  // Looking at the layers takes its time; who asked for another machine wants to know.
  if (!tell || !remote_) return;
  std::string why(MessageOf(context_.Explain(status)));
  std::lock_guard lock(mutex_);
  pending_.push_back(StrCat("job ", view.job.id(), ": ", why));
  changed_.notify_all();
}

std::string Follower::StatusText(const View& view) const {
  const v1::Progress& progress = view.job.progress();
  std::string phase = view.job.state() == v1::Job::RUNNING && !progress.phase().empty()
                          ? progress.phase()
                          : StateWord(view.job.state());
  bool unicode = context_.terminal().unicode;
  std::string text = StrCat("job ", view.job.id(), " ",
                            CutToWidth(TitleOf(view.job), kNameColumns, unicode), "  ", phase);
  if (progress.total_steps() > 0) {
    text += StrCat("  ", progress.step(), "/", progress.total_steps());
  } else if (progress.step() > 0) {
    text += StrCat("  step ", progress.step());
  }
  if (progress.fraction() > 0) text += StrCat("  ", FormatPercent(progress.fraction()));
  if (!view.losses.empty()) {
    std::vector<double> values;
    for (const auto& [step, loss] : view.losses) values.push_back(loss);
    text += StrCat("  loss ", FormatNumber(values.back()), " ",
                   Sparkline(values, kSparkColumns, unicode));
  }
  if (view.tokens_per_second > 0) {
    text += StrCat("  ", FormatCount(view.tokens_per_second), " tokens/s");
  }
  if (progress.has_eta_seconds()) {
    text += StrCat("  ", FormatDuration(progress.eta_seconds()), " left");
  }
  return text;
}

std::string Follower::LiveText(const View& view) const {
  std::string text = StatusText(view);
  if (view.away) text = StrCat(text, "  (labd is away)");
  // The last column stays free: a full line makes some terminals wrap.
  return CutToWidth(ForCharset(text, context_.terminal().unicode),
                    std::max(10, context_.terminal().Width() - 1), context_.terminal().unicode);
}

absl::StatusOr<int> Follower::Finish(End end) {
  if (end == End::kInterrupted) {
    if (!options_.wait) {
      std::string names;
      for (const View& view : views_) names += StrCat(" ", view.job.id());
      context_.Say(StrCat("detached; ", views_.size() == 1 ? "the job goes on" : "the jobs go on",
                          ". Follow again with: labctl watch", names));
      return kOk;
    }
    context_.Say("interrupted; the job goes on");
    return kInterrupted;
  }
  if (end == End::kTimeout) {
    context_.Say(
        StrCat("timeout after ", FormatDuration(options_.timeout_seconds), "; the job goes on"));
    return kTimeout;
  }
  bool failed = false, cancelled = false;
  for (View& view : views_) {
    RETURN_IF_ERROR(view.status);
    ASSIGN_OR_RETURN(v1::Job job, client_.GetJob(view.job.id()));
    failed |= job.state() == v1::Job::FAILED || IsHeldByLabd(job);
    cancelled |= job.state() == v1::Job::CANCELLED;
    if (!options_.outcome || context_.json()) continue;
    context_.Print(StrCat(OutcomeText(job), "\n"));
    if (std::string way_out = WayOut(job); !way_out.empty()) context_.Say(way_out);
  }
  return failed ? kJobFailed : cancelled ? kJobCancelled : kOk;
}

}  // namespace

absl::StatusOr<int> Follow(Context& context, const LabClient& client,
                           const std::vector<int64_t>& ids, const FollowOptions& options) {
  return Follower(context, client, options).Run(ids);
}

}  // namespace lab::cli
