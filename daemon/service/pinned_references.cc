#include "daemon/service/pinned_references.h"

#include <algorithm>

#include "core/base/strings.h"
#include "daemon/service/resolved_config.h"

namespace lab {
namespace {

constexpr const char* kFields[] = {"resume", "init", "model.base"};

std::optional<std::string> ReferenceIn(const std::string& resolved, const char* field) {
  std::optional<std::string> text = ResolvedText(resolved, field);
  if (!text || text->empty() || *text == "null" || *text == "~") return std::nullopt;
  return text;
}

// Newest, best and final move on while a job runs; a step stays what it is once it is there.
bool IsMoving(const Reference& reference) {
  using Which = Reference::Which;
  return reference.which != Which::kStep && reference.which != Which::kFolder;
}

// Takes in what `field` means.
void Pin(const char* field, const ModelLocation& location, std::string* resolved,
         std::optional<v1::Parent>* parent) {
  if (location.job > 0) {
    *resolved = WithResolvedText(*resolved, field, StrCat(location.job, "@", location.step));
  }
  if (*parent) return;
  parent->emplace();
  (*parent)->set_job_id(location.job);
  (*parent)->set_step(location.step);
}

}  // namespace

void PinReferences(const FindModel& find, const std::vector<NewDependency>& awaited,
                   std::string* resolved, std::optional<v1::Parent>* parent,
                   const std::function<void(const char* field, const absl::Status&)>& missing) {
  for (const char* field : kFields) {
    std::optional<std::string> text = ReferenceIn(*resolved, field);
    if (!text) continue;
    auto reference = ParseReference(*text);
    const bool waits =
        reference.ok() && std::any_of(awaited.begin(), awaited.end(),
                                      [&](const auto& one) { return one.job == reference->job; });
    if (waits && IsMoving(*reference)) continue;
    auto location = find(*text);
    if (location.ok()) {
      Pin(field, *location, resolved, parent);
    } else if (!waits) {
      missing(field, location.status());
    }
  }
}

absl::Status PinLateReferences(const FindModel& find, std::string* resolved,
                               std::optional<v1::Parent>* parent) {
  for (const char* field : kFields) {
    std::optional<std::string> text = ReferenceIn(*resolved, field);
    if (!text) continue;
    auto reference = ParseReference(*text);
    if (!reference.ok() || !IsMoving(*reference)) continue;
    auto location = find(*text);
    if (!location.ok()) return WithContext(location.status(), field);
    Pin(field, *location, resolved, parent);
  }
  return absl::OkStatus();
}

}  // namespace lab
