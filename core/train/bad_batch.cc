#include "core/train/bad_batch.h"

#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab {
namespace {

using nlohmann::json;

json Number(double value) { return std::isfinite(value) ? json(value) : json(FormatDouble(value)); }

}  // namespace

std::string BadBatchName(int64_t step) {
  char name[48];
  std::snprintf(name, sizeof name, "batch-%06lld.json", static_cast<long long>(step));
  return name;
}

absl::Status WriteBadBatch(const std::filesystem::path& folder, const BadUpdate& update,
                           const TokenFile& tokens, int64_t context, const Tokenizer& tokenizer) {
  json losses = json::array();
  for (double loss : update.micro_losses) losses.push_back(Number(loss));
  const size_t rows = update.windows.size();
  const size_t micro_batch = losses.empty() ? rows : rows / losses.size();
  json windows = json::array();
  std::vector<int32_t> ids(static_cast<size_t>(context) + 1);
  for (size_t row = 0; row < rows; ++row) {
    const int64_t window = update.windows[row];
    tokens.Read(window * context, context + 1, ids.data());
    windows.push_back({{"row", row},
                       {"micro_batch", micro_batch > 0 ? row / micro_batch : 0},
                       {"window", window},
                       {"tokens", ids},
                       {"text", ReplaceInvalidUtf8(tokenizer.Decode(ids))}});
  }
  const nlohmann::ordered_json document = {{"schema_version", 1},
                                           {"step", update.step},
                                           {"loss", Number(update.loss)},
                                           {"grad_norm", Number(update.gradient_norm)},
                                           {"learning_rate", Number(update.learning_rate)},
                                           {"position", update.position},
                                           {"micro_losses", losses},
                                           {"windows", windows}};
  return WriteFileAtomically(folder / BadBatchName(update.step), document.dump(1) + "\n");
}

}  // namespace lab
