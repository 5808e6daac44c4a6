#pragma once

// Sums in an order that does not depend on the number of threads. Plain pointers; OpenMP inside.

#include <cstdint>

namespace lab::kernels {

// Σ x², in double.
double SquaredNorm(const float* x, int64_t count);

// sums[c] += Σ over rows of x[r, c]; x is [rows, columns] of float or BFloat16.
template <class T>
void AddColumnSums(int64_t rows, int64_t columns, const T* x, float* sums);

// Rows that one partial sum covers in every kernel that adds over rows.
inline constexpr int64_t kRowsPerPartial = 32;

// For such kernels: sums[c] += Σ over partials of partials[p, c], in order.
void AddPartials(int64_t partials_count, int64_t columns, const float* partials, float* sums);

}  // namespace lab::kernels
