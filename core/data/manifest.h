#pragma once

// The registered corpora: rows of corpus/manifest.yaml, which travels inside the programs. A
// generated corpus's size and seed stand in its row, never in a job. Pure functions, any thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/data/corpus.h"

namespace lab {

struct ManifestRow {
  std::string name;
  std::string kind;       // generated | local
  std::string title;      // one line
  std::string licence;    // of the text
  std::string teaches;    // what it is good for
  std::string generator;  // generated: a name of the table in manifest.cc
  int64_t documents = 0;  // generated: how many
  uint64_t seed = 0;      // generated
  std::string path;       // local: absolute
};

// Refuses unknown keys, kinds and generators, missing keys and repeated names, by line.
absl::StatusOr<std::vector<ManifestRow>> ParseManifest(std::string_view yaml);

// The rows that were built in.
const std::vector<ManifestRow>& BuiltInManifest();

// The generator of a generated row; null for other rows.
std::shared_ptr<const KnownSource> MakeSource(const ManifestRow& row);

// The names of all parts that a built-in corpus's losses split into.
std::vector<std::string> AllPartNames();

}  // namespace lab
