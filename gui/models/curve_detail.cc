#include "gui/models/curve_detail.h"

#include <algorithm>

namespace lab::gui {
namespace {

constexpr int kRestMs = 250;      // of the view, until it is asked for
constexpr size_t kMostJobs = 40;  // with more of them nobody follows single points

using Fine = std::map<int64_t, CurveColumns>;

absl::StatusOr<Fine> readFine(const LabClient& client, const std::vector<int64_t>& jobs,
                              const v1::ReadMetricsRequest& part) {
  Fine fine;
  for (int64_t job : jobs) {
    v1::ReadMetricsRequest request = part;
    request.set_job_id(job);
    CurveColumns& columns = fine[job];
    RETURN_IF_ERROR(client.ReadMetrics(request, [&columns](const v1::SeriesPart& some) {
      const int count = std::min(some.step_size(), some.value_size());
      for (int i = 0; i < count; ++i) {
        columns.x.push_back(static_cast<double>(some.step(i)));
        columns.y.push_back(some.value(i));
      }
      return true;
    }));
  }
  return fine;
}

}  // namespace

CurveDetail::CurveDetail(LabSession* session, const Comparison* comparison, QObject* parent)
    : QObject(parent), session_(session), comparison_(comparison) {
  rest_.setSingleShot(true);
  rest_.setInterval(kRestMs);
  connect(&rest_, &QTimer::timeout, this, &CurveDetail::read);
}

void CurveDetail::look(const std::optional<Range>& range) {
  if (range == wanted_) return;
  wanted_ = range;
  ++asked_;  // an answer for another part is of no use any more
  if (wanted_) return rest_.start();
  rest_.stop();
  if (fine_.empty()) return;
  fine_.clear();
  Q_EMIT changed();
}

std::optional<CurveColumns> CurveDetail::finerOf(const Compared& curve) const {
  auto fine = fine_.find(curve.job);
  if (!fits() || !curve.group.empty() || fine == fine_.end()) return std::nullopt;
  return withDetail({curve.x, curve.y}, fine->second);
}

bool CurveDetail::fits() const {
  return comparison_->x_axis() == XAxis::kStep && comparison_->metric() == metric_;
}

void CurveDetail::read() {
  if (!wanted_ || comparison_->x_axis() != XAxis::kStep || !session_->connected()) return;
  std::vector<int64_t> jobs;
  for (const Compared& curve : comparison_->curves()) {
    if (curve.group.empty()) jobs.push_back(curve.job);
  }
  if (jobs.empty() || jobs.size() > kMostJobs) return;
  v1::ReadMetricsRequest part;
  part.add_names(comparison_->metric());
  part.set_max_points(comparison_->most_points());
  part.set_from_step(wanted_->first);
  part.set_to_step(wanted_->second);
  session_->ask(
      this,
      [jobs = std::move(jobs), part](const LabClient& client) {
        return readFine(client, jobs, part);
      },
      [this, metric = part.names(0), number = ++asked_](absl::StatusOr<Fine> fine) {
        // Without an answer the coarse points stay, as exact as they are.
        if (number != asked_ || !fine.ok()) return;
        metric_ = metric;
        fine_ = *std::move(fine);
        Q_EMIT changed();
      });
}

CurveColumns withDetail(const CurveColumns& coarse, const CurveColumns& fine) {
  if (fine.x.empty()) return coarse;
  const auto begin = coarse.x.begin(), end = coarse.x.end();
  const auto before = std::lower_bound(begin, end, fine.x.front()) - begin;
  const auto after = std::upper_bound(begin, end, fine.x.back()) - begin;
  CurveColumns all;
  auto join = [](const std::vector<double>& around, const std::vector<double>& inside,
                 std::ptrdiff_t before, std::ptrdiff_t after, std::vector<double>* out) {
    out->assign(around.begin(), around.begin() + before);
    out->insert(out->end(), inside.begin(), inside.end());
    out->insert(out->end(), around.begin() + after, around.end());
  };
  join(coarse.x, fine.x, before, after, &all.x);
  join(coarse.y, fine.y, before, after, &all.y);
  return all;
}

}  // namespace lab::gui
