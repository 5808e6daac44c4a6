#pragma once

// What the lab's files take, and what of it may go. Reads the store and the folders; only
// ExecutePrune changes anything. Any thread; walks over all files, so it takes its time.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/places.h"
#include "core/base/status.h"
#include "lab/v1/storage.pb.h"

namespace lab {

class Store;

// Everything but limits and trouble.
absl::StatusOr<v1::Storage> MeasureStorage(const Store& store, const Places& places);

// Something that may go.
struct Prunable {
  v1::PruneItem item;
  std::filesystem::path path;
};

struct PrunePlan {
  std::vector<Prunable> items;
  std::vector<std::string> notes;  // what was left out, and why
};

// What `request` asks for without what is still needed: the newest checkpoints, what a resume goes
// on from, the best and the final one, what a job that has not ended began or will begin from.
// Checkpoints that the request names go in any case, but those of running jobs
// (FAILED_PRECONDITION). NOT_FOUND for a job or a checkpoint that is not there.
absl::StatusOr<PrunePlan> PlanPrune(const Store& store, const Places& places,
                                    const v1::PruneStorageRequest& request, int64_t now_ms);

// Deletes; items whose job has begun to run meanwhile and those that cannot be deleted become
// notes. Tells what is gone.
v1::PruneStorageResponse ExecutePrune(Store* store, const PrunePlan& plan);

}  // namespace lab
