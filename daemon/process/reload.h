#pragma once

// Reads the settings again while labd runs. One thread at a time.

#include <functional>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "daemon/process/settings.h"

namespace lab {

class Reloader {
 public:
  using Load = std::function<absl::StatusOr<LoadedSettings>()>;
  using Apply = std::function<void(const Settings&)>;

  // `running` holds now. `apply` takes over those settings that are live.
  Reloader(LoadedSettings running, Load load, Apply apply);

  struct Report {
    std::vector<std::string> changed;  // what holds now, a line each
    std::vector<std::string> waiting;  // what takes a restart, a line each, as often as asked
  };
  // An error leaves everything as it is, and says all that is wrong.
  absl::StatusOr<Report> Reload();

 private:
  std::vector<Setting> running_;  // as they hold: those that took no effect stay
  const Load load_;
  const Apply apply_;
};

}  // namespace lab
