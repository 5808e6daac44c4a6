#pragma once

// A look at a corpus without tokenising it: what it is, and some of its documents. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/data/corpus.h"

namespace lab {

struct PreviewDocument {
  std::string text;        // its beginning
  int64_t bytes = 0;       // of all of it
  int64_t characters = 0;  // likewise
  // Of a generated one: −ln p, and what each part takes of it.
  std::optional<double> nats;
  std::vector<double> part_nats;
};

struct CorpusPreview {
  std::string name, kind, title, licence, teaches;
  int64_t documents = 0;
  int64_t bytes = 0;              // of the text; 0 for a generated one
  uint64_t seed = 0;              // of a generated one
  std::string sha256;             // of a file
  std::optional<double> entropy;  // nats per document, of a generated one
  std::vector<EntropyPart> parts;
  std::vector<PreviewDocument> shown;
};

// The first `count` documents of `name_or_path`, each at most `max_bytes` of its text, cut at a
// character. Fails as OpenCorpus does; text that is not UTF-8 is refused.
absl::StatusOr<CorpusPreview> PreviewCorpus(const std::string& name_or_path, int64_t count,
                                            size_t max_bytes);

}  // namespace lab
