#include "core/optim/grad_clip.h"

#include <algorithm>
#include <cmath>

#include "core/kernels/sum.h"

namespace lab {

double GradientNorm(const FlatParams& parameters) {
  const at::Tensor& gradients = parameters.gradients();
  return std::sqrt(kernels::SquaredNorm(gradients.const_data_ptr<float>(), gradients.numel()));
}

double ClipFactor(double norm, double max_norm) {
  if (max_norm <= 0) return 1;
  return std::min(1.0, max_norm / (norm + 1e-6));
}

}  // namespace lab
