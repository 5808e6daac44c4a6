#include "gui/models/job_export.h"

#include <QSaveFile>

#include "core/base/strings.h"
#include "gui/models/words.h"

namespace lab::gui {
namespace {

absl::Status fileStatus(const QSaveFile& file) {
  return Failure(absl::StatusCode::kInternal, reason::kIoError,
                 StrCat("writing ", utf8(file.fileName()), ": ", utf8(file.errorString())));
}

}  // namespace

JobExport::JobExport(LabSession* session, QObject* parent) : QObject(parent), session_(session) {}

void JobExport::start(int64_t job, v1::ExportJobsRequest::Checkpoints checkpoints,
                      const QString& file) {
  job_ = job;
  file_ = file;
  done_ = expected_ = 0;
  v1::ExportJobsRequest request;
  request.add_job_ids(job);
  request.set_checkpoints(checkpoints);
  auto call = [request, file](const LabClient& client, const Receive<Progress>& receive,
                              Cancellation* cancellation) -> absl::Status {
    // Goes away by itself unless it is committed.
    QSaveFile out(file);
    if (!out.open(QIODevice::WriteOnly)) return fileStatus(out);
    Progress progress;
    absl::Status written;
    RETURN_IF_ERROR(client.ExportJobs(
        request,
        [&](const v1::ArchiveChunk& chunk) {
          const auto size = static_cast<qint64>(chunk.data().size());
          if (out.write(chunk.data().data(), size) != size) written = fileStatus(out);
          progress.done += size;
          progress.expected = chunk.expected_bytes();
          return written.ok() && receive(progress);
        },
        cancellation));
    RETURN_IF_ERROR(written);
    // A stream that was given up in its middle is no failure of the call, but no file either.
    if (cancellation->cancelled()) return absl::CancelledError("cancelled");
    return out.commit() ? absl::OkStatus() : fileStatus(out);
  };
  stream_ = session_->open<Progress>(
      call,
      [this](const std::vector<Progress>& progress) {
        done_ = progress.back().done;
        expected_ = progress.back().expected;
        Q_EMIT changed();
      },
      [this](const absl::Status& status) {
        stream_.reset();
        Q_EMIT changed();
        Q_EMIT finished(status);
      });
  Q_EMIT changed();
}

void JobExport::cancel() {
  if (!running()) return;
  stream_.reset();
  Q_EMIT changed();
}

}  // namespace lab::gui
