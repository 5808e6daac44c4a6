#pragma once

// How the store trades latency, memory and checks; the defaults suit labd. A plain value.

#include <cstdint>

namespace lab {

struct StoreOptions {
  double commit_seconds = 0.05;     // events are committed after at most this long …
  int64_t commit_events = 4096;     // … or when this many wait
  int64_t pending_limit = 500'000;  // HasRoom() is false while more events wait
  double retry_seconds = 1;         // between tries while the disk is full
  int64_t whole_check_bytes = int64_t{256} << 20;  // larger files: points are not checked at open
  int64_t max_pages = 0;  // SQLite's max_page_count, for tests; 0: no limit
};

}  // namespace lab
