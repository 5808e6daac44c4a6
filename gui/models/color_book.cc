#include "gui/models/color_book.h"

namespace lab::gui {

int ColorBook::placeOf(const QString& key) {
  auto [place, fresh] = given_.try_emplace(key, next_);
  if (fresh) next_ = (next_ + 1) % static_cast<int>(lightTokens().series.size());
  return place->second;
}

}  // namespace lab::gui
