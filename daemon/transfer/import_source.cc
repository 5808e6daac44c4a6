#include "daemon/transfer/import_source.h"

#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "daemon/transfer/job_file.h"
#include "daemon/transfer/tar.h"

namespace lab {
namespace {

constexpr int64_t kPointsAtOnce = 16 * kChunkPoints;

absl::Status Invalid(std::string_view entry, std::string_view why) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kJobFileInvalid,
                 StrCat("the entry \"", entry, "\" ", why));
}

}  // namespace

// One way through all series and then all events.
struct ImportSource::Reading {
  explicit Reading(ImportSource given) : from(std::move(given)) {}

  absl::StatusOr<std::vector<PointCopy>> Points(int64_t metric) {
    const std::string entry = SeriesEntry(from.source_job_, metric);
    if (metric != open_metric) RETURN_IF_ERROR(Open(entry, metric));
    const int64_t count = std::min(kPointsAtOnce, left);
    std::string bytes(static_cast<size_t>(count) * kPointBytes, '\0');
    if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
      return Invalid(entry, "ends early");
    }
    left -= count;
    std::vector<PointCopy> points;
    points.reserve(static_cast<size_t>(count));
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
      PointCopy point = PointRecordAt(bytes, i);
      bool sound = point.point.sequence > last_sequence &&
                   point.point.sequence <= from.last_sequence_ && point.point.step >= 0 &&
                   point.time_ms >= 0 && from.attempts_.count(point.attempt) > 0;
      if (!sound)
        return Invalid(entry,
                       StrCat("has a point that cannot be, with sequence ", point.point.sequence));
      last_sequence = point.point.sequence;
      points.push_back(point);
    }
    return points;
  }

  absl::StatusOr<std::vector<EventCopy>> Events() {
    std::vector<EventCopy> events;
    while (events.empty() && part < from.event_parts_) {
      const std::string entry = EventsEntry(from.source_job_, ++part);
      ASSIGN_OR_RETURN(std::string text, ReadFile(from.root_ / entry));
      std::string_view rest = text;
      while (!rest.empty()) {
        size_t end = rest.find('\n');
        ASSIGN_OR_RETURN(EventCopy event, ParseEventLine(rest.substr(0, end), entry));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        const int64_t sequence = event.event.sequence();
        bool sound = sequence > last_event && sequence <= from.last_sequence_;
        // labd's own events of the time before the first attempt belong to attempt 1.
        sound = sound && (!event.number || from.attempts_.count(event.attempt) > 0);
        sound = sound && (!event.number || numbers.insert({event.attempt, *event.number}).second);
        if (!sound) {
          return Invalid(entry, StrCat("has an event that cannot be, with sequence ", sequence));
        }
        last_event = sequence;
        events.push_back(std::move(event));
      }
    }
    return events;
  }

  absl::Status Open(const std::string& entry, int64_t metric) {
    file = std::ifstream(from.root_ / entry, std::ios::binary);
    std::string header = SeriesHeader(0);
    if (!file.read(header.data(), static_cast<std::streamsize>(header.size()))) {
      return Invalid(entry, "ends early");
    }
    size_t header_bytes = 0;
    ASSIGN_OR_RETURN(left, ParseSeriesHeader(header, entry, &header_bytes));
    if (left != from.point_counts_.at(metric)) {
      return Invalid(entry, "announces another number of points than the job's record");
    }
    open_metric = metric;
    last_sequence = 0;
    return absl::OkStatus();
  }

  const ImportSource from;
  std::ifstream file;
  int64_t open_metric = 0;
  int64_t left = 0;  // points of the open metric
  int64_t last_sequence = 0;
  int64_t part = 0;
  int64_t last_event = 0;
  std::set<std::pair<int64_t, int64_t>> numbers;  // (attempt, worker's number)
};

ImportSource::ImportSource(std::filesystem::path root, int64_t source_job, const JobCopy& copy,
                           int64_t event_parts)
    : root_(std::move(root)),
      source_job_(source_job),
      last_sequence_(copy.record.job.last_sequence()),
      event_parts_(event_parts) {
  for (const AttemptCopy& one : copy.attempts) attempts_.insert(one.attempt);
  for (const MetricCopy& one : copy.metrics) {
    point_counts_[one.metric.metric] = one.point_count;
  }
}

JobCopySource ImportSource::Start() const {
  auto reading = std::make_shared<Reading>(*this);
  return {[reading](int64_t metric) { return reading->Points(metric); },
          [reading] { return reading->Events(); }};
}

}  // namespace lab
