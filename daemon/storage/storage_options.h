#pragma once

// How much of the disk the lab may take. A plain value.

#include <cstdint>

namespace lab {

struct StorageOptions {
  // Below so much free space, where jobs lie, no job starts and running ones are paused while their
  // checkpoint still fits. -1: a fiftieth of the disk, at most 1 GiB; 0: no such limit.
  int64_t min_free_bytes = -1;
  // Jobs, cache and database together; 0: no such limit.
  int64_t max_bytes = 0;
  double poll_seconds = 1;      // between looks at the free space
  double measure_seconds = 60;  // between looks at what the lab takes; only with max_bytes
};

}  // namespace lab
