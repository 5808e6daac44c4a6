#pragma once

// What the lab takes of the disk, what of it may go, and whether the installation is sound. GUI
// thread.

#include <QObject>
#include <functional>
#include <optional>

#include "gui/session/lab_session.h"

namespace lab::gui {

class StorageStore : public QObject {
  Q_OBJECT
 public:
  using Pruned = std::function<void(const absl::StatusOr<v1::PruneStorageResponse>&)>;

  // `session` outlives this.
  explicit StorageStore(LabSession* session, QObject* parent = nullptr);

  // As of the last refresh; absent before.
  const std::optional<v1::Storage>& storage() const { return storage_; }
  const absl::Status& status() const { return status_; }
  void refresh();

  // What `request` would delete; then, with the same request, what it deleted.
  void plan(v1::PruneStorageRequest request, Pruned done);
  void prune(v1::PruneStorageRequest request, Pruned done);

  // Looks for faults of the home; changes nothing.
  void diagnose(std::function<void(const absl::StatusOr<v1::DiagnoseResponse>&)> done);

 Q_SIGNALS:
  void changed();

 private:
  void ask(v1::PruneStorageRequest request, Pruned done);

  LabSession* session_;
  std::optional<v1::Storage> storage_;
  absl::Status status_;
};

// "3 checkpoints of job 12, 35 MB": one line for each job and kind of what goes.
QStringList pruneLines(const v1::PruneStorageResponse& answer);

}  // namespace lab::gui
