#pragma once

// The dimension letters, and a check that a tensor has the shape the code is about to assume.
//   B batch, T tokens, C channels, H heads, D head size, V vocabulary, L layers
// Any thread.

#include <initializer_list>
#include <string_view>

#include <ATen/core/Tensor.h>

namespace lab {

inline constexpr int64_t kAny = -1;  // a size that does not matter

// Throws c10::Error "NAME: shape [2, 3] where [2, 4] is needed" unless x is defined and has these
// sizes. For programmers' errors; what people can get wrong is checked where it comes in.
void CheckShape(std::string_view name, const at::Tensor& x, std::initializer_list<int64_t> sizes);

}  // namespace lab
