#include "daemon/store/metric_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/strings.h"
#include "daemon/store/attempts.h"
#include "daemon/store/chunk.h"
#include "daemon/store/metric_store.h"

namespace lab {
namespace {

constexpr int64_t kChunksPerPart = 16;

using PartCallback = std::function<bool(const v1::SeriesPart&)>;

struct AttemptPoint {
  StoredPoint point;
  int64_t attempt;
};

// One series as it was at one moment: later points and rewinds do not change what is read.
struct View {
  Database* database;
  int64_t job;
  MetricInfo metric;
  Cuts cuts;
  bool all_attempts;
  StepRange range;
  int64_t until;  // last sequence

  Moment CutOf(int64_t attempt) const { return all_attempts ? kLastMoment : cuts.Of(attempt); }
};

// What a chunk shows of itself in `view`.
struct Head {
  int64_t attempt, first_sequence, last_sequence, n;
  bool any, whole;  // some, all of its points belong to the view
};

constexpr std::string_view kHeadColumns =
    "attempt, first_sequence, last_sequence, n, min_step, max_step";

Head HeadOf(const View& view, const Statement& row) {
  Head head{row.Int(0), row.Int(1), row.Int(2), row.Int(3), false, false};
  const Moment cut = view.CutOf(head.attempt);
  head.any = Moment{row.Int(4), head.first_sequence} <= cut;
  head.whole = Moment{row.Int(5), head.last_sequence} <= cut && head.last_sequence <= view.until &&
               view.range.Has(row.Int(4)) && view.range.Has(row.Int(5));
  return head;
}

// The points of a chunk's blob that belong to the view and come after `after`.
absl::Status Select(const View& view, const Head& head, std::string_view blob, int64_t after,
                    std::vector<StoredPoint>* points) {
  std::vector<StoredPoint> decoded;
  RETURN_IF_ERROR(DecodePoints(blob, &decoded));
  const Moment cut = view.CutOf(head.attempt);
  for (const StoredPoint& point : decoded) {
    const bool visible = Moment{point.step, point.sequence} <= cut;
    bool inside = visible && view.range.Has(point.step) && point.sequence > after &&
                  point.sequence <= view.until;
    if (inside) points->push_back(point);
  }
  return absl::OkStatus();
}

Statement ChunksOf(const View& view, std::string_view more_columns, int64_t after, int64_t limit) {
  return view.database->Query(
      StrCat("SELECT ", kHeadColumns, more_columns,
             " FROM chunks WHERE job = ? AND metric = ? AND last_sequence > ? AND "
             "first_sequence <= ? AND max_step >= ? AND min_step <= ? "
             "ORDER BY last_sequence LIMIT ?"),
      view.job, view.metric.metric, after, view.until, view.range.from, view.range.to, limit);
}

struct Count {
  int64_t points = 0;
  bool has_nan = false;
};

absl::StatusOr<Count> CountPoints(const View& view) {
  Statement rows = ChunksOf(view, ", extremes, points", 0, -1);
  Count count;
  std::vector<StoredPoint> points;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return count;
    Head head = HeadOf(view, rows);
    if (!head.any) continue;
    ASSIGN_OR_RETURN(Extremes extremes, DecodeExtremes(rows.Blob(6)));
    count.has_nan |= extremes.first_nan.sequence != 0;
    if (head.whole) {
      count.points += head.n;
    } else {
      points.clear();
      RETURN_IF_ERROR(Select(view, head, rows.Blob(7), 0, &points));
      count.points += static_cast<int64_t>(points.size());
    }
  }
}

// Sorts runs of points into buckets of equal numbers of points.
class Thinner {
 public:
  // Requires: total > 0, buckets > 0.
  Thinner(int64_t total, int64_t buckets) : total_(total), buckets_(buckets) {}

  // True if the next `n` points fall into one bucket.
  bool OneBucket(int64_t n) const { return BucketOf(rank_) == BucketOf(rank_ + n - 1); }
  // Takes the next `n` points; they must fall into one bucket.
  void Add(int64_t attempt, int64_t n, const Extremes& run) {
    if (BucketOf(rank_) != bucket_) CloseBucket();
    bucket_ = BucketOf(rank_);
    if (attempts_.empty() || attempts_.back().attempt != attempt) {
      attempts_.push_back({run.first, attempt});
    }
    current_.Add(run);
    rank_ += n;
  }
  std::vector<AttemptPoint> Finish() {
    CloseBucket();
    return std::move(kept_);
  }

 private:
  // rank · buckets ÷ total without overflow.
  int64_t BucketOf(int64_t rank) const {
    return static_cast<int64_t>(static_cast<double>(rank) / static_cast<double>(total_) *
                                static_cast<double>(buckets_));
  }
  // A bucket may hold points of several attempts; sequences tell them apart.
  int64_t AttemptAt(int64_t sequence) const {
    auto later = std::upper_bound(
        attempts_.begin(), attempts_.end(), sequence,
        [](int64_t wanted, const AttemptPoint& start) { return wanted < start.point.sequence; });
    return std::prev(later)->attempt;
  }
  void CloseBucket() {
    for (const StoredPoint& point : current_.Points()) {
      kept_.push_back({point, AttemptAt(point.sequence)});
    }
    current_ = Extremes();
  }

  const int64_t total_;
  const int64_t buckets_;
  int64_t rank_ = 0;
  int64_t bucket_ = 0;
  Extremes current_;
  std::vector<AttemptPoint> attempts_;  // the first point of each
  std::vector<AttemptPoint> kept_;
};

absl::StatusOr<std::vector<AttemptPoint>> ReadThinned(const View& view, int64_t total,
                                                      int64_t buckets) {
  Thinner thinner(total, buckets);
  Statement rows = ChunksOf(view, ", extremes, points", 0, -1);
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return thinner.Finish();
    Head head = HeadOf(view, rows);
    if (!head.any) continue;
    if (head.whole && thinner.OneBucket(head.n)) {
      ASSIGN_OR_RETURN(Extremes run, DecodeExtremes(rows.Blob(6)));
      thinner.Add(head.attempt, head.n, run);
      continue;
    }
    std::vector<StoredPoint> points;
    RETURN_IF_ERROR(Select(view, head, rows.Blob(7), 0, &points));
    for (const StoredPoint& point : points) {
      Extremes run;
      run.Add(point);
      thinner.Add(head.attempt, 1, run);
    }
  }
}

v1::SeriesPart NewPart(const View& view, int64_t raw_count, bool thinned) {
  v1::SeriesPart part;
  part.set_name(view.metric.name);
  part.set_unit(view.metric.unit);
  part.set_raw_count(raw_count);
  part.set_thinned(thinned);
  return part;
}

void AddPoint(const StoredPoint& point, int64_t attempt, v1::SeriesPart* part) {
  part->add_step(point.step);
  part->add_seconds(point.seconds);
  part->add_value(point.value);
  part->add_attempt(attempt);
}

// The next chunks after `*after` as one part, and moves `*after` behind them. Points that were in
// an open tail may have been folded into a greater chunk since: what was given out is skipped.
absl::StatusOr<bool> NextPart(const View& view, int64_t* after, v1::SeriesPart* part) {
  Statement rows = ChunksOf(view, ", points", *after, kChunksPerPart);
  const int64_t given = *after;
  bool found = false;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return found;
    found = true;
    Head head = HeadOf(view, rows);
    *after = std::min(head.last_sequence, view.until);
    if (!head.any) continue;
    std::vector<StoredPoint> points;
    RETURN_IF_ERROR(Select(view, head, rows.Blob(6), given, &points));
    for (const StoredPoint& point : points) AddPoint(point, head.attempt, part);
  }
}

// Every point of the view, in parts. False if `part` wants no more.
absl::StatusOr<bool> SendWhole(const View& view, int64_t raw_count, const PartCallback& part) {
  int64_t after = 0;
  bool sent = false;
  while (after < view.until) {
    v1::SeriesPart next = NewPart(view, raw_count, false);
    ASSIGN_OR_RETURN(bool found, NextPart(view, &after, &next));
    if (!found) break;
    if (next.step().empty()) continue;
    if (!part(next)) return false;
    sent = true;
  }
  return sent || part(NewPart(view, raw_count, false));
}

absl::StatusOr<bool> SendSeries(const View& view, int64_t max_points, const PartCallback& part) {
  v1::SeriesPart thinned;
  Count count;
  {
    ASSIGN_OR_RETURN(Transaction snapshot, Transaction::Begin(view.database, false));
    ASSIGN_OR_RETURN(count, CountPoints(view));
    if (max_points > 0 && count.points > max_points) {
      int64_t buckets = std::max<int64_t>(1, max_points / (count.has_nan ? 5 : 4));
      ASSIGN_OR_RETURN(std::vector<AttemptPoint> kept, ReadThinned(view, count.points, buckets));
      thinned = NewPart(view, count.points, static_cast<int64_t>(kept.size()) < count.points);
      for (const AttemptPoint& point : kept) AddPoint(point.point, point.attempt, &thinned);
    }
  }
  if (!thinned.step().empty()) return part(thinned);
  return SendWhole(view, count.points, part);
}

absl::StatusOr<std::vector<MetricInfo>> SelectMetrics(Database* database, int64_t job,
                                                      const std::vector<std::string>& names) {
  ASSIGN_OR_RETURN(std::vector<MetricInfo> all, MetricStore(database).Metrics(job));
  if (names.empty()) return all;
  std::vector<MetricInfo> selected;
  for (const std::string& name : names) {
    auto same = [&](const MetricInfo& metric) { return metric.name == name; };
    auto found = std::find_if(all.begin(), all.end(), same);
    if (found != all.end()) {
      selected.push_back(*found);
      continue;
    }
    std::vector<std::string> known;
    for (const MetricInfo& metric : all) known.push_back(metric.name);
    std::string nearest = NearestWord(name, known);
    std::string hint = nearest.empty() ? "" : StrCat("; did you mean ", nearest, "?");
    return absl::NotFoundError(StrCat("job ", job, " has no metric \"", name, "\"", hint));
  }
  return selected;
}

}  // namespace

absl::Status ReadSeries(Database* database, int64_t job, const std::vector<std::string>& names,
                        int64_t max_points, bool all_attempts, StepRange range,
                        const PartCallback& part) {
  std::vector<View> views;
  {
    ASSIGN_OR_RETURN(Transaction snapshot, Transaction::Begin(database, false));
    ASSIGN_OR_RETURN(int64_t until,
                     database->QueryInt(-1, "SELECT last_sequence FROM jobs WHERE id = ?", job));
    if (until < 0) return absl::NotFoundError(StrCat("there is no job ", job));
    ASSIGN_OR_RETURN(Cuts cuts, ReadCuts(database, job));
    ASSIGN_OR_RETURN(std::vector<MetricInfo> metrics, SelectMetrics(database, job, names));
    for (const MetricInfo& metric : metrics) {
      views.push_back({database, job, metric, cuts, all_attempts, range, until});
    }
  }
  for (const View& view : views) {
    ASSIGN_OR_RETURN(bool more, SendSeries(view, max_points, part));
    if (!more) return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace lab
