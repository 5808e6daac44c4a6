#pragma once

// A run of metric points as the store keeps it: columns in one blob, and the few points that stand
// for it in a thinned view. NaN and infinities survive bit for bit. Pure functions, any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lab {

inline constexpr int64_t kChunkPoints = 1024;

struct StoredPoint {
  int64_t sequence = 0;
  int64_t step = 0;
  double seconds = 0;
  double value = 0;
};

// The points that a thinned view of a run keeps. sequence 0: there is none.
struct Extremes {
  StoredPoint first, last;
  StoredPoint smallest, greatest;  // NaN is neither; of equal ones the earliest
  StoredPoint first_nan;

  void Add(const StoredPoint& point);
  // Adds a later run.
  void Add(const Extremes& later);
  // Those that exist, each once, by sequence.
  std::vector<StoredPoint> Points() const;
};

Extremes ExtremesOf(const std::vector<StoredPoint>& points);

// The blobs of the `chunks` table (schema.cc) and back. DATA_LOSS if the size is wrong.
std::string EncodePoints(const std::vector<StoredPoint>& points);
absl::Status DecodePoints(std::string_view blob, std::vector<StoredPoint>* appended);
std::string EncodeExtremes(const Extremes& extremes);
absl::StatusOr<Extremes> DecodeExtremes(std::string_view blob);

}  // namespace lab
