#include "gui/models/spark_cache.h"

namespace lab::gui {
namespace {

constexpr int64_t kPoints = 120;

using Values = std::vector<double>;

absl::StatusOr<Values> readLoss(const LabClient& client, int64_t job_id) {
  v1::ReadMetricsRequest request;
  request.set_job_id(job_id);
  request.add_names("train/loss");
  request.set_max_points(kPoints);
  Values values;
  absl::Status status = client.ReadMetrics(request, [&](const v1::SeriesPart& part) {
    values.insert(values.end(), part.value().begin(), part.value().end());
    return true;
  });
  // A job without this metric has no curve, which is an answer, too.
  if (!status.ok() && !absl::IsNotFound(status)) return status;
  return values;
}

}  // namespace

SparkCache::SparkCache(LabSession* session, QObject* parent) : QObject(parent), session_(session) {
  // Perhaps another labd, whose jobs are others.
  connect(session, &LabSession::linked, this, [this] { known_.clear(); });
}

const Values& SparkCache::values(int64_t job_id) {
  auto [place, fresh] = known_.try_emplace(job_id);
  if (fresh) {
    session_->ask(
        this, [job_id](const LabClient& client) { return readLoss(client, job_id); },
        [this, job_id](absl::StatusOr<Values> values) {
          const auto known = known_.find(job_id);
          if (known == known_.end()) return;
          if (!values.ok()) {
            known_.erase(known);
            return;
          }
          known->second = *std::move(values);
          Q_EMIT arrived(job_id);
        });
  }
  return place->second;
}

}  // namespace lab::gui
