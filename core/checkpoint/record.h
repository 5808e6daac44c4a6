#pragma once

// What a finished checkpoint is called and holds, as told to the outside.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace lab {

// A checkpoint that lies complete on the disk.
struct CheckpointRecord {
  std::string name;  // "step-000500"
  int64_t step = 0;
  std::string kind;  // "full" (resumable) or "weights"
  int64_t size_bytes = 0;
  std::string sha256;                // of manifest.json
  std::string trainer_sha256;        // of trainer/manifest.json; "" without one
  std::vector<std::string> removed;  // names that retention deleted along with it
  // Names whose trainer state was dropped: now kind "weights", with their new size.
  std::vector<std::pair<std::string, int64_t>> reduced;
};

}  // namespace lab
