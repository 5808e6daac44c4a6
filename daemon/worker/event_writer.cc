#include "daemon/worker/event_writer.h"

#include <utility>

#include "core/base/strings.h"

namespace lab {
namespace {

using nlohmann::json;

constexpr auto kHeartbeat = std::chrono::seconds(2);
constexpr size_t kPointsPayload = size_t{1} << 20;  // of one frame, at most about this

}  // namespace

EventWriter::EventWriter(int fd) : fd_(fd), thread_([this] { Run(); }) {}

EventWriter::~EventWriter() {
  Flush();
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void EventWriter::Send(const json& header, std::string_view payload) {
  std::string bytes = EncodeFrame(header, payload);
  std::lock_guard lock(mutex_);
  CloseOpenPoints();
  Enqueue(std::move(bytes));
}

void EventWriter::StartRun(const std::vector<MetricSpec>& metrics, int64_t attempt,
                           int64_t first_number) {
  std::lock_guard lock(mutex_);
  start_ = std::chrono::steady_clock::now();
  attempt_ = attempt;
  next_number_ = first_number;
  AddMetrics(metrics);
}

void EventWriter::Declare(const std::vector<MetricSpec>& metrics) {
  std::lock_guard lock(mutex_);
  AddMetrics(metrics);
}

void EventWriter::AddMetrics(const std::vector<MetricSpec>& metrics) {
  for (const MetricSpec& metric : metrics) {
    auto index = static_cast<uint32_t>(metric_index_.size());
    metric_index_[metric.name] = index;
    declared_.push_back({{"index", index},
                         {"name", metric.name},
                         {"unit", metric.unit},
                         {"goal", GoalName(metric.goal)}});
  }
  declaration_ = EncodeFrame({{"type", "declare"}, {"attempt", attempt_}, {"metrics", declared_}});
  Enqueue(declaration_);
}

void EventWriter::Metric(std::string_view name, int64_t step, double value) {
  const double seconds = Seconds();
  std::lock_guard lock(mutex_);
  auto found = metric_index_.find(name);
  if (found == metric_index_.end()) {
    throw std::logic_error(StrCat("metric ", name, " was not declared by its job"));
  }
  const bool first = open_points_.empty();
  if (first) open_first_ = next_number_;
  AppendPoint(&open_points_, {found->second, static_cast<uint64_t>(step), seconds, value});
  ++next_number_;
  if (open_points_.size() >= kPointsPayload) CloseOpenPoints();
  if (first) wake_.notify_one();
}

void EventWriter::Sample(const SampleRecord& sample) {
  Event("sample", sample.step,
        {{"tokens", sample.tokens},
         {"seed", sample.seed},
         {"temperature", sample.temperature},
         {"top_k", sample.top_k},
         {"top_p", sample.top_p},
         {"lengths", {sample.prompt.size(), sample.text.size()}}},
        sample.prompt + sample.text);
}

void EventWriter::Checkpoint(const CheckpointRecord& checkpoint) {
  json reduced = json::array();
  for (const auto& [name, bytes] : checkpoint.reduced) {
    reduced.push_back(json::array({name, bytes}));
  }
  Event("checkpoint", checkpoint.step,
        {{"name", checkpoint.name},
         {"kind", checkpoint.kind},
         {"size_bytes", checkpoint.size_bytes},
         {"sha256", checkpoint.sha256},
         {"trainer_sha256", checkpoint.trainer_sha256},
         {"removed", checkpoint.removed},
         {"reduced", reduced}});
}

void EventWriter::Mark(int64_t step, std::string_view text) { MarkAs("note", step, text); }

void EventWriter::MarkAs(std::string_view kind, int64_t step, std::string_view text) {
  Event("mark", step, {{"kind", std::string(kind)}, {"text", std::string(text)}});
}

void EventWriter::Changed(const LiveChange& change) {
  Event("mark", change.step,
        {{"kind", "set"}, {"text", LiveChangeText(change)}, {"change", change.id}});
}

void EventWriter::Progress(const ProgressRecord& progress) {
  Send({{"type", "progress"},
        {"step", progress.step},
        {"total_steps", progress.total_steps},
        {"phase", progress.phase},
        {"fraction", progress.fraction},
        {"tokens", progress.tokens},
        {"eta_seconds", progress.eta_seconds ? json(*progress.eta_seconds) : json(nullptr)}});
}

void EventWriter::Log(std::string_view line) {
  Send({{"type", "log"}, {"level", "info"}, {"text", std::string(line)}});
}

double EventWriter::Seconds() const {
  std::lock_guard lock(mutex_);
  std::chrono::duration<double> here = std::chrono::steady_clock::now() - start_;
  return earlier_seconds_ + here.count();
}

void EventWriter::SetEarlierSeconds(double seconds) {
  std::lock_guard lock(mutex_);
  earlier_seconds_ = seconds;
}

std::string EventWriter::Unacknowledged() const {
  std::lock_guard lock(mutex_);
  std::string frames = declaration_;  // never empty: that is how labd knows a farewell
  for (const Kept& kept : kept_) frames += kept.bytes;
  if (!open_points_.empty()) {
    frames += EncodeFrame({{"type", "points"},
                           {"first", open_first_},
                           {"count", open_points_.size() / kPointRecordBytes}},
                          open_points_);
  }
  return frames;
}

void EventWriter::Acknowledge(int64_t number) {
  std::lock_guard lock(mutex_);
  while (!kept_.empty() && kept_.front().last_number <= number) kept_.pop_front();
}

void EventWriter::Flush() {
  std::unique_lock lock(mutex_);
  CloseOpenPoints();
  wake_.notify_one();
  drained_.wait(lock, [this] { return peer_gone_ || (outgoing_.empty() && !sending_); });
}

void EventWriter::Event(std::string_view kind, int64_t step, json data, std::string_view payload) {
  const double seconds = Seconds();
  std::lock_guard lock(mutex_);
  CloseOpenPoints();
  const int64_t number = next_number_++;
  std::string bytes = EncodeFrame({{"type", "event"},
                                   {"number", number},
                                   {"kind", kind},
                                   {"step", step},
                                   {"seconds", seconds},
                                   {"data", std::move(data)}},
                                  payload);
  kept_.push_back({number, bytes});
  Enqueue(std::move(bytes));
}

void EventWriter::CloseOpenPoints() {
  if (open_points_.empty()) return;
  const auto count = static_cast<int64_t>(open_points_.size() / kPointRecordBytes);
  std::string bytes =
      EncodeFrame({{"type", "points"}, {"first", open_first_}, {"count", count}}, open_points_);
  open_points_.clear();
  kept_.push_back({open_first_ + count - 1, bytes});
  Enqueue(std::move(bytes));
}

void EventWriter::Enqueue(std::string bytes) {
  if (peer_gone_) return;
  outgoing_.push_back(std::move(bytes));
  wake_.notify_one();
}

void EventWriter::Run() {
  auto next_beat = std::chrono::steady_clock::now() + kHeartbeat;
  std::unique_lock lock(mutex_);
  while (!ending_) {
    wake_.wait_until(lock, next_beat,
                     [this] { return ending_ || !outgoing_.empty() || !open_points_.empty(); });
    CloseOpenPoints();
    if (std::chrono::steady_clock::now() >= next_beat) {
      Enqueue(EncodeFrame({{"type", "heartbeat"}}));
      next_beat = std::chrono::steady_clock::now() + kHeartbeat;
    }
    std::deque<std::string> batch = std::exchange(outgoing_, {});
    sending_ = true;
    lock.unlock();
    bool gone = false;
    for (const std::string& bytes : batch) {
      if (gone || !WriteBytes(fd_, bytes).ok()) gone = true;
    }
    lock.lock();
    sending_ = false;
    if (gone) {
      peer_gone_ = true;
      outgoing_.clear();
    }
    if (outgoing_.empty()) drained_.notify_all();
    if (peer_gone_) wake_.wait(lock, [this] { return ending_; });
  }
}

}  // namespace lab
