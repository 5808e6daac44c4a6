#include "cli/output/byte_progress.h"

#include <algorithm>
#include <utility>

#include "cli/context.h"
#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(200);
constexpr int kColumns = 79;

}  // namespace

ByteProgress::ByteProgress(Context& context, std::string doing)
    : doing_(std::move(doing)), start_(std::chrono::steady_clock::now()), next_(start_) {
  bool shown = context.terminal().err_is_tty && !context.quiet() && !context.json();
  if (shown) line_ = std::make_unique<LiveLines>(context.terminal().err);
}

void ByteProgress::Show(int64_t bytes, int64_t expected) {
  auto now = std::chrono::steady_clock::now();
  if (!line_ || now < next_) return;
  next_ = now + kInterval;
  double seconds = std::chrono::duration<double>(now - start_).count();
  std::string text = StrCat(doing_, ": ", FormatBytes(bytes));
  if (expected > bytes) {
    text += StrCat(" of ", FormatBytes(expected), " (",
                   FormatPercent(static_cast<double>(bytes) / static_cast<double>(expected)), ")");
  }
  if (seconds > 1) {
    text +=
        StrCat(", ", FormatBytes(static_cast<int64_t>(static_cast<double>(bytes) / seconds)), "/s");
  }
  line_->Draw({CutToWidth(text, kColumns, false)});
}

void ByteProgress::Clear() {
  if (line_) line_->Clear();
}

}  // namespace lab::cli
