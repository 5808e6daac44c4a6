#include "gui/models/token_cells.h"

#include "gui/models/words.h"
#include "proto/client/token_text.h"

namespace lab::gui {
namespace {

bool continues(std::string_view bytes) {
  return (static_cast<unsigned char>(bytes.front()) & 0xC0) == 0x80;
}

}  // namespace

void TokenCells::add(std::string_view bytes, std::string_view name) {
  if (bytes.empty()) {
    flush();
    cells_.push_back({q(VisibleText(name)), tokens_++, 1, true});
    return;
  }
  // A character that is not gone on with stays incomplete.
  if (!continues(bytes)) flush();
  waiting_ += bytes;
  ++waiting_tokens_;
  ++tokens_;
  if (WholeCharacters(waiting_) == waiting_.size()) flush();
}

void TokenCells::finish() { flush(); }

void TokenCells::clear() {
  cells_.clear();
  waiting_.clear();
  tokens_ = waiting_tokens_ = 0;
}

void TokenCells::flush() {
  if (waiting_tokens_ == 0) return;
  cells_.push_back({q(waiting_), tokens_ - waiting_tokens_, waiting_tokens_, false});
  waiting_.clear();
  waiting_tokens_ = 0;
}

}  // namespace lab::gui
