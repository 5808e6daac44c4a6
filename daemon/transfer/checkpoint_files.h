#pragma once

// What a checkpoint's manifest lists. The worker's own reader is in core/checkpoint, which needs
// LibTorch; this one takes hashes only, from text that may be anything. Pure function, any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lab {

struct ListedFile {
  std::string name;
  std::string sha256;
};

// nullopt if `manifest` is none.
std::optional<std::vector<ListedFile>> FilesOfManifest(std::string_view manifest);

}  // namespace lab
