#pragma once

// Settles which checkpoint a config means where it names a model, so that the job's record says
// what it began from and a repetition begins from the same. Any thread.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "daemon/service/reference.h"
#include "daemon/store/records.h"

namespace lab {

// What a reference in a config means now.
using FindModel = std::function<absl::StatusOr<ModelLocation>(std::string_view reference)>;

// Replaces the references in `resume`, `init` and `model.base` of a resolved YAML by the step that
// they mean now ("12" and "12@best" become "12@500") and puts the first one into `parent`, unless
// it has one. `missing` hears of each that cannot be served. One to a job among `awaited`, which
// will have other checkpoints when its end comes, stays as it is.
void PinReferences(const FindModel& find, const std::vector<NewDependency>& awaited,
                   std::string* resolved, std::optional<v1::Parent>* parent,
                   const std::function<void(const char* field, const absl::Status&)>& missing);

// The same for a job that is about to start for the first time: what still stands unpinned, because
// it waited, is pinned now. The failure names the field.
absl::Status PinLateReferences(const FindModel& find, std::string* resolved,
                               std::optional<v1::Parent>* parent);

}  // namespace lab
