#include "daemon/process/reload.h"

#include <utility>

#include "core/base/strings.h"

namespace lab {

Reloader::Reloader(LoadedSettings running, Load load, Apply apply)
    : running_(std::move(running.list)), load_(std::move(load)), apply_(std::move(apply)) {}

absl::StatusOr<Reloader::Report> Reloader::Reload() {
  ASSIGN_OR_RETURN(LoadedSettings loaded, load_());
  Report report;
  // Both lists hold every setting, in the same order.
  for (size_t i = 0; i < running_.size(); ++i) {
    const Setting& read = loaded.list[i];
    Setting& holds = running_[i];
    if (read.value == holds.value) {
      holds.from = read.from;
    } else if (read.live) {
      report.changed.push_back(
          StrCat(read.field, ": ", read.value, ", was ", holds.value, " (", read.from, ")"));
      holds = read;
    } else {
      report.waiting.push_back(StrCat(read.field, ": stays ", holds.value, ", not ", read.value,
                                      " (", read.from, "): restart to apply"));
    }
  }
  apply_(loaded.settings);
  return report;
}

}  // namespace lab
