#include "gui/models/download.h"

#include <algorithm>

#include "gui/models/words.h"
#include "proto/client/fetch.h"

namespace lab::gui {

Download::Download(LabSession* session, int64_t job_id, const std::string& artifact,
                   int64_t total_bytes, const QString& target, QObject* parent)
    : QObject(parent), target_(target) {
  stream_ = session->open<int64_t>(
      [job_id, artifact, place = utf8(target)](
          const LabClient& client, const Receive<int64_t>& receive, Cancellation* cancellation) {
        auto progressed = [&](int64_t so_far) { receive(so_far); };
        return FetchArtifact(client, job_id, artifact, place, true, progressed, cancellation)
            .status();
      },
      [this, total_bytes](const std::vector<int64_t>& so_far) {
        const auto total = static_cast<double>(std::max<int64_t>(1, total_bytes));
        Q_EMIT progressed(std::min(1.0, static_cast<double>(so_far.back()) / total));
      },
      [this](const absl::Status& status) { Q_EMIT finished(status); });
}

}  // namespace lab::gui
