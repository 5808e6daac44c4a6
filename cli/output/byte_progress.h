#pragma once

// How far a transfer is: one live line on a terminal's stderr, nothing elsewhere. One thread.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "cli/output/progress.h"

namespace lab::cli {

class Context;

class ByteProgress {
 public:
  // "exporting job 12"; shown only where somebody looks and did not ask for quiet.
  ByteProgress(Context& context, std::string doing);
  // `expected` 0: unknown.
  void Show(int64_t bytes, int64_t expected);
  void Clear();

 private:
  const std::string doing_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point next_;
  std::unique_ptr<LiveLines> line_;
};

}  // namespace lab::cli
