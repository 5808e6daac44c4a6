#include "gui/models/storage_store.h"

#include <QStringList>
#include <map>

#include "gui/models/words.h"

namespace lab::gui {

StorageStore::StorageStore(LabSession* session, QObject* parent)
    : QObject(parent), session_(session) {}

void StorageStore::refresh() {
  if (!session_->connected()) return;
  session_->ask(
      this, [](const LabClient& client) { return client.GetStorage(); },
      [this](absl::StatusOr<v1::Storage> answer) {
        status_ = answer.status();
        if (answer.ok()) storage_ = *std::move(answer);
        Q_EMIT changed();
      });
}

void StorageStore::plan(v1::PruneStorageRequest request, Pruned done) {
  request.set_dry_run(true);
  ask(std::move(request), std::move(done));
}

void StorageStore::prune(v1::PruneStorageRequest request, Pruned done) {
  request.set_dry_run(false);
  ask(std::move(request), [this, done = std::move(done)](const auto& answer) {
    refresh();
    done(answer);
  });
}

void StorageStore::ask(v1::PruneStorageRequest request, Pruned done) {
  session_->ask(
      this, [request](const LabClient& client) { return client.PruneStorage(request); },
      std::move(done));
}

void StorageStore::diagnose(std::function<void(const absl::StatusOr<v1::DiagnoseResponse>&)> done) {
  session_->ask(
      this, [](const LabClient& client) { return client.Diagnose(/*deep=*/false); },
      std::move(done));
}

QStringList pruneLines(const v1::PruneStorageResponse& answer) {
  struct Sum {
    int count = 0;
    int64_t bytes = 0;
  };
  std::map<std::pair<int64_t, std::string>, Sum> sums;
  for (const v1::PruneItem& item : answer.items()) {
    Sum& sum = sums[{item.job_id(), item.kind()}];
    ++sum.count;
    sum.bytes += item.size_bytes();
  }
  QStringList lines;
  for (const auto& [what, sum] : sums) {
    const QString kind = what.second == "checkpoint" ? StorageStore::tr("checkpoints")
                         : what.second == "cache"    ? StorageStore::tr("token files")
                         : what.second == "leftover" ? StorageStore::tr("leftovers")
                                                     : q(what.second);
    const QString of = what.first > 0 ? StorageStore::tr(" of job %1").arg(what.first) : QString();
    lines << StorageStore::tr("%1: %2%3, %4").arg(kind, grouped(sum.count), of, bytes(sum.bytes));
  }
  return lines;
}

}  // namespace lab::gui
