#include "core/tensor/shapes.h"

#include <string>

#include <c10/util/Exception.h>

namespace lab {
namespace {

std::string Describe(std::initializer_list<int64_t> sizes) {
  std::string text = "[";
  for (int64_t size : sizes) {
    if (text.size() > 1) text += ", ";
    text += size == kAny ? "any" : std::to_string(size);
  }
  return text + "]";
}

}  // namespace

void CheckShape(std::string_view name, const at::Tensor& x, std::initializer_list<int64_t> sizes) {
  TORCH_CHECK(x.defined(), name, ": undefined where ", Describe(sizes), " is needed");
  bool same = x.dim() == static_cast<int64_t>(sizes.size());
  int64_t i = 0;
  for (int64_t size : sizes) {
    same = same && (size == kAny || x.size(i) == size);
    ++i;
  }
  TORCH_CHECK(same, name, ": shape ", x.sizes(), " where ", Describe(sizes), " is needed");
}

}  // namespace lab
