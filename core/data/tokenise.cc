#include "core/data/tokenise.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace lab {
namespace {

struct Piece {
  std::string_view text;
  int64_t document_bytes = -1;  // of the document that ends with this piece; −1 if none does
};

struct Group {
  std::vector<Piece> pieces;
  std::vector<std::vector<int32_t>> ids;  // one list a piece

  void Encode(const Tokenizer& tokenizer) {
    ids.clear();
    for (const Piece& piece : pieces) ids.push_back(tokenizer.EncodeDocument(piece.text));
  }
  absl::Status Write(TokenFileWriter& writer) const {
    for (size_t i = 0; i < pieces.size(); ++i) {
      RETURN_IF_ERROR(writer.Append(ids[i]));
      if (pieces[i].document_bytes >= 0) {
        RETURN_IF_ERROR(writer.EndDocument(pieces[i].document_bytes));
      }
    }
    return absl::OkStatus();
  }
};

std::vector<Group> MakeGroups(const std::vector<std::string_view>& documents,
                              const Tokenizer& tokenizer, size_t piece_bytes) {
  std::vector<Group> groups;
  size_t filled = piece_bytes;
  for (std::string_view document : documents) {
    std::vector<std::string_view> pieces = tokenizer.SafePieces(document, piece_bytes);
    for (size_t i = 0; i < pieces.size(); ++i) {
      if (filled >= piece_bytes) {
        groups.emplace_back();
        filled = 0;
      }
      bool last = i + 1 == pieces.size();
      groups.back().pieces.push_back(
          {pieces[i], last ? static_cast<int64_t>(document.size()) : -1});
      filled += pieces[i].size();
    }
  }
  return groups;
}

}  // namespace

absl::Status WriteTokenFile(const std::filesystem::path& path,
                            const std::vector<std::string_view>& documents,
                            const Tokenizer& tokenizer, const std::string& documents_hash,
                            const ProgressCallback& progress, const TokeniseOptions& options) {
  TokenFileInfo info;
  info.vocab_size = tokenizer.vocab_size();
  info.end_of_text = tokenizer.end_of_text();
  info.tokenizer_hash = tokenizer.Hash();
  info.corpus_hash = documents_hash;
  ASSIGN_OR_RETURN(TokenFileWriter writer, TokenFileWriter::Create(path, info));

  int threads = options.threads;
  if (threads <= 0) threads = std::clamp<int>(std::thread::hardware_concurrency(), 1, 8);
  std::vector<Group> groups =
      MakeGroups(documents, tokenizer, std::max<size_t>(options.piece_bytes, 1));
  int64_t total = 0, done = 0;
  for (std::string_view document : documents) total += static_cast<int64_t>(document.size());
  // Rounds: each thread encodes a group, then the groups are written in order.
  for (size_t first = 0; first < groups.size(); first += static_cast<size_t>(threads)) {
    if (!progress("tokenising", done, total)) {
      return absl::CancelledError("cancelled while tokenising");
    }
    size_t end = std::min(groups.size(), first + static_cast<size_t>(threads));
    {
      std::vector<std::jthread> others;
      for (size_t g = first + 1; g < end; ++g) {
        others.emplace_back([&groups, &tokenizer, g] { groups[g].Encode(tokenizer); });
      }
      groups[first].Encode(tokenizer);
    }
    for (size_t g = first; g < end; ++g) {
      RETURN_IF_ERROR(groups[g].Write(writer));
      for (const Piece& piece : groups[g].pieces) done += static_cast<int64_t>(piece.text.size());
      groups[g].ids = {};
    }
  }
  if (!progress("tokenising", total, total)) {
    return absl::CancelledError("cancelled while tokenising");
  }
  return writer.Finish();
}

absl::StatusOr<FileLock> WaitForLock(const std::filesystem::path& path,
                                     const ProgressCallback& progress) {
  while (true) {
    absl::StatusOr<FileLock> lock = FileLock::TryAcquire(path);
    if (lock.ok() || !absl::IsUnavailable(lock.status())) return lock;
    if (!progress("waiting", 0, 1)) {
      return absl::CancelledError("cancelled while waiting for another job to tokenise");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace lab
