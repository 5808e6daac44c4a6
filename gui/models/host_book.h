#pragma once

// The machines that labctl connect knows, for the desktop: the same file, the same rules. A new one
// is kept only when its labd has answered. What blocks runs on threads of its own. GUI thread.

#include <QObject>
#include <QThreadPool>
#include <functional>
#include <vector>

#include "core/base/places.h"
#include "proto/client/address.h"
#include "proto/client/hosts.h"

namespace lab::gui {

class HostBook : public QObject {
  Q_OBJECT
 public:
  using Heard = std::function<void(const absl::Status&)>;

  explicit HostBook(QObject* parent = nullptr);
  // Waits for what runs, some seconds at most.
  ~HostBook() override;

  // Sorted by name.
  const std::vector<Host>& hosts() const { return hosts_; }
  // Why the file could not be read.
  const absl::Status& status() const { return status_; }
  void reload();

  // What a new machine shows of itself: its certificate's fingerprint, to be compared by a person
  // with what `labd fingerprint` prints there; empty through ssh, which asks nothing. Then `add`.
  void meet(const QString& name, const QString& address,
            std::function<void(const absl::StatusOr<QString>& fingerprint)> done);
  // Tries the machine that was met last, and keeps it if its labd answers. `token` is for TCP only.
  // `done` hears in words what it is, or why not.
  void add(const QString& token, std::function<void(const absl::StatusOr<QString>&)> done);
  // The token itself still stands on that machine.
  absl::Status forget(const std::string& name);

 Q_SIGNALS:
  void changed();

 private:
  // Runs `work` on another thread and `done` with its result here.
  template <class T>
  void run(std::function<T()> work, std::function<void(T)> done);
  absl::StatusOr<std::filesystem::path> file() const;

  std::vector<Host> hosts_;
  absl::Status status_;
  Address met_;
  int number_ = 0;  // of the newest question: older answers are dropped
  QThreadPool pool_;
};

}  // namespace lab::gui
