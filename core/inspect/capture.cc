#include "core/inspect/capture.h"

#include "core/base/strings.h"

namespace lab {

std::string HookName(int64_t layer, std::string_view point) {
  return StrCat("blocks.", layer, ".", point);
}

}  // namespace lab
