#pragma once

// Token ids on disk: a 128-byte header, then ids of 2 or 4 bytes (docs/formats/token_file.md).
// The reader maps the file and is safe from any thread; the writer belongs to one thread.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/base/status.h"

namespace lab {

struct TokenFileInfo {
  int64_t token_count = 0;
  int64_t document_count = 0;
  int64_t text_bytes = 0;  // of the documents, without end-of-text
  int64_t vocab_size = 0;
  int32_t end_of_text = 0;
  std::string tokenizer_hash;  // hexadecimal SHA-256, Tokenizer::Hash()
  std::string corpus_hash;     // hexadecimal SHA-256 of the documents, see corpus.h
};

class TokenFile {
 public:
  // Checks every field of the header, the length, and that all ids are below vocab_size.
  static absl::StatusOr<TokenFile> Open(const std::filesystem::path& path);
  TokenFile() = default;  // no tokens

  const TokenFileInfo& info() const { return info_; }
  int64_t size() const { return info_.token_count; }
  bool empty() const { return size() == 0; }

  int32_t At(int64_t position) const;
  // Copies tokens [begin, begin + count). Requires: the range lies inside the file.
  void Read(int64_t begin, int64_t count, int32_t* out) const;
  void Read(int64_t begin, int64_t count, int64_t* out) const;

 private:
  std::shared_ptr<const MappedFile> file_;  // shared: copies of a TokenFile share the map
  const char* ids_ = nullptr;
  int width_ = 2;
  TokenFileInfo info_;
};

// Writes to a dot-prefixed temporary beside `path`; Finish() makes it the file. Destroyed before
// that, it leaves nothing.
class TokenFileWriter {
 public:
  // The counts of `info` are ignored; they are those of what is appended.
  static absl::StatusOr<TokenFileWriter> Create(const std::filesystem::path& path,
                                                const TokenFileInfo& info);
  TokenFileWriter(TokenFileWriter&&) noexcept = default;
  TokenFileWriter& operator=(TokenFileWriter&&) = delete;
  ~TokenFileWriter();

  // Requires: 0 ≤ id < vocab_size for every id.
  absl::Status Append(const std::vector<int32_t>& ids);
  // Ends a document whose tokens were appended: adds end-of-text and counts it.
  absl::Status EndDocument(int64_t text_bytes);
  absl::Status Finish();

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  TokenFileWriter() = default;
  std::unique_ptr<std::FILE, Closer> file_;
  std::filesystem::path path_, temporary_;
  TokenFileInfo info_;
};

}  // namespace lab
