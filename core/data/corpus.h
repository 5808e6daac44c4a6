#pragma once

// A text as documents: a built-in or registered corpus by name, a text file or .jsonl by path.
// Opening reads and checks; a Corpus never changes and is safe from any thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/progress.h"
#include "core/base/status.h"

namespace lab {

// A part of a generated text that its losses split into, with its share of the entropy.
struct EntropyPart {
  std::string name;  // "question"
  double nats = 0;   // expected, per document
};

// A document by parts.
struct PartsReading {
  std::vector<double> nats;      // −ln p of each part; together that of the document
  std::vector<uint8_t> of_byte;  // the part that each byte is of, and last that of the end
};

// A generator whose distribution over documents is known exactly. Const methods, any thread.
class KnownSource {
 public:
  virtual ~KnownSource() = default;
  // Document `index` is a pure function of (seed, index).
  virtual std::string Document(uint64_t seed, uint64_t index) const = 0;
  // ln p(document), its end included; an error if the source never makes it.
  virtual absl::StatusOr<double> LogProbability(std::string_view document) const = 0;
  // Nats, in closed form.
  virtual double EntropyPerDocument() const = 0;
  // What its losses split into, together EntropyPerDocument(); none if it knows no such split.
  virtual std::vector<EntropyPart> Parts() const { return {}; }
  // `document` by Parts(); an error if the source never makes it. Requires: there are parts.
  virtual absl::StatusOr<PartsReading> ReadParts(std::string_view /*document*/) const {
    return absl::UnimplementedError("this source has no parts");
  }
};

struct Corpus {
  std::string name;                           // a registered name, or the path
  std::vector<std::string_view> documents;    // none empty, none only white space
  std::shared_ptr<const void> storage;        // what the views point into
  std::shared_ptr<const KnownSource> source;  // null unless the entropy is known
  std::string file_sha256;                    // of a file, as it was read
  std::string note;                           // what its user should know; "" if nothing

  int64_t TextBytes() const;
};

// Hexadecimal SHA-256 of documents, in order and apart (docs/formats/token_file.md).
std::string HashDocuments(const std::vector<std::string_view>& documents);

// One row of a list of corpora.
struct CorpusInfo {
  std::string name;
  std::string kind;  // generated or local
  std::string title;
  std::string licence;
  int64_t documents = 0;  // 0 = unknown until opened
  bool known_entropy = false;
};
std::vector<CorpusInfo> ListCorpora();

// Opens `name_or_path`: a path, a built-in corpus, or a file that was registered (see
// core/config/corpus_registry.h), whose note says so if it changed since. CORPUS_MISSING names what
// exists; CORPUS_INVALID the line or the offset:
// malformed .jsonl, an empty text, or bytes that are not UTF-8 if `require_utf8`.
absl::StatusOr<Corpus> OpenCorpus(const std::string& name_or_path, bool require_utf8,
                                  const ProgressCallback& progress);

// `text` cut at each <|endoftext|>; parts that are empty or only white space are left out.
std::vector<std::string_view> SplitDocuments(std::string_view text);

// A copy of `corpus` whose paragraphs are one line each: a line break between two lines that hold
// text becomes a space. The copy's source is null: its text is no longer the generator's.
Corpus Unwrap(const Corpus& corpus);

struct CorpusSplit {
  std::vector<std::string_view> train;
  std::vector<std::string_view> validation;
};
// Holds back the tail: whole documents that together have about `fraction` of the bytes (at least
// one, and one stays) or, of a single document, the tail of its text at a character's border.
CorpusSplit SplitCorpus(const Corpus& corpus, double fraction);

}  // namespace lab
