#pragma once

// The YAML files that travel inside the programs: model presets, ready runs, the corpus manifest.
// Made at build time by cmake/embed.cmake. Any thread.

#include <string_view>
#include <vector>

namespace lab {

struct EmbeddedFile {
  std::string_view path;  // from the repository's root: "configs/model/nano.yaml"
  std::string_view text;
};

// All of them, ordered by path.
const std::vector<EmbeddedFile>& EmbeddedFiles();

}  // namespace lab
