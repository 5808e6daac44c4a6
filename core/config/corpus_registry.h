#pragma once

// The text files that people registered by name, as labd keeps them: data/corpora/registered.json.
// labd writes the file, workers read it when a config names a corpus. Any thread; whoever writes
// lets nobody else write meanwhile.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/places.h"
#include "core/base/status.h"

namespace lab {

// A file, not a copy of it: what it was when it was registered.
struct RegisteredCorpus {
  std::string name;
  std::string path;  // absolute
  int64_t size_bytes = 0;
  int64_t modified_nanos = 0;  // since 1970
  std::string sha256;          // of the file
  int64_t documents = 0;
  int64_t added_millis = 0;  // since 1970
};

std::filesystem::path CorpusRegistryPath(const Places& places);

// None if there is no such file. CORPUS_INVALID if it is not of the form that Write makes.
absl::StatusOr<std::vector<RegisteredCorpus>> ReadCorpusRegistry(const std::filesystem::path& file);
absl::Status WriteCorpusRegistry(const std::filesystem::path& file,
                                 const std::vector<RegisteredCorpus>& corpora);

// What can have become of the file since.
enum class CorpusState { kUnchanged, kChanged, kMissing };
const char* CorpusStateName(CorpusState state);  // "unchanged", "changed", "missing"
// Looks at size and time, and at the content only if the size is the same and the time is not.
CorpusState StateOf(const RegisteredCorpus& corpus);

// INVALID_ARGUMENT for a name that could not be used: empty, over 64 bytes, like a path, other
// characters than letters, digits, '-', '_' and '.'.
absl::Status CheckCorpusName(const std::string& name);

// When a file was last modified, in nanoseconds since 1970; nullopt if it is not there.
std::optional<int64_t> ModifiedNanos(const std::filesystem::path& path);

}  // namespace lab
