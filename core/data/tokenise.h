#pragma once

// Documents to a token file, in parallel and cancellable, made once however many processes ask.
// Any thread.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file.h"
#include "core/base/progress.h"
#include "core/base/status.h"
#include "core/data/token_file.h"
#include "core/tokenizer/tokenizer.h"

namespace lab {

struct TokeniseOptions {
  int threads = 0;                         // 0: one a core, at most eight
  size_t piece_bytes = size_t{256} << 10;  // of text encoded at a time
};

// Writes `documents`, each followed by end-of-text. The file is the same for any options. The
// caller holds a lock on `path`.
absl::Status WriteTokenFile(const std::filesystem::path& path,
                            const std::vector<std::string_view>& documents,
                            const Tokenizer& tokenizer, const std::string& documents_hash,
                            const ProgressCallback& progress, const TokeniseOptions& options = {});

// Waits for the lock, telling `progress` ("waiting") ten times a second; CANCELLED if it says so.
absl::StatusOr<FileLock> WaitForLock(const std::filesystem::path& path,
                                     const ProgressCallback& progress);

}  // namespace lab
