#pragma once

// Looks for faults of a home: its database, its folders, what interrupted work left, its
// checkpoints. Needs no running labd and changes nothing; labd answers StorageService.Diagnose with
// it, and `labd --diagnose` prints it when no labd runs. Any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/places.h"
#include "lab/v1/storage.pb.h"

namespace lab {

inline constexpr char kFine[] = "ok";
inline constexpr char kWarning[] = "warning";
inline constexpr char kProblem[] = "problem";

// `deep`: also hashes every file of every checkpoint.
v1::DiagnoseResponse Diagnose(const Places& places, bool deep, int64_t now_ms);

}  // namespace lab
