#pragma once

// Clipping by global norm. Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063. One thread at a time.

#include "core/tensor/flat_params.h"

namespace lab {

// ‖g‖ over all parameters, summed in double in an order that does not depend on the threads.
// NaN or infinite if any gradient is.
double GradientNorm(const FlatParams& parameters);

// What to multiply gradients of norm `norm` with so that it is at most `max_norm`: at most 1.
// max_norm 0: no clipping. The 1e-6 in max_norm / (norm + 1e-6) is PyTorch's.
double ClipFactor(double norm, double max_norm);

}  // namespace lab
