#include "core/data/preview.h"

#include <algorithm>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "core/data/data_config.h"
#include "core/data/manifest.h"

namespace lab {
namespace {

absl::StatusOr<PreviewDocument> Look(std::string_view text, const KnownSource* source,
                                     size_t max_bytes) {
  PreviewDocument document;
  document.bytes = static_cast<int64_t>(text.size());
  document.characters =
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
  size_t cut = std::min(text.size(), max_bytes);
  while (cut > 0 && cut < text.size() && (text[cut] & 0xC0) == 0x80) --cut;
  document.text = text.substr(0, cut);
  if (source == nullptr) return document;
  ASSIGN_OR_RETURN(double log_p, source->LogProbability(text));
  document.nats = -log_p;
  if (source->Parts().empty()) return document;
  ASSIGN_OR_RETURN(PartsReading reading, source->ReadParts(text));
  document.part_nats = std::move(reading.nats);
  return document;
}

// A generated corpus: only what is shown is made.
absl::StatusOr<CorpusPreview> LookAtRow(const ManifestRow& row, int64_t count, size_t max_bytes) {
  auto source = MakeSource(row);
  CorpusPreview preview{.name = row.name,
                        .kind = row.kind,
                        .title = row.title,
                        .licence = row.licence,
                        .teaches = row.teaches,
                        .documents = row.documents,
                        .seed = row.seed,
                        .entropy = source->EntropyPerDocument(),
                        .parts = source->Parts()};
  for (int64_t i = 0; i < std::min(count, row.documents); ++i) {
    ASSIGN_OR_RETURN(
        PreviewDocument document,
        Look(source->Document(row.seed, static_cast<uint64_t>(i)), source.get(), max_bytes));
    preview.shown.push_back(std::move(document));
  }
  return preview;
}

}  // namespace

absl::StatusOr<CorpusPreview> PreviewCorpus(const std::string& name_or_path, int64_t count,
                                            size_t max_bytes) {
  for (const ManifestRow& row : BuiltInManifest()) {
    if (row.name == name_or_path && row.kind == "generated") {
      return LookAtRow(row, count, max_bytes);
    }
  }
  ASSIGN_OR_RETURN(Corpus corpus,
                   OpenCorpus(name_or_path, /*require_utf8=*/true,
                              [](std::string_view, int64_t, int64_t) { return true; }));
  CorpusPreview preview{.name = corpus.name,
                        .kind = "local",
                        .documents = static_cast<int64_t>(corpus.documents.size()),
                        .bytes = corpus.TextBytes(),
                        .sha256 = corpus.file_sha256};
  for (int64_t i = 0; i < std::min(count, preview.documents); ++i) {
    ASSIGN_OR_RETURN(PreviewDocument document,
                     Look(corpus.documents[static_cast<size_t>(i)], nullptr, max_bytes));
    preview.shown.push_back(std::move(document));
  }
  return preview;
}

}  // namespace lab
