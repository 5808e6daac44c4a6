#include "daemon/storage/forecast.h"

#include <algorithm>

#include "daemon/service/resolved_config.h"

namespace lab {
namespace {

// Two fp32 moments a parameter, and where the weights are bf16 their fp32 masters
// (docs/formats/checkpoint.md).
constexpr int64_t kFp32Bytes = 4;
constexpr int64_t kBf16Bytes = 2;
constexpr int64_t kMomentBytes = 8;
constexpr int64_t kSmallFiles = 64 * 1024;  // configs, tokenizer, manifests

}  // namespace

std::optional<int64_t> ForecastDiskBytes(const v1::Forecast& forecast,
                                         const std::string& resolved) {
  if (!forecast.has_parameter_count()) return std::nullopt;
  const bool bf16 = ResolvedText(resolved, "train.precision") == "bf16";
  const int64_t weights =
      forecast.parameter_count() * (bf16 ? kBf16Bytes : kFp32Bytes) + kSmallFiles;
  const int64_t full =
      weights + forecast.parameter_count() * (kMomentBytes + (bf16 ? kFp32Bytes : 0));
  const int64_t every = ResolvedInteger(resolved, "checkpoint.every").value_or(0);
  const int64_t keep_last = ResolvedInteger(resolved, "checkpoint.keep_last").value_or(1);
  const std::string keep = ResolvedText(resolved, "checkpoint.keep").value_or("");
  const int64_t steps = forecast.total_steps();
  int64_t powers = 2;  // steps 0 and 1
  for (int64_t power = 2; power <= steps; power *= 2) ++powers;
  const int64_t regular = every > 0 ? steps / every : 0;
  int64_t written = regular + 1;  // and the final one
  if (keep == "log") written += powers;
  int64_t kept = 2;  // the best and the final one
  if (keep == "log") kept += powers;
  if (keep == "all") kept += regular;
  // One more while the newest is written and the oldest not yet gone.
  return std::min(keep_last, written) * full + full + std::min(kept, written) * weights;
}

}  // namespace lab
